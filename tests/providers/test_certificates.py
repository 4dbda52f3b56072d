"""A host whose certificate does not verify is told nothing at all."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.impostor import Impostor, impersonating
from tests.providers.conftest import OpenAdapter, OpenAmazon, OpenHero
from webapp.providers.base import Exchange, ProviderAccountRecord, Transient
from webapp.statuses import ExchangeOutcome


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Impostor]:
    with impersonating(tmp_path) as one:
        yield one


@pytest.mark.parametrize("kind", ["shipstation", "shiphero", "fba"])
def test_it_tells_nothing_to_a_host_that_cannot_prove_who_it_is(
    kind: str,
    impostor: Impostor,
    account: ProviderAccountRecord,
    hero_account: ProviderAccountRecord,
    amazon_account: ProviderAccountRecord,
    open_adapter: OpenAdapter,
    open_hero: OpenHero,
    open_amazon: OpenAmazon,
    exchanges: list[Exchange],
) -> None:
    adapter = {
        "shipstation": lambda: open_adapter(replace(account, base_url=impostor.address)),
        "shiphero": lambda: open_hero(replace(hero_account, base_url=impostor.address)),
        "fba": lambda: open_amazon(replace(amazon_account, base_url=impostor.address)),
    }[kind]()

    with pytest.raises(Transient, match=r"its certificate does not prove.*Nothing was sent"):
        adapter.test_connection()

    assert impostor.told == []
    assert {(exchange.outcome, exchange.response_status) for exchange in exchanges} == {
        (ExchangeOutcome.REFUSED, None)
    }
