"""Signing in and out, and one's own account: password, sessions, locale, theme."""

import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.errors import Refused
from webapp.extensions import db, settings
from webapp.forms.accounts import LocaleForm, PasswordForm, SignInForm
from webapp.queries.accounts import sessions_of, warehouse_names
from webapp.schema import now
from webapp.services import accounts
from webapp.web import sessions
from webapp.web.browsers import browser_name
from webapp.web.formatting import duration
from webapp.web.htmx import wants_fragment
from webapp.web.page_context import THEMES
from webapp.web.permissions import public, signed_in
from webapp.web.sign_in_limits import count_failure, limited

Answer = BaseResponse

THEME_SECONDS = 365 * 24 * 3600

blueprint = Blueprint("accounts", __name__)
log = structlog.get_logger()


def _sign_in_page(form: SignInForm, status: int) -> Response:
    return make_response(render_template("accounts/sign_in.html", form=form), status)


def _too_many_tries(seconds: int) -> str:
    wait = timedelta(seconds=seconds) if seconds < 60 else timedelta(minutes=math.ceil(seconds / 60))
    return f"There were too many wrong tries for this name or from this network. Try again in {duration(wait)}."


def _sign_in_limited(seconds: int) -> Response:
    form = SignInForm()
    form.form_errors.append(_too_many_tries(seconds))
    return _sign_in_page(form, 429)


def _password_limited(seconds: int) -> Response:
    form = PasswordForm()
    form.form_errors.append(_too_many_tries(seconds))
    return _account_page(429, password_form=form)


@blueprint.route("/login", methods=["GET", "POST"])
@public
@limited(_sign_in_limited)
def sign_in() -> Answer:
    form = SignInForm()
    if request.method == "GET":
        target = sessions.local_path(request.args.get("next"))
        form.next.data = target
        return redirect(target, 303) if sessions.current_person() else _sign_in_page(form, 200)
    if not form.validate():
        return _sign_in_page(form, 422)
    opened = accounts.sign_in(form.username.data, form.password.data, limits=sessions.limits(), **_browser())
    if opened is None:
        count_failure()
        log.info("sign_in_failed", address=request.remote_addr)
        form.form_errors.append("The user name or the password is wrong.")
        return _sign_in_page(form, 422)
    accounts.sign_out(sessions.session_token())  # Whoever was signed in here before.
    db.session.commit()
    sessions.begin(opened.token)
    log.info("signed_in")
    return redirect(sessions.local_path(form.next.data), 303)


@blueprint.post("/logout")
@public
def sign_out() -> Answer:
    accounts.sign_out(sessions.session_token())
    db.session.commit()
    sessions.forget()
    flash("You are signed out.", "good")
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.get("/account")
@signed_in
def index() -> Answer:
    return _account_page(200)


@blueprint.post("/account/password")
@signed_in
@limited(_password_limited)
def change_password() -> Answer:
    form = PasswordForm()
    person = sessions.signed_in_person()
    if not form.validate() or not _changed(form, person.username):
        return _account_page(422, password_form=form)
    opened = accounts.open_session_for(person.id, **_browser())
    db.session.commit()
    sessions.begin(opened.token)
    log.info("password_changed")
    flash("Your password is changed. You were signed out everywhere else.", "good")
    return redirect(url_for("accounts.index"), 303)


@blueprint.post("/account/sign-out-elsewhere")
@signed_in
def sign_out_elsewhere() -> Answer:
    ended = accounts.sign_out_everywhere(sessions.signed_in_person().id, except_token=sessions.session_token())
    db.session.commit()
    flash("You were signed out elsewhere." if ended else "You were not signed in anywhere else.", "good")
    return redirect(url_for("accounts.index"), 303)


@blueprint.post("/account/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> Answer:
    accounts.sign_out_everywhere(sessions.signed_in_person().id)
    db.session.commit()
    sessions.forget()
    flash("You are signed out everywhere.", "good")
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.post("/account/locale")
@signed_in
def choose_locale() -> Answer:
    form = LocaleForm()
    if not form.validate():
        return _account_page(422, locale_form=form)
    accounts.choose_locale(sessions.signed_in_person().id, form.locale.data)
    db.session.commit()
    flash("Dates and numbers are now written this way.", "good")
    return redirect(url_for("accounts.index"), 303)


@blueprint.post("/theme")
@public
def set_theme() -> Answer:
    """Remember light, dark or auto in this browser, for signed-out pages too."""
    theme = request.form.get("theme", "")
    if theme not in THEMES:
        raise Refused(f"There is no theme {theme!r}. Choose one of: {', '.join(THEMES)}.")
    back = sessions.local_path(request.referrer)
    response = Response(status=204) if wants_fragment() else redirect(back, 303)
    response.set_cookie(
        "theme",
        theme,
        max_age=THEME_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings().secure_cookies,
    )
    return response


def _browser() -> dict[str, Any]:
    return {"address": request.remote_addr or "", "user_agent": request.user_agent.string}


def _changed(form: PasswordForm, username: str) -> bool:
    """Try the change; a refusal becomes a message at the field it is about."""
    try:
        accounts.change_own_password(username, form.current_password.data, form.new_password.data)
    except accounts.WrongPassword as refusal:
        count_failure()
        form.current_password.errors = [refusal.message]
        return False
    except Refused as refusal:
        form.new_password.errors = [refusal.message]
        return False
    return True


def _account_page(
    status: int, *, password_form: PasswordForm | None = None, locale_form: LocaleForm | None = None
) -> Response:
    person = sessions.signed_in_person()
    page = render_template(
        "accounts/index.html",
        person=person,
        warehouses=warehouse_names(person.scope),
        sessions=sessions_of(person.id, sessions.session_token(), sessions.limits()),
        browser_name=browser_name,
        password_form=password_form or PasswordForm(formdata=None),
        locale_form=locale_form or LocaleForm(formdata=None, locale=person.locale),
        example_instant=now(),
        example_count=1_234_567,
        example_amount=Decimal("1234.5"),
    )
    return make_response(page, status)
