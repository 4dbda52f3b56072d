"""Rows of a list that a bulk run is still to void: they say so, and the page hears which are done with."""

import json
import uuid

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from tests.statements import statements
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.bulk_selections import Chosen
from webapp.services import bulk, bulk_steps, runs
from webapp.services.actors import Actor
from webapp.services.bulk_kinds import KINDS, Terms
from webapp.services.runs import Claim
from webapp.statuses import ROLE_PERMISSIONS, Role, RunKind

SHIPMENTS = 3


@pytest.fixture
def shipments(make: Factory) -> list[Fulfillment]:
    return [make.shipment() for _ in range(SHIPMENTS)]


@pytest.fixture
def claim(shipments: list[Fulfillment], cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Claim:
    return begun(shipments, Actor(cast.supervisor.id), monkeypatch)


def begun(shipments: list[Fulfillment], actor: Actor, monkeypatch: pytest.MonkeyPatch) -> Claim:
    """A bulk void of them that a worker has just begun."""
    monkeypatch.setattr("webapp.queue.wake", lambda runs: len(list(runs)))
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    requested = bulk.request(
        KINDS[RunKind.BULK_VOID],
        Chosen(tuple(one.id for one in shipments)),
        Terms(reason="Lost"),
        expected=len(shipments),
        key=uuid.uuid4().hex,
        actor=actor,
        permissions=ROLE_PERMISSIONS[Role.SUPERVISOR],
    )
    db.session.commit()
    claim = runs.claim(requested.run_id)
    db.session.commit()
    assert claim
    return claim


def work(claim: Claim, *shipments: Fulfillment) -> None:
    bulk_steps.work(claim, [one.id for one in shipments], claim.actor)
    db.session.commit()


def rows(page: Page) -> list[bool]:
    """For each row, newest first, whether it says that it is being voided."""
    return ["Voiding…" in text for text in page.texts("tbody tr")]


def test_rows_wait_and_turn_as_the_run_comes_to_them(
    page: Page, cast: Cast, shipments: list[Fulfillment], claim: Claim
) -> None:
    page.sign_in(cast.viewer).get("/fulfillments")
    assert rows(page) == [True] * 3
    assert "3 of the shipments on this page are being voided." in page.one("#voiding").get_text()
    asks = str(page.one("#voiding")["hx-get"])
    page.get(asks, fragment="voiding", status=204)

    work(claim, shipments[0])
    page.get(asks, fragment="voiding")
    news = json.loads(page.response.headers["HX-Trigger"])
    assert news["rows:changed"]["ids"] == [shipments[0].id]
    asks = str(page.one("#voiding")["hx-get"])

    work(claim, *shipments[1:])
    page.get(asks, fragment="voiding")
    assert "hx-get" not in page.one("#voiding").attrs
    page.get("/fulfillments?tab=voided")
    assert rows(page) == [False] * 3
    assert not page.all("#voiding")


def test_a_run_that_ends_early_lets_its_rows_go(
    page: Page, cast: Cast, shipments: list[Fulfillment], claim: Claim
) -> None:
    page.sign_in(cast.viewer).get("/fulfillments")
    runs.cancel(claim.run_id, Actor(cast.supervisor.id))
    bulk_steps.finish(claim)
    db.session.commit()
    page.get(str(page.one("#voiding")["hx-get"]), fragment="voiding")
    assert len(json.loads(page.response.headers["HX-Trigger"])["rows:changed"]["ids"]) == SHIPMENTS
    page.get("/fulfillments")
    assert rows(page) == [False] * 3


def test_the_shipments_own_page_says_it_too_and_hears_of_the_end(
    page: Page, cast: Cast, make: Factory, shipments: list[Fulfillment], claim: Claim
) -> None:
    shipment = shipments[0]
    page.sign_in(cast.limited_to(shipment.warehouse_id)).get(f"/fulfillments/{shipment.id}")
    waiting = page.one("#shipment-title [data-poll]")
    assert waiting.get_text() == "Voiding…"
    assert not page.all("#void-shipment")
    page.get(str(waiting["hx-get"]), fragment="toasts")
    assert "HX-Trigger" not in page.response.headers
    work(claim, shipment)
    page.get(str(waiting["hx-get"]), fragment="toasts")
    assert json.loads(page.response.headers["HX-Trigger"])["row:changed"]["id"] == shipment.id
    page.get(
        f"/fulfillments/{make.shipment().id}/void-status?watching={claim.run_id}", fragment="toasts", status=404
    )


def test_it_costs_the_list_no_statement_and_the_question_one(
    page: Page, cast: Cast, shipments: list[Fulfillment], claim: Claim
) -> None:
    page.sign_in(cast.supervisor).get("/fulfillments")
    with statements() as with_run:
        page.get("/fulfillments")
    asks = str(page.one("#voiding")["hx-get"])
    with statements() as asking:
        page.get(asks, fragment="voiding", status=204)
    assert len(asking) <= 2, asking  # The person, and the rows.
    work(claim, *shipments)
    with statements() as without:
        page.get("/fulfillments?tab=all")
    assert len(with_run) == len(without), with_run


def test_rows_of_another_warehouse_are_not_told_of(
    page: Page, cast: Cast, make: Factory, shipments: list[Fulfillment], claim: Claim
) -> None:
    page.sign_in(cast.limited_to(make.warehouse("Columbus, OH").id)).get("/fulfillments")
    assert not page.all("#voiding")
    page.get(f"/fulfillments/voiding?ids={shipments[0].id}", fragment="voiding")
    assert shipments[0].fulfillment_number not in page.text


@pytest.mark.parametrize("ids", ["", "x", "1,", "1;2", "²", "9" * 40, ",".join(["1"] * 101)])
def test_what_names_no_rows_of_a_page_is_refused(page: Page, cast: Cast, ids: str) -> None:
    page.sign_in(cast.viewer).get(f"/fulfillments/voiding?ids={ids}", fragment="voiding", status=400)
    page.get(f"/fulfillments/voiding?ids={ids}", status=303)
