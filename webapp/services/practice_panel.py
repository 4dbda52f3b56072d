"""The practice providers seen by a person: what stands there, moving it along, making things go wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx

from webapp.errors import AppError, NotFound, Refused
from webapp.extensions import settings
from webapp.providers.registry import label_of
from webapp.sandbox import SandboxControl
from webapp.sandbox.faults import Fault


class SandboxAway(AppError):
    """The practice providers do not answer."""

    code = "sandbox_away"
    status = HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True)
class PracticeOrder:
    """One order at a practice provider, its status in the provider's own words."""

    external_id: str
    number: str
    status: str


@dataclass(frozen=True)
class PlannedTrouble:
    """What is to go wrong; `count` None means until it is cleared, `path` None means everywhere."""

    words: str
    count: int | None
    path: str | None
    order: str | None


@dataclass(frozen=True)
class SeenCall:
    """One request that reached the provider."""

    method: str
    path: str
    parameters: str


@dataclass(frozen=True)
class PracticeSystem:
    """One practice provider: the orders that match, the newest first, and what happens around it."""

    name: str
    label: str
    orders: tuple[PracticeOrder, ...]
    total: int
    steps: tuple[str, ...]
    troubles: tuple[PlannedTrouble, ...]
    calls: tuple[SeenCall, ...]
    has_limit: bool


@dataclass(frozen=True)
class PracticeWorld:
    """The providers that are played, what time it is there, and the one that is looked at."""

    labels: dict[str, str]
    now: datetime
    shown: PracticeSystem


def look(name: str | None, search: str) -> PracticeWorld:
    """One system, the first when none is named. Raises SandboxAway, and NotFound for one that is not played."""
    with _control() as control:
        played = control.played()
        labels = {each: label_of(each) for each in played["systems"]}
        chosen = name or next(iter(labels))
        if chosen not in labels:
            raise NotFound(f"No practice provider is called “{chosen}”.")
        return PracticeWorld(
            labels=labels,
            now=datetime.fromisoformat(played["now"]),
            shown=_system(chosen, labels[chosen], control.overview(chosen, search)),
        )


def move(system: str, key: str, step: str) -> None:
    """Move one order along. Raises Refused in the sandbox's words, SandboxAway."""
    with _control() as control:
        control.move(system, key, step)


def pass_time(seconds: int) -> None:
    """Let time pass at every practice provider, so that planned orders ship and tokens expire."""
    with _control() as control:
        control.advance(seconds)


def plan_trouble(
    system: str, fault: str, *, count: int | None, seconds: int, path: str | None, order: str | None
) -> None:
    """Make the next requests go wrong; `count` None means until it is cleared. Raises Refused, SandboxAway."""
    with _control() as control:
        control.fault(system, Fault(fault), count=count, seconds=seconds, path=path, order=order)


def calm(system: str) -> None:
    """Nothing goes wrong any more."""
    with _control() as control:
        control.clear_faults(system)


def limit_rate(system: str, *, enabled: bool) -> None:
    """Switch the provider's rate limit on or off."""
    with _control() as control:
        control.limit_rate(system, enabled=enabled)


@contextmanager
def _control() -> Iterator[SandboxControl]:
    """The control door, with its refusals and its absence as errors for a person."""
    with SandboxControl(settings().sandbox_url) as control:
        try:
            yield control
        except httpx.HTTPStatusError as refusal:
            raise Refused(_words(refusal.response)) from None
        except httpx.TransportError:
            raise SandboxAway(
                "The practice providers do not answer. They run as long as “make run” does; start it again."
            ) from None


def _words(response: httpx.Response) -> str:
    is_json = response.headers.get("content-type", "").startswith("application/json")
    said = response.json().get("error") if is_json else None
    return str(said or f"The practice provider refused (status {response.status_code}).")


def _system(name: str, label: str, found: dict[str, Any]) -> PracticeSystem:
    return PracticeSystem(
        name=name,
        label=label,
        orders=tuple(PracticeOrder(**each) for each in found["orders"]),
        total=found["total"],
        steps=tuple(found["steps"]),
        troubles=tuple(
            PlannedTrouble(Fault(each["fault"]).words, each["count"], each["path"], each["order"])
            for each in found["faults"]
        ),
        calls=tuple(SeenCall(**each) for each in found["requests"]),
        has_limit=found["has_limit"],
    )
