"""What faults.py cannot say of one call: an order that leaves between two, a provider that then says no more."""

from itertools import takewhile

import pytest

from tests.page import Page
from tests.proof.claims import assert_stock, stage_of
from tests.proof.stage import UNITS, Props, Stage
from tests.proof.systems import PROVIDERS, SYSTEMS, System, Work
from webapp.sandbox.faults import Fault
from webapp.statuses import FulfillmentStatus, RunState

CHANGES = [
    pytest.param(system, work, id=f"{system.kind}-{work.name}") for system in SYSTEMS for work in system.changes
]
CAN_BE_TOO_LATE = [
    pytest.param(system, work, id=f"{system.kind}-{work.name}")
    for system in PROVIDERS
    for work in (Work.VOID, Work.CANCEL, Work.UPDATE)
    if work in system.changes
]


def looks_before_the_change(props: Props, system: System, work: Work) -> list[int]:
    """How often a work asks each of a system's questions before it changes anything, as a rehearsal shows."""
    stage = stage_of(props, system, work)
    stage.work_to_the_end(stage.ask())
    before = list(takewhile(lambda seen: not system.changes[work].has(seen), stage.requests()))
    assert len(before) < len(stage.requests())
    props.sandbox.reset()
    return [sum(look.has(seen) for seen in before) for look in system.looks]


@pytest.mark.parametrize(("system", "work"), CHANGES)
def test_a_change_without_an_answer_stays_unknown_as_long_as_nobody_can_look(
    system: System, work: Work, props: Props, page: Page
) -> None:
    looks = looks_before_the_change(props, system, work)
    stage = stage_of(props, system, work)
    run_id = stage.ask()
    for look, count in zip(system.looks, looks, strict=True):
        stage.go_wrong(Fault.SERVER_ERROR, (look,), skip=count)
    stage.go_wrong(Fault.RESET, (system.changes[work],))

    tries = stage.work_to_the_end(run_id)
    assert [run.state for run in tries] == [RunState.QUEUED, RunState.UNKNOWN], tries[-1].message
    later = stage.again(tries[-1])
    assert (later.state, later.can_retry) == (RunState.UNKNOWN, True), later.message
    for run in (tries[-1], later):
        assert "not cancelled" not in run.message
        assert "not created" not in run.message
        assert "looked into again by itself" in run.message
    page.get(f"/fulfillments/{stage.shipment_id}")
    assert later.message in page.text
    assert_stock(stage, is_back=work is Work.TAKE_BACK)

    props.sandbox.clear_faults(system.kind)
    last = stage.again(later)
    assert last.state == RunState.SUCCEEDED, last.message
    assert stage.is_done_there()
    # A copy that is minutes old does not show what was done, and its system takes the same twice.
    takes_it_twice = system.has_old_copy and work is not Work.CREATE
    assert takes_it_twice or sum(system.changes[work].has(seen) for seen in stage.requests()) == 1
    assert_stock(stage, is_back=work in (Work.VOID, Work.TAKE_BACK))


@pytest.mark.parametrize(("system", "work"), CAN_BE_TOO_LATE)
def test_what_leaves_after_it_was_looked_at_is_neither_voided_nor_changed(
    system: System, work: Work, props: Props, page: Page
) -> None:
    stage = Stage(props, system, work)
    run_id = stage.ask()
    stage.go_wrong(Fault.SHIPS_AFTERWARDS, system.looks[:1], count=1, order=stage.number)

    run = stage.work_to_the_end(run_id)[-1]

    assert run.state == RunState.FAILED, run.message
    shows_it = not system.has_old_copy  # Its own refusal is all that is heard of it for some minutes.
    assert ("has shipped" if shows_it else "can no longer be") in run.message
    assert stage.movements() == (1, -UNITS)
    has_left = FulfillmentStatus.FULFILLED in stage.shipment().status
    assert has_left is (shows_it and work is not Work.UPDATE)
    page.get(f"/runs/{run.id}")
    assert run.message in page.text
    assert run.can_retry is (f"/runs/{run.id}/retry" in page.response.get_data(as_text=True))
