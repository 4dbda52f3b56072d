"""The control door seen from outside: what practice mode and tests call to prepare the sandbox."""

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from webapp.sandbox.faults import Fault
from webapp.sandbox.systems import Json, SeenRequest

# Orders a request carries; a few thousand keep body and answer in the low megabytes.
BATCH = 2_000


class SandboxControl:
    """Prepares one running sandbox; every method raises httpx.HTTPError when the sandbox says no or is away."""

    def __init__(self, url: str) -> None:
        # Loading a full batch on a busy machine takes a few seconds.
        self._client = httpx.Client(base_url=f"{url}/_control", timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def _ask(self, method: str, path: str, body: Json | None = None) -> Any:
        response = self._client.request(method, path, json=body)
        return response.raise_for_status().json()

    def reset(self) -> None:
        """Forget orders, faults, requests seen and time passed."""
        self._ask("POST", "/reset")

    def load(self, system: str, orders: Iterable[Json]) -> dict[str, str]:
        """Create or replace any number of orders; returns the external id of each number."""
        ids: dict[str, str] = {}
        waiting = list(orders)
        for start in range(0, len(waiting), BATCH):
            answer = self._ask("POST", f"/{system}/orders", {"orders": waiting[start : start + BATCH]})
            ids |= {entry["number"]: entry["external_id"] for entry in answer["orders"]}
        return ids

    def change(self, system: str, key: str, **changes: Any) -> Json:
        """Move one order along: `status=…`, `shipments=[…]`, `fulfillments=[…]`; returns it as shown."""
        shown: Json = self._ask("PATCH", f"/{system}/orders/{key}", changes)
        return shown

    def show(self, system: str, key: str) -> Json:
        """One order, by external id or number, as the system shows it."""
        shown: Json = self._ask("GET", f"/{system}/orders/{key}")
        return shown

    def advance(self, seconds: float) -> None:
        """Let time pass in the sandbox."""
        self._ask("POST", "/clock", {"advance_seconds": seconds})

    def fault(
        self,
        system: str,
        fault: Fault,
        *,
        count: int | None = 1,
        seconds: float = 1,
        path: str | None = None,
        order: str | None = None,
        skip: int = 0,
        method: str | None = None,
    ) -> None:
        """Make the next `count` requests (None: all) whose path begins with `path` go wrong.

        The first `skip` of them go well. For ShipHero the path is `/graphql/` and the operation's name. `order`
        is the one that ships afterwards.
        """
        where = {"method": method, "path": path, "order": order}
        body = {"fault": fault, "count": count, "seconds": seconds, "skip": skip, **where}
        self._ask("POST", f"/{system}/faults", body)

    def clear_faults(self, system: str) -> None:
        self._ask("DELETE", f"/{system}/faults")

    def played(self) -> Json:
        """The names of the “systems” that are played, and what time it is there (“now”)."""
        found: Json = self._ask("GET", "/")
        return found

    def overview(self, system: str, search: str) -> Json:
        """The newest orders whose number or id has the text in it, the steps, planned faults, recent requests."""
        found: Json = self._ask("GET", f"/{system}/overview?search={quote(search, safe='')}")
        return found

    def move(self, system: str, key: str, step: str) -> None:
        """Move one order along by one of the system's steps."""
        self._ask("POST", f"/{system}/orders/{quote(key, safe='')}/advance", {"step": step})

    def limit_rate(self, system: str, *, enabled: bool) -> None:
        """Switch the system's rate limit on or off and start its window again."""
        self._ask("PUT", f"/{system}/rate-limit", {"enabled": enabled})

    def requests(self, system: str) -> list[SeenRequest]:
        """Every request that reached the system since the last reset."""
        return [SeenRequest(**seen) for seen in self._ask("GET", f"/{system}/requests")["requests"]]
