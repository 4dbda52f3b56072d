"""Bulk actions on the page: what will come of them, the confirmation, the outcome and what is done with it."""

import csv
import io
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Fulfillment, Run, RunItem
from webapp.queries import bulk_results, runs_history
from webapp.services import bulk, bulk_preview
from webapp.statuses import BulkBucket, FulfillmentStatus, Role, RunKind, RunState
from webapp.views import bulk as bulk_views

SHIPPED = FulfillmentStatus.FULFILLED


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.queue.wake", lambda runs: len(list(runs)))


def ids_of(*shipments: Fulfillment) -> list[str]:
    return [str(shipment.id) for shipment in shipments]


def start(page: Page, name: str, shipments: list[Fulfillment], *, status: int = 303, **typed: Any) -> Page:
    """Open the dialog for these shipments and send it."""
    ids = ids_of(*shipments)
    page.post(f"/fulfillments/bulk-{name}", {"ids": ids}, status=200)
    return page.submit("#bulk-start", status=status, ids=ids, **({"reason": ""} if name == "void" else {}) | typed)


def run_of(page: Page) -> Run:
    run_id = int(page.response.headers["Location"].rpartition("/")[2])
    db.session.expire_all()
    return db.session.get_one(Run, run_id)


def stored(shipment_id: int) -> Fulfillment:
    return db.session.get_one(Fulfillment, shipment_id, populate_existing=True)


def outcomes(page: Page) -> dict[str, str]:
    return {words.rpartition(" ")[0]: words.rpartition(" ")[2] for words in page.texts("#bulk-result > nav a")}


def test_the_dialog_says_what_will_come_of_each(page: Page, cast: Cast, make: Factory) -> None:
    shipments = [make.shipment(), make.shipment(), make.shipment(status=SHIPPED)]
    shipments.append(make.shipment(merged_submission=True))
    page.sign_in(cast.operator).post("/fulfillments/bulk-void?sort=cost", {"ids": ids_of(*shipments)}, status=200)
    assert page.one("h1").get_text() == "Void 4 shipments?"
    said = page.texts("#bulk-preview li")
    assert said[0] == "2 will be voided"
    assert said[1].startswith("1 needs confirmation It has shipped.")
    assert said[2].startswith("1 skipped It was submitted together")
    assert page.one("[autofocus]").get_text() == "Leave them as they are"
    assert page.one("[autofocus]")["href"] == "/fulfillments?sort=cost"
    assert page.one("#bulk-start button:not([type])").get_text() == "Void 4 shipments"
    assert db.session.scalar(sa.select(sa.func.count(Run.id))) == 0


def test_the_dialog_says_of_each_provider_what_it_will_be_asked(page: Page, cast: Cast, make: Factory) -> None:
    accounts = [make.provider_account(kind) for kind in ("shipstation", "shiphero", "shiphero")]
    shipments = [make.shipment(account=account) for account in accounts]
    page.sign_in(cast.operator).post("/fulfillments/bulk-void", {"ids": ids_of(*shipments)}, status=200)
    hero, station = page.texts("#bulk-preview li")
    assert hero.startswith("2 will ask the provider first ShipHero is asked whether it has shipped, and to cancel")
    assert station.startswith("1 will ask the provider first ShipStation is asked whether it has shipped; then it")
    assert station.endswith("takes no cancellations from us: cancel its order there by hand afterwards.")


def test_confirming_leads_to_the_outcome(page: Page, cast: Cast, make: Factory) -> None:
    good, shipped = make.shipment(), make.shipment(status=SHIPPED)
    page.sign_in(cast.operator)
    start(page, "void", [good, shipped], reason="Out of stock", details="None left.")
    page.follow()
    assert outcomes(page) == {"All": "2", "Voided": "1", "Needs confirmation": "1", "Skipped": "0", "Errors": "0"}
    assert stored(good.id).void_reason == "Out of stock: None left."
    assert "Partly done 1 voided, 1 needs confirmation." in page.text
    assert page.one("[data-leave-selection]")["data-leave-selection"] == str(good.id)
    page.get(str(page.one("#bulk-result nav a:nth-of-type(3)")["href"]))
    assert [row.split()[0] for row in page.texts("#bulk-rows tbody tr")] == [shipped.fulfillment_number]


def test_a_fragment_is_asked_for_and_htmx_is_led_to_the_run(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()
    page.sign_in(cast.supervisor)
    data = {"ids": ids_of(shipment)}
    page.post("/fulfillments/bulk-archive", data, status=200, fragment="dialog")
    assert page.one("h2").get_text() == "Archive 1 shipment?"
    data |= {"seen": "1", "idempotency_key": uuid.uuid4().hex}
    page.post("/fulfillments/bulk-archive/start", data, status=204, fragment="dialog")
    assert re.fullmatch(r"/runs/\d+", page.response.headers["HX-Redirect"])
    assert stored(shipment.id).archived_at is not None


def test_sending_the_form_twice_is_one_run(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()
    page.sign_in(cast.operator)
    data = {"ids": ids_of(shipment), "seen": "1", "idempotency_key": uuid.uuid4().hex}
    first = page.post("/fulfillments/bulk-void/start", data).response.headers["Location"]
    assert page.post("/fulfillments/bulk-void/start", data).response.headers["Location"] == first
    page.post("/fulfillments/bulk-void/start", data | {"details": "Something else"}, status=409)
    assert db.session.scalar(sa.select(sa.func.count(Run.id))) == 1


def test_a_whole_list_is_taken_through_its_filter(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    tea = [make.shipment(lines=(("NWP-042", 1, "5.00"),)) for _ in range(2)]
    page.sign_in(cast.supervisor)
    query = "?filter[item_sku.is]=NWP-042"
    page.post(f"/fulfillments/bulk-archive{query}", {"all": "1"}, status=200)
    assert page.one("h1").get_text() == "Archive 2 shipments?"
    assert not page.all("#bulk-start input[name=ids]")
    page.submit("#bulk-start")
    items = db.session.scalars(sa.select(RunItem.fulfillment_id).where(RunItem.run_id == run_of(page).id))
    assert set(items) == {shipment.id for shipment in tea}


def test_another_number_than_was_shown_starts_nothing(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()
    page.sign_in(cast.supervisor).post("/fulfillments/bulk-archive", {"all": "1"}, status=200)
    make.shipment()
    page.submit("#bulk-start", status=409)
    assert page.one("h1").get_text() == "Archive 2 shipments?"
    assert "was 1 when you opened this and is 2 now" in page.one("[data-error-summary]").get_text()
    assert stored(shipment.id).archived_at is None
    page.submit("#bulk-start")
    assert run_of(page).total == 2


def test_what_was_voided_is_restored_from_the_outcome(page: Page, cast: Cast, make: Factory) -> None:
    shipments = [make.shipment() for _ in range(3)]
    page.sign_in(cast.supervisor)
    start(page, "void", shipments)
    page.follow().submit("form:has([value=undo])")
    page.follow()
    assert "Done 3 restored." in page.text
    assert all(stored(shipment.id).voided_at is None for shipment in shipments)


def test_voided_ones_are_fulfilled_again_by_an_operator(page: Page, cast: Cast, make: Factory) -> None:
    shipments = [make.shipment(), make.shipment()]
    page.sign_in(cast.operator)
    start(page, "void", shipments)
    live = make.shipment()
    ids = ids_of(*shipments, live)
    page.post("/fulfillments/bulk-fulfil-again?tab=voided", {"ids": ids}, status=200)
    assert page.one("h1").get_text() == "Fulfil 3 shipments?"
    assert page.texts("#bulk-preview li") == ["2 will be fulfilled again", "1 skipped It is not voided."]
    page.submit("#bulk-start", ids=ids)
    page.follow()
    assert "Partly done 2 fulfilled again, 1 skipped." in page.text
    assert (outcomes(page)["Fulfilled again"], outcomes(page)["Skipped"]) == ("2", "1")
    new = db.session.scalars(sa.select(Fulfillment.fulfillment_number).where(Fulfillment.id > live.id)).all()
    assert len(new) == 2
    assert all(f"Fulfilled again as {number}." in page.text for number in new)


def test_what_has_shipped_is_forced_after_a_warning(page: Page, cast: Cast, make: Factory) -> None:
    shipped = make.shipment(status=SHIPPED)
    page.sign_in(cast.supervisor)
    start(page, "void", [shipped, make.shipment()], details="Lost in the yard")
    first = run_of(page).id
    page.follow()
    page.get(str(page.one("#bulk-force-open")["href"]))
    assert "bring them back as a return instead" in page.text
    assert page.one("#bulk-force button:not([type])").get_text() == "Void 1 shipped shipment"
    page.submit("#bulk-force")
    assert (run_of(page).retry_of_id, stored(shipped.id).void_reason) == (first, "Lost in the yard")


def test_an_operator_is_offered_neither_force_nor_restore(page: Page, cast: Cast, make: Factory) -> None:
    page.sign_in(cast.operator)
    start(page, "void", [make.shipment(status=SHIPPED), make.shipment()])
    run_id = run_of(page).id
    page.follow()
    assert not page.all("#bulk-steps form, #bulk-force-open")
    page.get(f"/runs/{run_id}/force", status=403)
    for step in ("force", "undo"):
        page.post(f"/runs/{run_id}/again", {"step": step, "idempotency_key": uuid.uuid4().hex}, status=403)


def test_a_cancelled_run_goes_on_with_the_rest(
    page: Page, cast: Cast, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    shipments = [make.shipment() for _ in range(2)]
    page.sign_in(cast.supervisor)
    start(page, "archive", shipments)
    run = run_of(page)
    page.post(f"/runs/{run.id}/cancel", {})
    page.get(f"/runs/{run.id}")
    assert outcomes(page)["Not yet"] == "2"
    monkeypatch.setattr(bulk, "AT_ONCE", 30)
    page.submit("form:has([value=go_on])")
    assert (run_of(page).message, run_of(page).retry_of_id) == ("2 archived.", run.id)


def test_a_run_that_broke_is_tried_again_with_what_is_left(page: Page, cast: Cast, make: Factory) -> None:
    done, left = make.shipment(), make.shipment()
    run = Run(
        kind=RunKind.BULK_ARCHIVE.value,
        state=RunState.FAILED.value,
        requested_by_id=cast.supervisor.id,
        total=2,
        done=1,
        can_retry=True,
        result={"buckets": {"done": 1}},
    )
    db.session.add(run)
    db.session.flush()
    db.session.add(RunItem(run_id=run.id, fulfillment_id=done.id, bucket=BulkBucket.DONE.value))
    db.session.add(RunItem(run_id=run.id, fulfillment_id=left.id))
    db.session.commit()
    page.sign_in(cast.supervisor)
    page.post(f"/runs/{run.id}/retry", {"idempotency_key": uuid.uuid4().hex})
    assert (run_of(page).total, run_of(page).message) == (1, "1 archived.")


def test_the_rest_is_shown_in_the_list(page: Page, cast: Cast, make: Factory) -> None:
    shipped = make.shipment(status=SHIPPED)
    page.sign_in(cast.operator)
    start(page, "void", [make.shipment(), shipped])
    page.follow()
    page.get(str(page.one("#bulk-steps > a:not([id])")["href"]))
    assert page.texts("tbody .row-link") == [shipped.fulfillment_number]


def test_the_outcome_is_downloaded_in_batches(
    page: Page, cast: Cast, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_results, "BATCH", 2)
    shipments = [make.shipment() for _ in range(3)]
    strange = make.shipment(order=make.order(order_number='=HYPERLINK("x")'))
    page.sign_in(cast.operator)
    start(page, "void", [*shipments, strange, make.shipment(status=SHIPPED)])
    run_id = run_of(page).id
    answer = page.client.get(f"/runs/{run_id}/results.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="run-{run_id}.csv"'
    text = answer.get_data().decode("utf-8")
    assert text.startswith("\ufeffShipment,Outcome,Reason,When\r\n")
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))[1:]
    assert [row[1] for row in rows] == ["Voided"] * 4 + ["Needs confirmation"]
    assert rows[3][0].startswith("'=HYPERLINK")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", rows[0][3])


def test_the_rows_of_an_outcome_have_pages(
    page: Page, cast: Cast, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_history, "PAGE_SIZE", 2)
    shipments = [make.shipment() for _ in range(3)]
    page.sign_in(cast.supervisor)
    start(page, "archive", shipments)
    run_id = run_of(page).id
    page.get(f"/runs/{run_id}?bucket=done")
    first = page.texts("#bulk-rows tbody th")
    page.get(str(page.one("#bulk-result p a")["href"]))
    assert first + page.texts("#bulk-rows tbody th") == [one.fulfillment_number for one in shipments]
    page.get(f"/runs/{run_id}?bucket=nonsense", status=400)


def test_others_and_their_rows_are_kept_apart(page: Page, cast: Cast, make: Factory) -> None:
    here, elsewhere = make.shipment(), make.shipment(warehouse="Columbus, OH")
    page.sign_in(cast.supervisor)
    start(page, "archive", [here, elsewhere])
    run_id = run_of(page).id
    rita = Page(page.app).sign_in(cast.limited_to(here.warehouse_id, role=Role.ADMIN))
    for address in (f"/runs/{run_id}", f"/runs/{run_id}/results.csv", f"/runs/{run_id}/force"):
        rita.get(address, status=404)
    step = {"step": "undo", "idempotency_key": uuid.uuid4().hex}
    rita.post(f"/runs/{run_id}/again", step, status=404)
    rita.post("/fulfillments/bulk-archive", {"ids": ids_of(elsewhere)}, status=422)


def test_a_few_may_be_done_by_an_operator_and_many_not(
    page: Page, cast: Cast, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    page.sign_in(cast.operator)
    page.post("/fulfillments/bulk-void", {"ids": ids_of(make.shipment(), make.shipment())}, status=403)
    assert "You may do this to 1 shipments at once" in page.text
    page.post("/fulfillments/bulk-void", {"all": "1"}, status=403)


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({}, 422, "No shipment is selected"),
        ({"ids": "x"}, 400, "There is no shipment 'x'"),
        ({"ids": "9" * 30}, 400, "There is no shipment"),
        ({"ids": "4711"}, 422, "none of them is there any more"),
        ({"all": "1"}, 422, "Nothing matches this list any more"),
    ],
)
def test_a_selection_that_is_none_is_refused(
    page: Page, cast: Cast, data: dict[str, str], status: int, words: str
) -> None:
    page.sign_in(cast.supervisor)
    page.post("/fulfillments/bulk-void", data, status=status)
    assert words in page.text


def test_a_form_that_does_not_fit_is_refused(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()
    page.sign_in(cast.supervisor)
    good = {"ids": ids_of(shipment), "seen": "1", "idempotency_key": uuid.uuid4().hex}
    for wrong, status, words in (
        ({"seen": ""}, 400, "does not say how many"),
        ({"idempotency_key": ""}, 400, "no usable idempotency key"),
        ({"details": "x" * 1001}, 422, "1,000 characters"),
        ({"reason": "Because"}, 422, "Choose one of the reasons"),
        ({"ids": "nothing"}, 400, "There is no shipment"),
    ):
        page.post("/fulfillments/bulk-void/start", good | wrong, status=status)
        assert words in page.text
    page.post("/fulfillments/bulk-void?sort=nonsense", good, status=400)
    assert stored(shipment.id).voided_at is None


def test_too_many_chosen_one_by_one_are_refused(page: Page, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_views, "MOST_CHOSEN", 1)
    page.sign_in(cast.supervisor).post("/fulfillments/bulk-void", {"ids": ["1", "2"]}, status=400)
    assert "Narrow the list instead" in page.text


def test_a_large_set_is_looked_at_in_part_and_the_dialog_says_so(
    page: Page, cast: Cast, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_preview, "LOOKED_AT", 1)
    page.sign_in(cast.supervisor)
    page.post("/fulfillments/bulk-void", {"ids": ids_of(make.shipment(), make.shipment())}, status=200)
    assert "Of the first 1 of these 2 shipments:" in page.text
    assert page.texts("#bulk-preview li") == ["1 will be voided"]


def test_a_step_of_a_run_that_has_none_is_refused(page: Page, cast: Cast, make: Factory) -> None:
    single = Run(kind=RunKind.RESYNC_FROM_PROVIDER.value, fulfillment_id=make.shipment().id)
    busy = Run(kind=RunKind.BULK_VOID.value, total=1)
    restored = Run(kind=RunKind.BULK_RESTORE.value, state=RunState.SUCCEEDED.value, total=1)
    db.session.add_all([single, busy, restored])
    db.session.commit()
    ids = {run: run.id for run in (single, busy, restored)}
    page.sign_in(cast.supervisor)
    for run, step, status, words in (
        (single, "retry", 422, "is about one shipment"),
        (busy, "retry", 422, "still at work"),
        (restored, "undo", 422, "cannot be undone as a whole"),
        (restored, "retry", 422, "has no such shipments"),
        (restored, "nonsense", 400, "There is no step"),
    ):
        key = {"idempotency_key": uuid.uuid4().hex}
        page.post(f"/runs/{ids[run]}/again", key | {"step": step}, status=status)
        assert words in page.text


AT_PROVIDER = ["Resync from provider…", "Resync to provider…", "Cancel at provider…"]
SUBMIT, CLEAR = "Submit to channel…", "Clear channel submission…"


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("", ["Void…", *AT_PROVIDER, SUBMIT, "Archive…"]),
        ("?tab=shipped", ["Void…", "Resync from provider…", SUBMIT, CLEAR, "Archive…"]),
        ("?tab=voided", ["Restore…", "Fulfil again…", "Resync from provider…", SUBMIT, "Archive…"]),
        ("?tab=archived", ["Void…", "Unarchive…"]),
        (
            "?tab=all",
            ["Void…", "Restore…", "Fulfil again…", "Archive…", "Unarchive…", *AT_PROVIDER, SUBMIT, CLEAR],
        ),
    ],
)
def test_each_tab_offers_what_fits_it(
    page: Page, cast: Cast, make: Factory, query: str, labels: list[str]
) -> None:
    make.channel_account()
    make.provider_account("shiphero")
    page.sign_in(cast.supervisor)
    start(page, "void", [make.shipment()])
    start(page, "archive", [make.shipment()])
    make.shipment()
    make.shipment(status=FulfillmentStatus.FULFILLED)
    page.get(f"/fulfillments{query}")
    assert page.texts(".bulk-actions button") == labels
    assert all(str(button["formaction"]).endswith(query) for button in page.all(".bulk-actions button"))


def test_only_what_some_account_can_do_is_offered(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    make.provider_account("shipstation")
    fba = make.provider_account("fba")
    shop = make.channel_account()
    page.sign_in(cast.supervisor).get("/fulfillments")
    assert page.texts(".bulk-actions button") == ["Void…", *AT_PROVIDER, SUBMIT, "Archive…"]
    fba.is_enabled = shop.is_enabled = False
    db.session.commit()
    page.get("/fulfillments")
    assert page.texts(".bulk-actions button") == ["Void…", *AT_PROVIDER[:2], "Archive…"]


def test_what_a_person_may_not_do_says_why(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    page.sign_in(cast.operator).get("/fulfillments")
    assert page.texts(".bulk-actions button") == [
        "Void…",
        "Archive… : Only supervisors may do this.",
    ]
    assert page.one(".bulk-actions [aria-disabled]")["type"] == "button"
    assert not page.all("[data-select-all]")
    other = Page(page.app).sign_in(cast.viewer).get("/fulfillments")
    assert not other.all(".bulk-actions")
