"""Every provider and channel, everything it is asked, every fault of its questions: nothing is done blindly."""

import pytest

from tests.page import Page
from tests.proof import claims
from tests.proof.conftest import Patience
from tests.proof.faults import DONE, UNKNOWN
from tests.proof.stage import Props
from tests.proof.systems import SYSTEMS, System, Work
from webapp.sandbox.faults import Fault

CELLS = [
    pytest.param(system, work, fault, id=f"{system.kind}-{work.name}-{fault}")
    for system in SYSTEMS
    for work, fault in system.faults_of_looks()
]


@pytest.mark.parametrize(("system", "work", "fault"), CELLS)
def test_without_an_answer_to_its_question_nothing_is_done(
    system: System, work: Work, fault: Fault, props: Props, patience: Patience, page: Page
) -> None:
    expected = system.expected(work, fault, strikes_change=False)
    stage = claims.stage_of(props, system, work)

    run = claims.run_into(stage, fault, system.looks, patience)

    sent = stage.requests()
    claims.assert_it_ended(stage, run, expected, sent)
    claims.assert_nothing_unsafe_was_repeated(sent, system.changes.get(work), fault)
    claims.assert_page_says(page, stage, run, expected)
    is_voided = work is Work.TAKE_BACK or (work is Work.VOID and expected.outcome is DONE)
    claims.assert_stock(stage, is_back=is_voided)
    # After any other refusal, too, the next run begins where the first one did.
    if fault is Fault.SERVER_ERROR or expected.outcome is UNKNOWN:
        claims.assert_it_is_done_in_the_end(stage, run, fault)
