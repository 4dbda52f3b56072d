"""VeraCore's words turned into ours: orders, packages, faults, dates.

Formats: types generated from a tenant's WSDL by a public client (OrderInqRecord and what it holds), clients that
ran (`GetPackages`, `Login`). XML has only text, so numbers and dates are read from it here.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from webapp.providers.shapes import (
    JsonObject,
    JsonValue,
    UnexpectedAnswer,
    amount,
    as_object,
    as_objects,
    integer,
    text,
)
from webapp.providers.tokens import LONGEST_LIFE, Grant, token_at
from webapp.providers.veracore.refusals import refuse_error
from webapp.statuses import ProviderOrderState

# The words for how an order stands, of which several can be true; in the order in which people read them.
FLAGS = (
    "Canceled",
    "Complete",
    "Shipped",
    "DeniedCredit",
    "Backordered",
    "Hold",
    "Unapproved",
    "Picked",
    "Pending",
    "Processed",
    "Accepted",
    "Unprocessed",
)
# From here on the warehouse is at work.
AT_WORK = frozenset({"Processed", "Pending", "Picked"})
# Beside “shipped” these say that not all of it is.
_SHORT = frozenset({"Backordered", "Pending"})
_STANDING = (
    (frozenset({"DeniedCredit", "Backordered"}), ProviderOrderState.EXCEPTION),
    (frozenset({"Hold", "Unapproved"}), ProviderOrderState.AWAITING),
    (AT_WORK | {"Accepted"}, ProviderOrderState.PROCESSING),
    (frozenset({"Unprocessed"}), ProviderOrderState.AWAITING),
)
# .NET writes the beginning of its calendar for “none”.
_NO_YEAR = 1


@dataclass(frozen=True)
class Package:
    """One package that was not voided; `shipped_at` None while it is still there."""

    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: Decimal
    shipped_at: datetime | None


@dataclass(frozen=True)
class PickPack:
    """A part of an order that is packed together: its units, and what they are packed into."""

    units: int
    packages: tuple[Package, ...]

    @property
    def has_left(self) -> bool:
        return bool(self.packages) and all(package.shipped_at for package in self.packages)


@dataclass(frozen=True)
class Order:
    """One order as `GetOrderInfo` tells it; `units` are those ordered, by offer, which is what we call a SKU."""

    order_id: str
    number: str
    flags: frozenset[str]
    carrier: str | None
    service: str | None
    units: Counter[str]
    parts: tuple[PickPack, ...]
    raw: JsonObject

    @property
    def raw_status(self) -> str:
        return ", ".join(flag for flag in FLAGS if flag in self.flags) or "no status"

    @property
    def is_cancelled(self) -> bool:
        return "Canceled" in self.flags

    @property
    def packages(self) -> list[Package]:
        """Earliest first, those still there last, so that a later one does not change what is shown."""
        waiting = datetime.max.replace(tzinfo=UTC)
        found = [package for part in self.parts for package in part.packages]
        return sorted(found, key=lambda package: package.shipped_at or waiting)

    @property
    def has_left(self) -> bool:
        """Also a tracking number counts: its label may be on a parcel."""
        is_over = "Shipped" in self.flags or ("Complete" in self.flags and not self.is_cancelled)
        return is_over or any(package.shipped_at or package.tracking_number for package in self.packages)


def result_of(data: JsonValue, operation: str) -> JsonValue:
    """What an operation answered, None for nothing. Raises UnexpectedAnswer for a fault or another's answer."""
    body = as_object(data, "body")
    if "Fault" in body:
        raise UnexpectedAnswer("is a fault")
    if f"{operation}Response" not in body:
        raise UnexpectedAnswer(f"is not that of {operation}")
    answer = body[f"{operation}Response"]
    return None if answer is None else as_object(answer, "response").get(f"{operation}Result")


def read_order(data: JsonValue, zone: ZoneInfo) -> Order | None:
    """The answer of `GetOrderInfo`, None for an empty record. Raises UnexpectedAnswer."""
    raw = as_object(result_of(data, "GetOrderInfo") or {}, "record")
    head = _object(raw, "OrdHead")
    order_id = text(head, "OrderId")
    if order_id is None:
        return None
    status = _object(head, "Status")
    return Order(
        order_id=order_id,
        number=text(head, "ReferenceNo") or order_id,
        flags=frozenset(name for name in FLAGS if _flag(status, name)),
        carrier=text(head, "Carrier"),
        service=text(head, "Service"),
        units=_units(_list(raw, "OfferInfo", "OfferType"), "OfferId", "OrderQty"),
        parts=tuple(_part(each, zone) for each in _list(raw, "ShippingOrders", "PickPackType")),
        raw=raw,
    )


def _part(raw: JsonObject, zone: ZoneInfo) -> PickPack:
    products = _units(_list(raw, "PickPackProducts", "PickPackProductType"), "ProductId", "ToShipQty")
    packages = [_package(each, zone) for each in _list(raw, "Packages", "PackagesType")]
    return PickPack(products.total(), tuple(package for package in packages if package))


def _package(raw: JsonObject, zone: ZoneInfo) -> Package | None:
    """A package, None for one that was voided."""
    if _moment(raw, "DateVoided", zone):
        return None
    return Package(
        tracking_number=text(raw, "TrackingId"),
        carrier=text(raw, "Carrier"),
        service=text(raw, "ActualService") or text(raw, "Service"),
        cost=_money(raw, "ActualFreight") + _money(raw, "ActualAdditionalChg"),
        shipped_at=_moment(raw, "DateShipped", zone),
    )


def read_units(data: JsonValue) -> list[JsonObject]:
    """The `Shipping` of each unit that `GetPackages` lists; none is null there. Raises UnexpectedAnswer."""
    answer = as_object(data, "answer")
    refuse_error(answer)
    units = as_objects(answer.get("ShippingUnits") or [], "ShippingUnits")
    return [as_object(unit.get("Shipping") or {}, "object “Shipping”") for unit in units]


def read_done(data: JsonValue) -> None:
    """The answer to an adjustment: anything that names no error. Raises UnexpectedAnswer."""
    if isinstance(data, dict):
        refuse_error(data)
        if data.get("Success") is False:
            raise UnexpectedAnswer("says that the call did not succeed")
    elif isinstance(data, list):
        raise UnexpectedAnswer("is a list")


def read_grant(data: JsonValue, now: datetime) -> Grant:
    """The answer of `Login`: `Token` and `UtcExpirationDate`. Raises UnexpectedAnswer without a usable token."""
    answer = as_object(data, "token")
    refuse_error(answer)
    until = _moment(answer, "UtcExpirationDate", ZoneInfo("UTC"))
    lifetime = round((until - now).total_seconds()) if until else 0
    # A clock that is ahead of ours says nothing; the token is then used until it is turned away.
    return Grant(token_at(answer, "Token"), min(lifetime, LONGEST_LIFE) if lifetime > 0 else None)


def state_of(order: Order) -> ProviderOrderState:
    """What an order amounts to; several of its words can be true, and the first that matters decides."""
    flags = order.flags
    if order.is_cancelled:
        # Cancelled, yet something is on its way: a person must look.
        return ProviderOrderState.EXCEPTION if order.has_left else ProviderOrderState.CANCELLED
    if "Complete" in flags or ("Shipped" in flags and not flags & _SHORT):
        return ProviderOrderState.SHIPPED
    if "Shipped" in flags:
        return ProviderOrderState.PARTIALLY_SHIPPED
    if any(package.shipped_at for package in order.packages):
        return _left(order)
    return next((state for words, state in _STANDING if flags & words), ProviderOrderState.UNKNOWN)


def _left(order: Order) -> ProviderOrderState:
    """Packages have left that the order's words do not tell of yet; all of it has, where they hold every unit."""
    gone = sum(part.units for part in order.parts if part.has_left)
    is_whole = gone >= order.units.total() > 0 and "Backordered" not in order.flags
    return ProviderOrderState.SHIPPED if is_whole else ProviderOrderState.PARTIALLY_SHIPPED


def _object(holder: JsonObject, key: str) -> JsonObject:
    return as_object(holder.get(key) or {}, f"object “{key}”")


def _list(holder: JsonObject, outer: str, inner: str) -> list[JsonObject]:
    """What an ASMX array holds: one entry is told like a field, none as nothing."""
    entries = _object(holder, outer).get(inner)
    return as_objects(entries if isinstance(entries, list) else [entries] if entries else [], inner)


def _units(entries: Iterable[JsonObject], name: str, quantity: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for entry in entries:
        found[text(entry, name) or ""] += integer({quantity: _number(entry, quantity)}, quantity) or 0
    return +found


def _number(holder: JsonObject, key: str) -> JsonValue:
    """A number that XML has as text; what is none is left for the reader to refuse."""
    value = text(holder, key)
    if value is None:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    return int(number) if number == number.to_integral_value() and abs(number) < 2**63 else number


def _money(holder: JsonObject, key: str) -> Decimal:
    return amount({key: _number(holder, key)}, key) or Decimal(0)


def _flag(holder: JsonObject, key: str) -> bool:
    return (text(holder, key) or "").lower() in ("true", "1")


def _moment(holder: JsonObject, key: str, zone: ZoneInfo) -> datetime | None:
    """A moment as aware UTC, in the tenant's zone where it names none; None where .NET has no date."""
    value = text(holder, key)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.year == _NO_YEAR:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnexpectedAnswer(f"has no readable date in “{key}”") from None
