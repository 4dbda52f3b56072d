"""What worker processes of these tests do: call several accounts at once, a thread for each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from threading import local
from time import sleep
from typing import Any

from webapp.providers import registry
from webapp.providers.base import Exchange, OrderReference, ProviderAccountRecord, Throttled
from webapp.providers.http import DoorOptions
from webapp.providers.rate_limits import LONGER_BY, RateLimit
from webapp.providers.shared_tokens import SharedTokens
from webapp.sandbox import SandboxControl
from webapp.statuses import ExchangeOutcome


@dataclass(frozen=True)
class Errand:
    """So many calls to an account, of which each reads this order; time runs `speed` times as fast for both."""

    account: ProviderAccountRecord
    order: OrderReference
    calls: int
    speed: float = 1


@dataclass(frozen=True)
class Told:
    """How many calls were made, and what was said about those that failed."""

    kind: str
    calls: int
    problems: tuple[str, ...]


def flat_out(_barrier: Any, errands: Sequence[Errand], redis_url: str) -> list[Told]:
    """Run all errands at once, with limits that are as much shorter as the sandbox's time is faster."""
    here = local()
    RateLimit.window = property(lambda limit: limit.seconds * LONGER_BY / here.speed)  # type: ignore[method-assign, assignment]

    def run(errand: Errand) -> Told:
        here.speed = errand.speed
        return _run(errand, redis_url)

    with ThreadPoolExecutor(len(errands)) as pool:
        return list(pool.map(run, errands))


def before_and_after(
    barrier: Any, errands: Sequence[Errand], sandbox_url: str, seconds: float, tokens: SharedTokens
) -> list[Told]:
    """Call once, let one of the processes put the sandbox's clock forward, and call twice at once."""
    for errand in errands:
        _run(replace(errand, calls=1), tokens=tokens)
    if barrier.wait(60) == 0:
        with SandboxControl(sandbox_url) as control:
            control.advance(seconds)
    barrier.wait(60)
    with ThreadPoolExecutor(2 * len(errands)) as pool:
        return list(pool.map(partial(_run, tokens=tokens), [*errands, *errands]))


def _run(errand: Errand, redis_url: str | None = None, tokens: SharedTokens | None = None) -> Told:
    made: list[Exchange] = []
    options = DoorOptions(allow_sandbox=True, redis_url=redis_url, shared_tokens=tokens)
    with closing(_open(errand.account, options, made.append)) as adapter:
        while len(made) < errand.calls:
            try:
                if errand.account.kind == "shopify":
                    adapter.fetch_order(errand.order.number)
                else:
                    adapter.fetch_order(errand.order)
            except Throttled as later:  # By ourselves, or it is among the exchanges.
                sleep(later.retry_after or 1)
    problems = [one.message for one in made if one.outcome is not ExchangeOutcome.CONFIRMED]
    return Told(errand.account.kind, len(made), tuple(problems))


def _open(account: ProviderAccountRecord, options: DoorOptions, record: Callable[[Exchange], None]) -> Any:
    open_one = registry.channel_adapter_for if account.kind == "shopify" else registry.adapter_for
    return open_one(account, options=options, record=record)
