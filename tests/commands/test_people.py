"""`flask user …`: what it says, what it changes, and how it exits."""

from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from tests.cast import PASSWORD, Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import User, UserSession

NEW_PASSWORD = "seven gulls on a crane"


class Shell:
    """Runs `flask user` with these words and lines of standard input."""

    def __init__(self, app: Flask) -> None:
        self.runner = app.test_cli_runner()

    def __call__(self, *words: str, typed: str = "", status: int = 0) -> Result:
        db.session.commit()
        result = self.runner.invoke(args=["user", *words], input=typed)
        assert result.exit_code == status, result.output
        db.session.expire_all()
        return result

    def add(self, *words: str, password: str = NEW_PASSWORD, status: int = 0) -> Result:
        return self("add", *words, "--password-stdin", typed=f"{password}\n", status=status)


@pytest.fixture
def shell(app: Flask) -> Shell:
    return Shell(app)


def user(name: str) -> User:
    return db.session.scalars(sa.select(User).where(User.username == name)).one()


def people() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(User)) or 0


def sessions() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(UserSession)) or 0


def can_sign_in(app: Flask, name: str, password: str) -> bool:
    page = Page(app).get("/login")
    data = {"username": name, "password": password, "csrf_token": page.csrf_token()}
    return page._send(page.client.post, "/login", data=data).status_code == 303


def test_whoever_was_added_can_sign_in(app: Flask, shell: Shell) -> None:
    said = shell.add("Maria", "--role", "operator", "--display-name", "Maria Lopez").output
    assert said == "Maria may now sign in as operator.\n"
    assert user("maria").display_name == "Maria Lopez"
    assert can_sign_in(app, "maria", NEW_PASSWORD)


def test_the_password_is_neither_stored_nor_said(shell: Shell) -> None:
    said = shell.add("maria", "--role", "viewer").output
    assert NEW_PASSWORD not in said
    assert user("maria").password_hash.startswith("$argon2id$")


def test_a_person_may_be_limited_to_warehouses(make: Factory, shell: Shell) -> None:
    make.warehouse("Reno, NV")
    make.warehouse("Columbus, OH")
    shell.add("maria", "--role", "viewer", "--warehouse", "Reno, NV")
    assert user("maria").limited_to_warehouses
    assert shell("list").output == "maria  Viewer, maria, only Reno, NV\n"


@pytest.mark.parametrize(
    ("words", "password", "message"),
    [
        (("maria", "--role", "viewer", "--warehouse", "Rome"), NEW_PASSWORD, "There is no warehouse 'Rome'."),
        (("no spaces", "--role", "viewer"), NEW_PASSWORD, "The user name 'no spaces' cannot be used."),
        (("maria", "--role", "viewer"), "short", "The password is too short."),
        (("maria", "--role", "viewer"), "", "The password is too short."),
        (("maria", "--role", "viewer"), "password1", "one of the most common ones"),
        (("maria-lopez", "--role", "viewer"), "Maria-Lopez", "The password is the same as the user name."),
        (("vera", "--role", "viewer"), NEW_PASSWORD, "already a person with the user name 'vera'"),
        (("VERA", "--role", "viewer"), NEW_PASSWORD, "already a person with the user name 'vera'"),
    ],
)
def test_a_refused_person_is_one_sentence_and_no_row(
    cast: Cast, shell: Shell, words: tuple[str, ...], password: str, message: str
) -> None:
    cast.viewer  # noqa: B018 - makes the person
    result = shell.add(*words, password=password, status=1)
    assert message in result.stderr
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output
    assert people() == 1


@pytest.mark.parametrize(
    "words",
    [
        ("add", "maria", "--password-stdin"),
        ("add", "maria", "--role", "captain", "--password-stdin"),
        ("add", "maria", "--role", "viewer"),
        ("password", "maria"),
        ("disable",),
    ],
)
def test_wrong_use_exits_with_two(shell: Shell, words: tuple[str, ...]) -> None:
    result = shell(*words, typed=f"{NEW_PASSWORD}\n", status=2)
    assert "Usage:" in result.stderr
    assert people() == 0


def test_the_list_says_role_and_state_of_everyone(cast: Cast, shell: Shell) -> None:
    cast.operator, cast.admin  # noqa: B018 - makes the people
    assert shell("disable", "otto").output == "otto cannot sign in any more and is signed out everywhere.\n"
    assert shell("list").output.splitlines() == [
        "ada   Administrator, Ada Admin",
        "otto  Operator, Otto Operator, disabled",
    ]


def test_an_empty_list_is_no_error(shell: Shell) -> None:
    assert shell("list").output == ""


def test_whoever_is_disabled_is_out_at_once_and_stays_out(
    app: Flask, page: Page, cast: Cast, shell: Shell
) -> None:
    page.sign_in(cast.viewer).get("/account")
    shell("disable", "Vera")
    page.get("/account", status=303)
    assert sessions() == 0
    assert not can_sign_in(app, "vera", PASSWORD)


def test_whoever_is_enabled_again_can_sign_in_but_no_old_session_lives(
    app: Flask, page: Page, cast: Cast, shell: Shell
) -> None:
    page.sign_in(cast.viewer)
    shell("disable", "vera")
    assert shell("enable", "vera").output == "vera may sign in again.\n"
    page.get("/account", status=303)
    assert can_sign_in(app, "vera", PASSWORD)


def test_a_new_password_ends_sessions_and_the_old_password(
    app: Flask, page: Page, cast: Cast, shell: Shell
) -> None:
    page.sign_in(cast.viewer)
    shell("password", "vera", "--password-stdin", typed=f"{NEW_PASSWORD}\r\n")
    page.get("/account", status=303)
    assert not can_sign_in(app, "vera", PASSWORD)
    assert can_sign_in(app, "vera", NEW_PASSWORD)


def test_a_password_that_will_not_do_changes_nothing(app: Flask, page: Page, cast: Cast, shell: Shell) -> None:
    page.sign_in(cast.viewer)
    result = shell("password", "vera", "--password-stdin", typed="short\n", status=1)
    assert "The password is too short." in result.stderr
    page.get("/account")
    assert can_sign_in(app, "vera", PASSWORD)


@pytest.mark.parametrize("words", [("disable",), ("enable",), ("password", "--password-stdin")])
def test_nobody_of_that_name_is_one_sentence(shell: Shell, words: tuple[str, ...]) -> None:
    command, *options = words
    result = shell(command, "nobody", *options, typed=f"{NEW_PASSWORD}\n", status=1)
    assert result.stderr == "Error: There is no person with the user name 'nobody'.\n"


def test_a_database_that_is_not_there_is_one_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_arguments: Any, **_options: Any) -> Any:
        raise sa.exc.OperationalError("SELECT", {}, Exception("connection refused"))

    monkeypatch.setattr("webapp.commands.people.everyone", gone)
    result = shell("list", status=1)
    assert result.stderr.startswith("Error: The database does not answer")
    assert "db upgrade" in result.stderr
