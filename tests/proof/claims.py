"""What is claimed of every run that met a fault, whatever system, work and fault it was."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import escape

from tests.page import Page
from tests.proof.conftest import Patience
from tests.proof.faults import DONE, KEEPS_WAITING, TURNED_AWAY, UNKNOWN, Expected
from tests.proof.shop import ShopStage
from tests.proof.stage import UNITS, Props, Stage
from tests.proof.systems import SHOPIFY, Calls, System, Work
from webapp.models import Run
from webapp.sandbox.faults import Fault
from webapp.sandbox.systems import SeenRequest
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS
from webapp.statuses import RunState


def stage_of(props: Props, system: System, work: Work) -> Stage:
    return (ShopStage if system is SHOPIFY else Stage)(props, system, work)


def run_into(stage: Stage, fault: Fault, calls: tuple[Calls, ...], patience: Patience) -> Run:
    """Ask for the work, let these calls meet the fault until the run is over, and let the fault pass."""
    run_id = stage.ask()
    stage.go_wrong(fault, calls, seconds=30 if fault in KEEPS_WAITING else 0)
    patience.end_soon(soon=fault in KEEPS_WAITING)
    run = stage.work_to_the_end(run_id)[-1]
    stage.props.sandbox.clear_faults(stage.system.kind)
    patience.end_soon(soon=False)
    return run


def assert_it_ended(stage: Stage, run: Run, expected: Expected, sent: Sequence[SeenRequest]) -> None:
    """The run and the record of its calls say what came of it."""
    assert (run.state, run.can_retry) == (expected.outcome.value, expected.outcome is not DONE), run.message
    assert expected.words in run.message
    calls = stage.exchanges(run.id)
    assert expected.call.value in calls
    assert len(calls) == len(sent)


def assert_nothing_unsafe_was_repeated(sent: Sequence[SeenRequest], change: Calls | None, fault: Fault) -> None:
    """Between two sendings of a change there is a look, unless the first was turned away."""
    if change is not None and fault not in TURNED_AWAY:
        assert (True, True) not in pairwise(change.has(seen) for seen in sent), sent


def assert_page_says(page: Page, stage: Stage, run: Run, expected: Expected) -> None:
    """The pages of the run and of the shipment say what came of it, whose fault it was, and what can be done."""
    shown = _shown(page, stage, f"/runs/{run.id}")
    assert RunState(run.state).label in shown
    assert escape(run.message) in shown
    assert run.can_retry is (f"/runs/{run.id}/retry" in shown)
    shown = _shown(page, stage, f"/fulfillments/{stage.shipment_id}")
    shipment = stage.shipment()
    problems = [shipment.provider_problem, shipment.void_problem, shipment.channel_problem]
    if expected.outcome is DONE:
        assert problems == [None] * 3
        return
    said = run.message.removesuffix(" Nothing was changed on the shipment.")
    assert escape(said[:300]) in shown
    assert stage.account.name in said or stage.system.label.split()[0] in said
    assert expected.outcome is not UNKNOWN or "looked into again by itself" in said


def _shown(page: Page, stage: Stage, url: str) -> str:
    """A page as it was sent, in which no secret of the account may be."""
    html = page.get(url).response.get_data(as_text=True)
    for secret in PRACTICE_CREDENTIALS[stage.system.kind].values():
        assert secret not in html
        assert escape(secret) not in html
    return html


def assert_stock(stage: Stage, *, is_back: bool) -> None:
    """All of it came back with the void, or none of it moved."""
    assert stage.movements() == ((2, 0) if is_back else (1, -UNITS))
    assert (stage.shipment().voided_at is not None) is is_back


def assert_it_is_done_in_the_end(stage: Stage, run: Run, fault: Fault) -> None:
    """Once the fault has passed, whoever asks again has it done there, and once."""
    last = stage.again(run)
    assert last.state == RunState.SUCCEEDED, last.message
    assert stage.is_done_there()
    assert_nothing_unsafe_was_repeated(stage.requests(), stage.system.changes.get(stage.work), fault)
    assert_stock(stage, is_back=stage.work in (Work.VOID, Work.TAKE_BACK))
