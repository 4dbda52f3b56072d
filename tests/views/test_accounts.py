"""Signing in and out, and one's own account."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import PASSWORD, Cast
from tests.factories import Factory
from tests.page import Page
from tests.statements import statements
from webapp.extensions import db
from webapp.models import User, UserSession
from webapp.queries.accounts import token_hash
from webapp.schema import now

SIGN_IN = "form[action='/login']"


def sign_in(page: Page, username: str, password: str = PASSWORD, *, status: int = 303) -> Page:
    return page.get("/login").submit(SIGN_IN, status=status, username=username, password=password)


def open_sessions() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(UserSession)) or 0


def held_token(page: Page) -> str:
    with page.client.session_transaction() as session:
        return str(session["_user_id"])


def test_it_signs_in_with_name_and_password(page: Page, cast: Cast) -> None:
    sign_in(page, cast.operator.username).get("/account")
    assert "Otto Operator" in page.text


def test_it_takes_the_name_in_any_case(page: Page, cast: Cast) -> None:
    cast.operator  # noqa: B018 - makes the person
    sign_in(page, " OTTO ")
    assert page.response.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/runs?state=failed", "/runs?state=failed"),
        ("https://evil.example/x", "/x"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_it_goes_on_to_a_page_of_ours_and_to_no_other(page: Page, cast: Cast, wanted: str, reached: str) -> None:
    page.get("/login", query_string={"next": wanted})
    page.submit(SIGN_IN, username=cast.operator.username, password=PASSWORD)
    assert page.response.headers["Location"] == reached


def test_an_unknown_name_and_a_wrong_password_look_the_same(page: Page, cast: Cast) -> None:
    wrong = sign_in(page, cast.operator.username, "not the password", status=422).text
    unknown = sign_in(page, "nobody", "not the password", status=422).text
    assert "The user name or the password is wrong." in wrong
    assert wrong == unknown
    assert open_sessions() == 0


def test_an_unknown_name_costs_a_hash_too(page: Page, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from webapp.services import passwords

    checked: list[str] = []
    verify = type(passwords._hasher).verify

    def noted(self: object, stored: str, password: str) -> bool:
        checked.append(stored[:10])
        return verify(self, stored, password)  # type: ignore[arg-type]

    monkeypatch.setattr(type(passwords._hasher), "verify", noted)
    sign_in(page, cast.operator.username, "wrong", status=422)
    sign_in(page, "nobody", "wrong", status=422)
    sign_in(page, "no\0body", "wrong", status=422)
    assert checked == ["$argon2id$"] * 3


def test_it_keeps_the_name_but_never_the_password(page: Page, cast: Cast) -> None:
    sign_in(page, cast.operator.username, "not the password", status=422)
    assert page.one("#username")["value"] == "otto"
    assert not page.one("#password").get("value")


def test_it_asks_for_both_fields(page: Page, cast: Cast) -> None:
    sign_in(page, "", "", status=422)
    assert page.texts(".field-error") == ["Enter your user name.", "Enter your password."]


def test_a_disabled_person_is_answered_like_a_stranger(page: Page, cast: Cast) -> None:
    cast.operator.is_active = False
    db.session.commit()
    sign_in(page, "otto", status=422)
    assert "The user name or the password is wrong." in page.text


def test_signing_in_makes_a_fresh_session_and_a_fresh_csrf_token(page: Page, cast: Cast) -> None:
    page.get("/login")
    before = page.csrf_token()
    with page.client.session_transaction() as session:
        session["planted"] = "by an attacker"
        old_csrf = session["csrf_token"]
    sign_in(page, cast.operator.username)
    with page.client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != old_csrf
    page.client.post("/logout", data={"csrf_token": before})
    assert open_sessions() == 1, "the token from before sign-in must not work after it"


def test_signing_in_again_ends_the_session_before(page: Page, cast: Cast) -> None:
    page.get("/login")
    form = page.soup
    sign_in(page, cast.operator.username)
    first = held_token(page)
    page.soup = form
    page.post("/login", {"username": cast.viewer.username, "password": PASSWORD})
    assert held_token(page) != first
    assert open_sessions() == 1


def test_whoever_is_signed_in_is_sent_on(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/login?next=/account", status=303)
    assert page.response.headers["Location"] == "/account"


def test_only_the_hash_of_a_token_is_stored(page: Page, cast: Cast) -> None:
    sign_in(page, cast.operator.username)
    stored = db.session.scalars(sa.select(UserSession.token_hash)).one()
    assert stored == token_hash(held_token(page)) != held_token(page)


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(page: Page, cast: Cast) -> None:
    sign_in(page, cast.operator.username)
    cookie = page.response.headers["Set-Cookie"]
    assert cookie.startswith("dockside=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out_ends_the_session_for_good(page: Page, cast: Cast) -> None:
    sign_in(page, cast.operator.username)
    token = held_token(page)
    page.get("/account").submit("form[action='/logout']").follow()
    assert "You are signed out." in page.text
    with page.client.session_transaction() as session:
        session["_user_id"] = token
    page.get("/account", status=303)
    assert page.response.headers["Location"] == "/login?next=/account"


def test_signing_out_twice_is_the_same_as_once(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).post("/logout", {})
    page.post("/logout", {})
    assert open_sessions() == 0


def test_a_get_signs_nobody_out(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/logout", status=405)
    assert open_sessions() == 1


@pytest.mark.parametrize(
    ("column", "age"), [("last_seen_at", timedelta(hours=13)), ("created_at", timedelta(days=8))]
)
def test_a_session_ends_when_unused_and_when_too_old(page: Page, cast: Cast, column: str, age: timedelta) -> None:
    page.sign_in(cast.viewer).get("/account")
    db.session.execute(sa.update(UserSession).values({column: now() - age}))
    db.session.commit()
    page.get("/account", status=303)


def test_use_is_noted_seldom(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer)
    with statements() as sent:
        page.get("/account")
    assert not [one for one in sent if one.startswith("UPDATE")]
    db.session.execute(sa.update(UserSession).values(last_seen_at=now() - timedelta(hours=1)))
    db.session.commit()
    page.get("/account")
    db.session.expire_all()
    assert now() - db.session.scalars(sa.select(UserSession.last_seen_at)).one() < timedelta(minutes=1)


def test_a_change_after_a_long_pause_does_not_wait_for_itself(page: Page, cast: Cast) -> None:
    """Noting the use of the session writes beside the request, which must not hold the write lock by then."""
    page.sign_in(cast.viewer).get("/account")
    db.session.execute(sa.update(UserSession).values(last_seen_at=now() - timedelta(hours=1)))
    db.session.commit()
    page.submit("#locale-form", locale="de_DE")
    db.session.expire_all()
    assert db.session.scalars(sa.select(User.locale)).one() == "de_DE"


def test_sessions_that_are_over_are_swept_out_at_sign_in(page: Page, cast: Cast) -> None:
    page.sign_in(cast.operator)
    db.session.execute(sa.update(UserSession).values(last_seen_at=now() - timedelta(days=3)))
    db.session.commit()
    sign_in(page, cast.operator.username)
    assert open_sessions() == 1


def test_it_shows_who_i_am_and_where_i_am_signed_in(page: Page, cast: Cast, make: Factory) -> None:
    reno = make.warehouse("Reno, NV")
    make.warehouse("Columbus, OH")
    page.sign_in(cast.limited_to(reno.id)).get("/account")
    assert "Operator" in page.texts("#you dd")
    assert "Reno, NV" in page.texts("#you dd")
    assert "Columbus" not in page.text
    assert len(page.all("#session-list tbody tr")) == 1


def test_signing_out_elsewhere_keeps_this_session(app: Flask, page: Page, cast: Cast) -> None:
    elsewhere = Page(app).sign_in(cast.viewer)
    page.sign_in(cast.viewer).get("/account").submit("form[action='/account/sign-out-elsewhere']")
    page.get("/account")
    elsewhere.get("/account", status=303)


def test_signing_out_everywhere_ends_this_session_too(app: Flask, page: Page, cast: Cast) -> None:
    elsewhere, bystander = Page(app).sign_in(cast.viewer), Page(app).sign_in(cast.operator)
    page.sign_in(cast.viewer).get("/account").submit("form[action='/account/sign-out-everywhere']")
    page.get("/account", status=303)
    elsewhere.get("/account", status=303)
    bystander.get("/account")


def new_password(page: Page, current: str, new: str, again: str | None = None, *, status: int = 303) -> Page:
    return page.get("/account").submit(
        "#password-form",
        status=status,
        current_password=current,
        new_password=new,
        repeated_password=new if again is None else again,
    )


def test_a_new_password_works_and_ends_the_other_sessions(app: Flask, page: Page, cast: Cast) -> None:
    elsewhere = Page(app).sign_in(cast.viewer)
    page.sign_in(cast.viewer)
    before = held_token(page)
    new_password(page, PASSWORD, "seven gulls on a crane").follow()
    assert "Your password is changed." in page.text
    assert held_token(page) != before
    elsewhere.get("/account", status=303)
    sign_in(Page(app), "vera", PASSWORD, status=422)
    sign_in(Page(app), "vera", "seven gulls on a crane")


@pytest.mark.parametrize(
    ("current", "new", "again", "message"),
    [
        ("wrong", "seven gulls on a crane", None, "This is not your current password."),
        (PASSWORD, "short", None, "Use between 8 and 256 characters."),
        (PASSWORD, "x" * 257, None, "Use between 8 and 256 characters."),
        (PASSWORD, "Password1", None, "one of the most common ones"),
        (PASSWORD, "vera-the-viewer", None, "The password is the same as the user name."),
        (PASSWORD, "seven gulls on a crane", "eight gulls", "The two are not the same."),
        (PASSWORD, "", None, "Enter a new password."),
    ],
)
def test_a_password_that_will_not_do_is_refused_at_its_field(
    page: Page, cast: Cast, current: str, new: str, again: str | None, message: str
) -> None:
    cast.viewer.username = "vera-the-viewer"
    db.session.commit()
    new_password(page.sign_in(cast.viewer), current, new, again, status=422)
    assert message in " ".join(page.texts(".field-error"))
    assert open_sessions() == 1


def test_a_long_password_with_any_characters_is_fine(app: Flask, page: Page, cast: Cast) -> None:
    passphrase = "Ünïcödé 🦀 " * 16
    new_password(page.sign_in(cast.viewer), PASSWORD, passphrase)
    sign_in(Page(app), "vera", passphrase)


def test_the_locale_changes_how_numbers_are_written(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/account").submit("#locale-form", locale="de_DE").follow()
    assert "1.234.567" in page.text


def test_an_unknown_locale_is_refused(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).post("/account/locale", {"locale": "xx_XX"}, status=422)
    assert "Not a valid choice" in page.text


def test_the_theme_is_kept_in_this_browser_also_when_signed_out(page: Page) -> None:
    page.post("/theme", {"theme": "dark"}, headers={"Referer": "http://localhost/login?next=/runs"})
    assert page.response.headers["Location"] == "/login?next=/runs"
    assert page.get("/login").one("html")["data-bs-theme"] == "dark"


def test_htmx_gets_no_page_back_for_a_theme(page: Page) -> None:
    page.post("/theme", {"theme": "light"}, status=204, fragment="theme")
    assert "theme=light" in page.response.headers["Set-Cookie"]


def test_an_unknown_theme_is_refused_by_name(page: Page) -> None:
    page.post("/theme", {"theme": "pink"}, status=422)
    assert "Choose one of: auto, light, dark." in page.text
