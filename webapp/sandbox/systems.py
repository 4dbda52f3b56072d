"""What a module must offer to play one provider: its orders, its routes, and how it words its errors."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import Blueprint, Response

from webapp.sandbox.faults import FaultPlan
from webapp.sandbox.rate_window import RateWindow

# JSON as it comes from the control door; each system checks what it uses.
Json = dict[str, Any]


class ControlError(ValueError):
    """The control door was asked for something that makes no sense; the text says what."""


@dataclass(frozen=True)
class SeenRequest:
    """One request that reached a system, so that tests can count what was really sent."""

    method: str
    path: str
    query: str


@dataclass
class Traffic:
    """What happens around a system's requests, the same for every system."""

    rate_window: RateWindow
    faults: FaultPlan = field(default_factory=FaultPlan)
    seen: list[SeenRequest] = field(default_factory=list)

    def reset(self) -> None:
        self.faults.clear()
        self.rate_window.clear()
        self.seen.clear()


class System(Protocol):
    """One provider as the sandbox plays it."""

    name: str
    traffic: Traffic

    def routes(self) -> Blueprint:
        """The provider's own addresses; the sandbox puts them under `/<name>`."""
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
