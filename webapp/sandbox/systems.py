"""What a module must offer to play one provider: its orders, its routes, and how it words its errors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from flask import Blueprint, Response

from webapp.sandbox.faults import FaultPlan

# JSON as it comes from the control door; each system checks what it uses.
Json = dict[str, Any]


class ControlError(ValueError):
    """The control door was asked for something that makes no sense; the text says what."""


@dataclass(frozen=True)
class SeenRequest:
    """One request that reached a system, so that tests can count what was really sent."""

    method: str
    path: str
    parameters: str


@dataclass(frozen=True)
class Standing:
    """One order in a list: how it is found, and how it stands in the provider's own words."""

    external_id: str
    number: str
    status: str


class Limit(Protocol):
    """How much a system's one customer may ask; each system counts in its own way."""

    is_on: bool

    def clear(self) -> None:
        """Forget what was asked so far."""
        ...


@dataclass
class Traffic:
    """What happens around a system's requests, the same for every system."""

    limit: Limit
    faults: FaultPlan = field(default_factory=FaultPlan)
    seen: list[SeenRequest] = field(default_factory=list)

    def reset(self) -> None:
        self.faults.clear()
        self.limit.clear()
        self.seen.clear()


class System(Protocol):
    """One provider as the sandbox plays it."""

    name: str
    traffic: Traffic
    # The ways in which an order can be moved along by hand, besides shipping: words, and what they change.
    steps: ClassVar[Mapping[str, Json]]

    def overview(self) -> Iterable[Standing]:
        """Every order, the newest first."""
        ...

    def routes(self) -> Blueprint:
        """The provider's own addresses; the sandbox puts them under `/<name>`."""
        ...

    def operation_of(self, path: str) -> str:
        """Under which path the current request is recorded and faults are planned; mostly the path itself."""
        ...

    def ship(self, key: str) -> None:
        """Ship one order now, found by external id or number, in one parcel that holds everything."""
        ...

    def load(self, orders: list[Json]) -> list[Json]:
        """Create or replace orders by number; returns number and external_id of each."""
        ...

    def change(self, key: str, changes: Json) -> Json:
        """Move one order along, found by external id or number; returns it as the provider shows it."""
        ...

    def show(self, key: str) -> Json:
        """One order, found by external id or number, as the provider shows it."""
        ...

    def reset(self) -> None:
        """Forget every order."""
        ...

    def error(self, status: int) -> Response:
        """An error answer in the provider's own shape, with its rate limit headers when it is 429."""
        ...

    def error_under_200(self) -> Response:
        """An answer that calls itself a success and reports an error."""
        ...
