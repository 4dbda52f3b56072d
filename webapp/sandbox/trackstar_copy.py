"""Trackstar's copy of a connection's orders: what reads see, filled now and then, and always a little old."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from webapp.sandbox.systems import Json

# An hour at Trackstar; a minute here, so that somebody who tries Dockside out sees news the same minute.
FILLED_EVERY = timedelta(seconds=60)
# A fill that was asked for takes minutes at Trackstar.
TAKES = timedelta(seconds=20)


class Copy:
    """The orders as they were when the last fill began; `fill` gives them as they are."""

    def __init__(self, fill: Callable[[], Iterable[Json]], now: datetime) -> None:
        self._fill = fill
        self._orders: dict[str, Json] = {}
        self._asked_at: datetime | None = None
        self._take(now)

    def _take(self, now: datetime) -> None:
        self._orders = {order["id"]: order for order in self._fill()}
        self.started_at = self.ended_at = now

    def catch_up(self, now: datetime) -> None:
        """Fill it if its time has come."""
        is_done = self._asked_at is not None and now >= self._asked_at + TAKES
        if is_done or now >= self.started_at + FILLED_EVERY:
            self._asked_at = None
            self._take(now)

    def ask(self, now: datetime) -> None:
        """Have it filled soon; asking again while that is under way changes nothing."""
        self._asked_at = self._asked_at or now

    @property
    def is_being_filled(self) -> bool:
        return self._asked_at is not None

    def put(self, order: Json) -> None:
        """Show an order at once, as if it had always been there."""
        self._orders[order["id"]] = order

    def order(self, order_id: str) -> Json | None:
        return self._orders.get(order_id)

    def orders(self) -> list[Json]:
        return list(self._orders.values())


def show_connection(copy: Copy, connection_id: str) -> Json:
    """The connection as `GET /connections/{connection_id}` lists it."""
    started, ended = copy.started_at.isoformat(), copy.ended_at.isoformat()
    schedule = {
        "function_name": "get_orders",
        "latest_sync": ended,
        "last_crawl_start": started,
        "last_crawl_end": ended,
        "sync_frequency": int(FILLED_EVERY.total_seconds()),
        "in_progress": copy.is_being_filled,
        "sync_status": "sync_in_progress" if copy.is_being_filled else "enabled",
    }
    return {
        "connection_id": connection_id,
        "integration_name": "sandbox",
        "integration_type": "wms",
        "customer_id": None,
        "created_at": started,
        "last_used": ended,
        "times_used": 1,
        "latest_sync": ended,
        "sync_schedules": [schedule],
        "errors": [],
        "available_actions": ["get_orders", "create_order", "update_order", "cancel_order"],
        "available_endpoints": ["get_orders"],
        "webhooks_disabled": False,
    }
