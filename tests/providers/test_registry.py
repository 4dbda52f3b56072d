"""From the kind of an account to its adapter."""

from contextlib import closing
from dataclasses import replace

import pytest

from tests.providers.conftest import NOON
from webapp.providers.base import Capability, Exchange, ProviderAccountRecord, Unsupported
from webapp.providers.circuit import next_circuit
from webapp.providers.http import DoorOptions
from webapp.providers.registry import adapter_for, capabilities_of, label_of


def test_it_opens_the_adapter_of_an_account(
    account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> None:
    with closing(adapter_for(account, options=options, record=exchanges.append)) as adapter:
        assert adapter.label == "ShipStation"
        adapter.test_connection()
    assert [exchange.operation for exchange in exchanges] == ["Test connection"]


def test_it_names_a_kind_it_does_not_speak_to(
    account: ProviderAccountRecord, options: DoorOptions, exchanges: list[Exchange]
) -> None:
    with pytest.raises(Unsupported, match="carrier_pigeon"):
        adapter_for(replace(account, kind="carrier_pigeon"), options=options, record=exchanges.append)


def test_it_knows_what_can_be_asked_of_a_kind() -> None:
    writes_lines = {Capability.RESYNC_FROM, Capability.RESYNC_TO, Capability.CREATE}
    assert capabilities_of("shipstation") == writes_lines
    assert capabilities_of("shiphero") == writes_lines | {Capability.CANCEL}
    assert capabilities_of("fba") == {Capability.CANCEL, Capability.CREATE}
    assert capabilities_of("starshipit") == writes_lines
    assert capabilities_of("shipfusion") == set(Capability)
    assert capabilities_of("trackstar") == writes_lines | {Capability.CANCEL}
    assert capabilities_of("veracore") == set(Capability)
    assert capabilities_of("manual") == frozenset()
    assert [label_of(kind) for kind in ("shipstation", "fba", "no-such")] == [
        "ShipStation",
        "Amazon MCF",
        "no-such",
    ]


def test_an_account_never_shows_its_credentials(account: ProviderAccountRecord) -> None:
    assert account.credentials["api_secret"] not in repr(account)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, None), (4, None), (5, 1), (6, 2), (9, 16), (10, 30), (10_000, 30)]
)
def test_it_pauses_an_account_longer_the_more_often_it_fails(failures: int, minutes: int | None) -> None:
    until = next_circuit(failures, NOON)

    assert (until and (until - NOON).total_seconds() / 60) == minutes
