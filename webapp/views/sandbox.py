"""The practice providers' panel, for administrators; not there at all in production."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import BadRequest
from webapp.forms.practice import TIMES, LimitForm, MoveForm, SystemForm, TimeForm, TroubleForm
from webapp.services import practice_panel
from webapp.statuses import Permission
from webapp.web.htmx import go_to
from webapp.web.permissions import requires

blueprint = Blueprint("sandbox", __name__, url_prefix="/sandbox")
LONGEST_SEARCH = 140


@blueprint.get("")
@requires(Permission.MANAGE_PROVIDERS)
def index() -> Response:
    name, search = request.args.get("system"), request.args.get("q", "").strip()[:LONGEST_SEARCH]
    return _page(name, search, TroubleForm(formdata=None), status=200)


@blueprint.post("/orders")
@requires(Permission.MANAGE_PROVIDERS)
def move() -> BaseResponse:
    def change(form: MoveForm) -> str:
        practice_panel.move(form.system.data, form.key.data, form.step.data)
        return f"{form.key.data}: {form.step.data.lower()}."

    return _done(MoveForm(), change)


@blueprint.post("/clock")
@requires(Permission.MANAGE_PROVIDERS)
def pass_time() -> BaseResponse:
    def change(form: TimeForm) -> str:
        practice_panel.pass_time(form.seconds.data)
        return f"{TIMES[form.seconds.data]} passed at every practice provider."

    return _done(TimeForm(), change)


@blueprint.post("/faults")
@requires(Permission.MANAGE_PROVIDERS)
def plan_trouble() -> BaseResponse:
    form = TroubleForm()
    if not form.validate() and not form.system.errors:
        return _page(form.system.data, form.q.data or "", form, status=422)

    def change(form: TroubleForm) -> str:
        practice_panel.plan_trouble(
            form.system.data,
            form.fault.data,
            count=form.count.data,
            seconds=form.seconds.data,
            path=(form.path.data or "").strip() or None,
            order=(form.order.data or "").strip() or None,
        )
        return "From now on it goes wrong as you asked."

    return _done(form, change)


@blueprint.post("/faults/clear")
@requires(Permission.MANAGE_PROVIDERS)
def calm() -> BaseResponse:
    def change(form: SystemForm) -> str:
        practice_panel.calm(form.system.data)
        return "Nothing goes wrong any more."

    return _done(SystemForm(), change)


@blueprint.post("/rate-limit")
@requires(Permission.MANAGE_PROVIDERS)
def limit_rate() -> BaseResponse:
    def change(form: LimitForm) -> str:
        practice_panel.limit_rate(form.system.data, enabled=form.enabled.data == "on")
        return f"The rate limit is {form.enabled.data}."

    return _done(LimitForm(), change)


def _done(form: FlaskForm, change: Callable[..., str]) -> BaseResponse:
    """Do it, say so, and show the page as it was."""
    if not form.validate():
        problems = " ".join(str(each) for errors in form.errors.values() for each in errors)
        raise BadRequest(f"{problems} Load the page and use its forms.")
    flash(change(form), "good")
    return go_to(url_for("sandbox.index", system=form.system.data, q=form.q.data or None))


def _page(name: str | None, search: str, trouble: TroubleForm, *, status: int) -> Response:
    world = practice_panel.look(name, search)
    trouble.system.data, trouble.q.data = world.shown.name, search
    body = render_template(
        "sandbox/index.html",
        world=world,
        shown=world.shown,
        search=search,
        trouble=trouble,
        time_form=TimeForm(formdata=None),
    )
    return Response(body, status, mimetype="text/html")
