"""The provider accounts: who may see them, and what is said of each."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import ProviderExchange, Run, RunItem
from webapp.schema import now
from webapp.statuses import Role, RunKind, RunState


def exchange(account_id: int, outcome: str, age: timedelta = timedelta(hours=1)) -> None:
    row = ProviderExchange(
        provider_account_id=account_id,
        operation="fetch_order",
        method="GET",
        url="https://ship.example/orders",
        duration_ms=10,
        outcome=outcome,
        occurred_at=now() - age,
    )
    db.session.add(row)
    db.session.commit()


@pytest.mark.parametrize(
    ("role", "status"), [(Role.VIEWER, 403), (Role.OPERATOR, 403), (Role.SUPERVISOR, 200), (Role.ADMIN, 200)]
)
def test_supervisors_and_administrators_see_it(page: Page, cast: Cast, role: Role, status: int) -> None:
    page.sign_in(cast.of_role(role)).get("/providers", status=status)
    page.get("/account")
    assert bool(page.all("nav a[href='/providers']")) == (status == 200), "the link is there for those who may"


def test_without_accounts_it_says_what_that_means(page: Page, cast: Cast) -> None:
    page.sign_in(cast.supervisor).get("/providers")
    assert "No provider accounts yet" in page.text
    assert not page.all("table")


def test_each_account_is_a_row_with_its_state(page: Page, cast: Cast, make: Factory) -> None:
    moment = now()
    make.provider_account(name="A new")
    make.provider_account(name="B works", last_read_success_at=moment)
    make.provider_account(name="C fails", consecutive_failures=3, last_read_success_at=moment)
    make.provider_account(name="D pauses", circuit_open_until=moment + timedelta(minutes=5))
    make.provider_account(name="E paused before", circuit_open_until=moment - timedelta(minutes=5))
    make.provider_account(name="F off", is_enabled=False, circuit_open_until=moment + timedelta(minutes=5))

    page.sign_in(cast.supervisor).get("/providers")

    assert page.texts("h1 ~ .page-sub") == ["6 accounts"]
    found = dict(zip(page.texts("tbody th"), page.texts("tbody td[data-label=State]"), strict=True))
    expected = {
        "A new": "Not used yet",
        "B works": "Working",
        "C fails": "Failing 3 in a row",
        "D pauses": "Paused tries again",
        "E paused before": "Not used yet",
        "F off": "Switched off",
    }
    assert [name.rsplit(" ", 1)[0] for name in found] == list(expected)
    for said, wanted in zip(found.values(), expected.values(), strict=True):
        assert wanted in said


def test_the_calls_of_the_last_day_are_counted_for_their_own_account(
    page: Page, cast: Cast, make: Factory
) -> None:
    busy, quiet = make.provider_account(name="A"), make.provider_account(name="B")
    for outcome in ("confirmed", "confirmed", "refused", "unknown"):
        exchange(busy.id, outcome)
    exchange(busy.id, "refused", timedelta(hours=25))

    page.sign_in(cast.supervisor).get("/providers")

    assert page.texts("td[data-label='Calls in 24 h']") == ["4", "0"]
    assert page.texts("td[data-label=Failed]") == ["2", "0"]
    assert quiet.id


def test_what_waits_for_an_account_is_counted(page: Page, cast: Cast, make: Factory) -> None:
    shop = make.channel_account(name="A shop")
    busy, _idle = make.provider_account(name="B busy"), make.provider_account(name="C idle")
    alone, *together = [make.shipment(account=busy) for _ in range(4)]

    def run(kind: RunKind, state: RunState = RunState.QUEUED, **values: int) -> Run:
        found = Run(kind=kind.value, state=state.value, **values)
        db.session.add(found)
        db.session.flush()
        return found

    run(RunKind.VOID, RunState.RUNNING, fulfillment_id=alone.id)
    run(RunKind.RESYNC_FROM_PROVIDER, RunState.SUCCEEDED, fulfillment_id=alone.id)
    run(RunKind.SUBMIT_TO_CHANNEL, fulfillment_id=alone.id)
    bulk = run(RunKind.BULK_RESYNC_FROM, RunState.RUNNING)
    db.session.add_all(RunItem(run_id=bulk.id, fulfillment_id=shipment.id) for shipment in together)
    db.session.flush()
    db.session.execute(sa.update(RunItem).where(RunItem.fulfillment_id == together[0].id).values(bucket="done"))
    db.session.commit()

    page.sign_in(cast.supervisor).get("/providers")

    waiting = dict(zip(page.texts("tbody th"), page.texts("td[data-label=Waiting]"), strict=True))
    assert {name.split(" Sh")[0]: count for name, count in waiting.items()} == {
        "A shop": "1", "B busy": "3", "C idle": "0"
    }  # fmt: skip
    page.get(f"/providers/{busy.id}")
    assert "3 shipments" in page.text
    assert shop.id


def test_the_last_failure_is_told_as_text(page: Page, cast: Cast, make: Factory) -> None:
    make.provider_account(last_failure_at=now(), last_failure_message="<b>No answer</b> in 20 s")
    page.sign_in(cast.supervisor).get("/providers")
    assert "<b>No answer</b> in 20 s" in page.text


def test_nothing_of_the_credentials_is_shown(page: Page, cast: Cast, make: Factory) -> None:
    account = make.provider_account(credentials={"api_key": "key-that-is-secret", "api_secret": "hush-hush"})
    page.sign_in(cast.admin).get("/providers")
    html = page.response.get_data(as_text=True)
    assert account.name in html
    assert "key-that-is-secret" not in html
    assert "hush-hush" not in html
    assert account.credentials.decode() not in html


def test_the_page_changes_nothing(page: Page, cast: Cast, make: Factory) -> None:
    make.provider_account()
    page.sign_in(cast.admin).get("/providers")
    assert not page.all("main form, main button")
    page.post("/providers", {}, status=405)
