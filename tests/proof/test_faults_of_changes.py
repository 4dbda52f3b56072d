"""Every provider and channel, everything it is asked to change, every fault of that call: it is done once."""

import pytest

from tests.page import Page
from tests.proof import claims
from tests.proof.conftest import Patience
from tests.proof.faults import DONE
from tests.proof.stage import Props
from tests.proof.systems import SYSTEMS, System, Work
from webapp.sandbox.faults import Fault

CELLS = [
    pytest.param(system, work, fault, id=f"{system.kind}-{work.name}-{fault}")
    for system in SYSTEMS
    for work, fault in system.faults_of_changes()
]


@pytest.mark.parametrize(("system", "work", "fault"), CELLS)
def test_a_change_is_made_once_whatever_becomes_of_its_answer(
    system: System, work: Work, fault: Fault, props: Props, patience: Patience, page: Page
) -> None:
    expected, change = system.expected(work, fault, strikes_change=True), system.changes[work]
    stage = claims.stage_of(props, system, work)

    run = claims.run_into(stage, fault, (change,), patience)

    sent, is_done = stage.requests(), expected.outcome is DONE
    claims.assert_it_ended(stage, run, expected, sent)
    claims.assert_nothing_unsafe_was_repeated(sent, change, fault)
    claims.assert_page_says(page, stage, run, expected)
    claims.assert_stock(stage, is_back=work is Work.TAKE_BACK or (work is Work.VOID and is_done))
    if is_done:
        assert stage.is_done_there()
        assert sum(change.has(seen) for seen in sent) == 1
    else:
        claims.assert_it_is_done_in_the_end(stage, run, fault)
