"""A browser without a screen: fetches pages, follows forms, and complains about pages that are not well made."""

import secrets
from collections.abc import Callable
from contextvars import Context
from functools import cached_property
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask import session as current
from flask_wtf.csrf import generate_csrf
from lxml.html import document_fromstring, tostring
from werkzeug.test import TestResponse

from webapp.extensions import db
from webapp.models import User, UserSession
from webapp.queries.accounts import token_hash


class Page:
    """Each answer is linted; `soup` and `text` are of the last one."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.response: TestResponse

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The last answer, read when it is first looked into."""
        return BeautifulSoup(self.response.get_data(as_text=True), "lxml")

    def sign_in(self, user: User) -> "Page":
        """Open a session for this person without passing the sign-in form."""
        token = secrets.token_urlsafe(32)
        db.session.add(UserSession(token_hash=token_hash(token), user_id=user.id))
        db.session.commit()
        with self.client.session_transaction() as session:
            session["_user_id"] = token
            session["_fresh"] = True
        return self

    def get(self, url: str, *, status: int = 200, fragment: str | None = None, **options: Any) -> "Page":
        """Fetch a page; with `fragment`, as htmx does for the element with that id."""
        headers = dict(options.pop("headers", {}))
        if fragment:
            headers |= htmx_headers(fragment)
        self._take(self._send(self.client.get, url, headers=headers, **options), status)
        return self

    def post(
        self, url: str, data: dict[str, Any], *, status: int = 303, fragment: str | None = None, **options: Any
    ) -> "Page":
        """Send a form to `url` with a valid CSRF token."""
        headers = dict(options.pop("headers", {}))
        if fragment:
            headers |= htmx_headers(fragment)
        body = {"csrf_token": self.csrf_token()} | data
        self._take(self._send(self.client.post, url, data=body, headers=headers, **options), status)
        return self

    def submit(self, selector: str = "form[method=post]", *, status: int = 303, **typed: Any) -> "Page":
        """Fill in and send the form found on the current page, as a browser without JavaScript would."""
        form = self.one(selector)
        self._take(self._send(self.client.post, str(form["action"]), data=fields_of(form) | typed), status)
        return self

    def follow(self) -> "Page":
        """Go where the last answer redirects to."""
        return self.get(self.response.headers["Location"])

    def csrf_token(self) -> str:
        """A token that belongs to this browser's session."""
        return str(Context().run(self._csrf_token))

    def _csrf_token(self) -> Any:
        with self.client.session_transaction() as session, self.app.test_request_context():
            if "csrf_token" in session:
                current["csrf_token"] = session["csrf_token"]
            token = generate_csrf()
            session["csrf_token"] = current["csrf_token"]
        return token

    @property
    def text(self) -> str:
        return " ".join(self.soup.get_text(" ").split())

    def one(self, selector: str) -> Tag:
        found = self.soup.select(selector)
        assert len(found) == 1, f"{len(found)} elements match {selector!r}"
        return found[0]

    def all(self, selector: str) -> list[Tag]:
        return list(self.soup.select(selector))

    def texts(self, selector: str) -> list[str]:
        return [" ".join(found.get_text(" ").split()) for found in self.soup.select(selector)]

    @staticmethod
    def _send(method: Callable[..., TestResponse], url: str, **options: Any) -> TestResponse:
        """Make the request as a server would: not inside the application context that the test stands in.

        Flask would otherwise share its `g` and its database session with the test, from one request to the next.
        The test's own transaction is ended first: on SQLite it would keep the request waiting. What happens once
        the answer is sent has happened too.
        """
        db.session.commit()
        return Context().run(method, url, buffered=True, **options)

    def _take(self, response: TestResponse, status: int) -> None:
        self.response = response
        vars(self).pop("soup", None)
        assert response.status_code == status, f"{response.status_code} instead of {status}: {self.text[:500]}"
        if response.mimetype == "text/html" and response.data.strip():
            lint(response.get_data(as_text=True))


def htmx_headers(target: str) -> dict[str, str]:
    """What htmx sends along for a request that fills the element with this id."""
    return {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": f"div#{target}"}


def fields_of(form: Tag) -> dict[str, str]:
    """The values a browser would send for this form, untouched."""
    values = {str(tag["name"]): str(tag.get("value", "")) for tag in form.select("input[name], button[name]")}
    return values | {str(tag["name"]): tag.get_text() for tag in form.select("textarea[name]")}


def lint(html: str) -> None:
    """Fail on what every page must get right, whole page or fragment."""
    root = document_fromstring(html)
    if "<html" in html:
        assert "".join(root.xpath("//head/title//text()")).strip(), "the page has no title, or an empty one"
        assert len(root.xpath("//h1")) == 1, "the page has not exactly one h1"
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids)), f"repeated ids: {sorted({i for i in ids if ids.count(i) > 1})}"
    assert not root.xpath("//*[@style]"), "inline style"
    assert not root.xpath("//script[not(@src)]"), "inline script"
    handlers = root.xpath("//*[@*[starts-with(name(), 'on')]]")
    assert not handlers, f"inline handlers: {[tostring(tag) for tag in handlers]}"
    for form in root.xpath("//form"):
        if form.get("method", "get").lower() == "post":
            assert form.xpath(".//input[@name='csrf_token']"), "a form without a CSRF token"
    labels = set(root.xpath("//label/@for"))
    for field in root.xpath("//input[not(@type='hidden' or @type='submit')] | //select | //textarea"):
        labelled = field.get("aria-label") or field.get("aria-labelledby") or field.get("id") in labels
        assert labelled or field.xpath("ancestor::label"), f"a field without a label: {tostring(field)}"
