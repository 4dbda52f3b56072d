"""Provider accounts: the dialogs that add, change and switch one off, and its page with the connection's test."""

import uuid
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import BadRequest, NotFound
from webapp.extensions import db, settings
from webapp.forms.provider_accounts import AccountForm, account_form
from webapp.providers.account_kinds import AccountKind
from webapp.providers.headroom import headroom_of
from webapp.providers.registry import account_kind_of, account_kinds
from webapp.queries import provider_accounts as questions
from webapp.queries import providers
from webapp.queries.provider_accounts import AccountDetail, ChangeRow
from webapp.services import connection_tests, provider_accounts
from webapp.services.actors import Actor
from webapp.services.connection_tests import Finding
from webapp.services.provider_account_checks import WrongFields
from webapp.services.provider_accounts import Stale
from webapp.statuses import Permission
from webapp.web.htmx import go_to, wants_fragment
from webapp.web.permissions import requires
from webapp.web.request_context import request_id
from webapp.web.sessions import signed_in_person

blueprint = Blueprint("provider_accounts", __name__, url_prefix="/providers")

CONNECTION = "connection"


@blueprint.get("/new")
@requires(Permission.MANAGE_PROVIDERS)
def choose() -> str:
    return _panel("kinds", kinds=account_kinds())


@blueprint.get("/new/<kind>")
@requires(Permission.MANAGE_PROVIDERS)
def new(kind: str) -> Response:
    of = _kind(kind)
    form = account_form(
        of, offered=questions.channels_for(kind, None), formdata=None, name=of.label, base_url=_usual_address(of)
    )
    return _answer(form)


@blueprint.post("/new/<kind>")
@requires(Permission.MANAGE_PROVIDERS)
def create(kind: str) -> BaseResponse:
    form = account_form(_kind(kind), offered=questions.channels_for(kind, None))
    if not form.validate():
        return _answer(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        account_id = provider_accounts.add(kind, form.wish, key=form.idempotency_key.data, actor=_actor())
    except WrongFields as wrong:
        db.session.rollback()
        form.complain(wrong.problems)
        return _answer(form, status=wrong.status)
    db.session.commit()
    flash("Added. Test the connection before you rely on it.", "good")
    return go_to(url_for(".show", account_id=account_id))


@blueprint.get("/<int:account_id>")
@requires(Permission.SEE_PROVIDERS)
def show(account_id: int) -> str:
    return _page(questions.account_of(account_id))


@blueprint.get("/<int:account_id>/edit")
@requires(Permission.MANAGE_PROVIDERS)
def edit(account_id: int) -> Response:
    account = questions.account_of(account_id)
    mine = [channel.id for channel in account.channels]
    values = {"name": account.name, "base_url": account.base_url, "version": account.version, "channels": mine}
    return _answer(_form_of(account, formdata=None, **values), account)


@blueprint.post("/<int:account_id>/edit")
@requires(Permission.MANAGE_PROVIDERS)
def change(account_id: int) -> BaseResponse:
    account = questions.account_of(account_id)
    form = _form_of(account)
    if not form.validate():
        return _answer(form, account, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    version = form.version.data
    if version is None:
        raise BadRequest("The form does not say which version it was made from. Load the page and use its form.")
    try:
        provider_accounts.change(
            account_id, form.wish, version=version, key=form.idempotency_key.data, actor=_actor()
        )
    except Stale as stale:
        db.session.rollback()
        form.version.data = stale.version
        missed = questions.changes_of(account_id, count=stale.version - version)
        return _answer(form, questions.account_of(account_id), status=stale.status, missed=missed)
    except WrongFields as wrong:
        db.session.rollback()
        form.complain(wrong.problems)
        return _answer(form, questions.account_of(account_id), status=wrong.status)
    db.session.commit()
    flash("Saved", "good")
    return go_to(url_for(".show", account_id=account_id))


@blueprint.post("/<int:account_id>/test")
@requires(Permission.MANAGE_PROVIDERS)
def test(account_id: int) -> str:
    questions.account_of(account_id)
    finding = connection_tests.test(account_id, actor=_actor())
    db.session.commit()
    account = questions.account_of(account_id)
    if wants_fragment(CONNECTION):
        return render_template("provider_accounts/_connection.html", **_connection(account, finding))
    return _page(account, finding)


@blueprint.get("/<int:account_id>/switch-off")
@requires(Permission.MANAGE_PROVIDERS)
def confirm_switch_off(account_id: int) -> str:
    account, shipments = questions.account_of(account_id), questions.open_shipments_of(account_id)
    most = questions.OPEN_COUNTED
    return _panel("switch_off", account=account, shipments=shipments, most=most, idempotency_key=_new_key())


@blueprint.post("/<int:account_id>/switch-off")
@requires(Permission.MANAGE_PROVIDERS)
def switch_off(account_id: int) -> BaseResponse:
    return _switched(account_id, "Switched off. Nothing is sent to it until it is switched on again", on=False)


@blueprint.post("/<int:account_id>/switch-on")
@requires(Permission.MANAGE_PROVIDERS)
def switch_on(account_id: int) -> BaseResponse:
    return _switched(account_id, "Switched on", on=True)


def _switched(account_id: int, message: str, *, on: bool) -> BaseResponse:
    provider_accounts.switch(account_id, on=on, key=request.form.get("idempotency_key"), actor=_actor())
    db.session.commit()
    flash(message, "good")
    return go_to(url_for(".show", account_id=account_id))


def _form_of(account: AccountDetail, **options: Any) -> AccountForm:
    return account_form(
        _kind(account.kind),
        held=provider_accounts.held(account.credentials),
        stored=account.settings,
        offered=questions.channels_for(account.kind, account.id),
        **options,
    )


def _answer(
    form: AccountForm,
    account: AccountDetail | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    missed: list[ChangeRow] | None = None,
) -> Response:
    """The dialog of a new account, or of the one given."""
    body = _panel(
        "form", form=form, account=account, missed=missed, is_conflict=missed is not None, key=_new_key(),
        only_sandbox=not settings().allow_real_hosts,
    )  # fmt: skip
    return Response(body, status, mimetype="text/html")


def _page(account: AccountDetail, finding: Finding | None = None) -> str:
    return render_template(
        "provider_accounts/show.html",
        held=provider_accounts.held(account.credentials),
        can_be_read=provider_accounts.can_be_read(account.credentials),
        history=questions.changes_of(account.id),
        **_connection(account, finding),
    )


def _connection(account: AccountDetail, finding: Finding | None) -> dict[str, Any]:
    return {
        "account": account,
        "row": providers.account(account.id),
        "headroom": headroom_of(account.kind, account.id, settings().redis_url),
        "tests": questions.tests_of(account.id),
        "finding": finding,
        "idempotency_key": _new_key(),
    }


def _usual_address(kind: AccountKind) -> str:
    """Where an account of this kind leads; where real hosts are not called, to the practice provider."""
    running = settings()
    return kind.default_address if running.allow_real_hosts else f"{running.sandbox_url}/{kind.kind}"


def _kind(name: str) -> AccountKind:
    kind = account_kind_of(name)
    if kind is None:
        raise NotFound("There is no such kind of account, or it cannot be set up here.")
    return kind


def _panel(name: str, **context: Any) -> str:
    """A dialog alone for htmx, else on a page of its own."""
    panel, is_dialog = f"provider_accounts/_{name}.html", wants_fragment("dialog")
    level = 2 if is_dialog else 1
    template = panel if is_dialog else "provider_accounts/page.html"
    return render_template(template, panel=panel, level=level, **context)


def _actor() -> Actor:
    person = signed_in_person()
    return Actor(person.id, person.scope, request_id())


def _new_key() -> str:
    return uuid.uuid4().hex
