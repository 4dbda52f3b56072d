"""Addresses written straight from their rules are those that Werkzeug would write."""

from collections.abc import Iterator

import pytest
from flask import Flask, url_for
from werkzeug.routing import BuildError, Rule

from webapp.web.addresses import patterns


def _rules(app: Flask) -> Iterator[Rule]:
    plain = patterns(app.url_map)
    assert len(plain) > 100
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint in plain)


@pytest.mark.parametrize("root", ["", "/dockside"])
def test_every_address_is_what_werkzeug_writes(app: Flask, root: str) -> None:
    with app.test_request_context("/", base_url=f"http://localhost{root}") as context:
        for rule in _rules(app):
            values = {name: number for number, name in enumerate(sorted(rule.arguments), start=7)}
            assert url_for(rule.endpoint, **values) == context.url_adapter.build(rule.endpoint, values)


def test_views_and_templates_are_spared_werkzeugs_search(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flask, "url_for", lambda *_, **__: pytest.fail("Flask was asked"))
    with app.test_request_context("/"):
        assert url_for("voids.ask", fulfillment_id=7) == app.url_for("voids.ask", fulfillment_id=7)


def test_all_but_the_plainest_are_left_to_flask(app: Flask) -> None:
    with app.test_request_context("/"):
        assert url_for("voids.ask", fulfillment_id=7, force=1) == "/fulfillments/7/void?force=1"
        assert url_for("fulfillments.index", q="tea & milk") == "/fulfillments?q=tea+%26+milk"
        assert url_for("fulfillments.index", _external=True) == "http://localhost/fulfillments"
        assert url_for("static", filename="app.css") == "/static/app.css"


@pytest.mark.parametrize("wrong", ["seven", None])
def test_what_is_no_number_of_a_shipment_has_no_address(app: Flask, wrong: object) -> None:
    with app.test_request_context("/"), pytest.raises((BuildError, ValueError)):
        url_for("voids.ask", fulfillment_id=wrong)


def test_outside_a_request_an_address_is_complete(app: Flask) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        url_for("fulfillments.index")
