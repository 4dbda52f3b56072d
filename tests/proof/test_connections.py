"""The test of an account's connection, at every system and with every fault: what is wrong, in a word."""

import pytest

from tests.page import Page
from tests.proof.conftest import Patience
from tests.proof.faults import CONNECTION, KEEPS_WAITING
from tests.proof.stage import Props, Stage
from tests.proof.systems import SYSTEMS, WHAT_IT_TAKES, System, Work
from webapp.providers.registry import account_kinds, capabilities_of, channel_kinds
from webapp.sandbox.faults import Fault

CELLS = [
    pytest.param(system, fault, words, id=f"{system.kind}-{fault}")
    for system in SYSTEMS
    for fault, words in CONNECTION.items()
]


@pytest.mark.parametrize(("system", "fault", "words"), CELLS)
def test_every_fault_of_a_connection_is_said_in_a_word(
    system: System, fault: Fault, words: str, props: Props, patience: Patience, page: Page
) -> None:
    account = Stage(props, system, Work.VOID).account
    props.sandbox.fault(system.kind, fault, count=None, seconds=30 if fault in KEEPS_WAITING else 0)
    patience.end_soon(soon=fault in KEEPS_WAITING)

    page.post(f"/providers/{account.id}/test", {}, status=200, fragment="connection")

    props.sandbox.clear_faults(system.kind)
    assert words in page.text
    assert account.name in page.text


def test_every_system_and_everything_it_can_do_is_in_the_proof() -> None:
    assert {system.kind for system in SYSTEMS} == {one.kind for one in account_kinds()}
    for system in (one for one in SYSTEMS if one.kind not in channel_kinds()):
        asked = {WHAT_IT_TAKES[work] for work in system.works if work in WHAT_IT_TAKES}
        assert asked == capabilities_of(system.kind), system.kind
