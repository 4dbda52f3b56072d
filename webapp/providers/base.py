"""What every provider promises the rest of the product: plain records, one protocol, one error vocabulary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar, Protocol

from webapp.errors import AppError
from webapp.providers.shapes import JsonObject, JsonValue
from webapp.statuses import ExchangeOutcome, FulfillmentStatus, ProviderOrderState


class Capability(StrEnum):
    """What an adapter can do; a page offers only what the shipment's provider declares."""

    RESYNC_FROM = "resync_from"
    RESYNC_TO = "resync_to"
    CANCEL = "cancel"
    CREATE = "create"


@dataclass(frozen=True)
class ProviderAccountRecord:
    """One account at one provider, as the outside layer needs it: where, with what key, and whether at all."""

    id: int
    kind: str
    name: str
    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    circuit_open_until: datetime | None = None
    is_enabled: bool = True


@dataclass(frozen=True)
class OrderReference:
    """How we name an order to a provider: its id when we know it, and always our own number.

    `sent_at`: when we last sent it there, or may have; None when we never did. A provider that answers from a copy
    older than that cannot say that there is no such order.
    """

    external_id: str | None
    number: str
    sent_at: datetime | None = None


@dataclass(frozen=True)
class PostalAddress:
    """Where an order goes; empty text where a part is missing, `country_code` of two letters."""

    name: str
    company: str = ""
    email: str = ""
    phone: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    province: str = ""
    province_code: str = ""
    zip: str = ""
    country: str = ""
    country_code: str = ""


@dataclass(frozen=True)
class NewOrderLine:
    """One line to be sent; `key` is our name for it, stable over repeats and unique in the order."""

    key: str
    sku: str
    name: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True)
class NewOrder:
    """One of our shipments as a provider is to send it; `ordered_at` is aware, `sent_at` as in OrderReference."""

    number: str
    ordered_at: datetime
    ship_to: PostalAddress
    lines: tuple[NewOrderLine, ...]
    shipping_method: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True)
class ProviderOrderSnapshot:
    """The provider's copy of one of our shipments, as read just now.

    `fulfillment_status` is what our shipment should become, None when the provider has no opinion. `cost` is
    in the account's currency, `shipped_at` is aware UTC, `payload` is JSON without secrets or personal data.
    """

    external_id: str
    number: str
    raw_status: str
    state: ProviderOrderState
    fulfillment_status: FulfillmentStatus | None
    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: Decimal | None
    shipped_at: datetime | None
    url: str | None
    payload: JsonObject


@dataclass(frozen=True)
class Exchange:
    """One request that was attempted and what came of it, already free of secrets and personal data."""

    operation: str
    method: str
    url: str
    request_body: str | None
    response_status: int | None
    response_body: str | None
    duration_ms: int
    outcome: ExchangeOutcome
    message: str
    occurred_at: datetime


Record = Callable[[Exchange], None]


class ProviderAdapter(Protocol):
    """One account at one provider. Close it when done: `with closing(adapter_for(...)) as adapter`."""

    kind: ClassVar[str]
    label: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]

    def fetch_order(self, reference: OrderReference) -> ProviderOrderSnapshot:
        """Read the order as it stands now. Changes nothing at the provider. Raises any ProviderError."""
        ...

    def cancel_order(self, reference: OrderReference, reason: str) -> ProviderOrderSnapshot:
        """Cancel the order and return it read back; already cancelled is a success.

        Raises AlreadyShipped, NotCancellable, NotFound, Unsupported, or any other ProviderError when nothing
        changed there, and OutcomeUnknown when even reading back does not tell.
        """
        ...

    def create_order(self, order: NewOrder) -> ProviderOrderSnapshot:
        """Return the order that stands there under our number, else create it and read it back.

        One that was cancelled there does not count. Safe to call again: it looks first. Raises Unsupported,
        Rejected or any other ProviderError when nothing was created, OutcomeUnknown when it cannot tell.
        """
        ...

    def update_order(self, reference: OrderReference, order: NewOrder) -> ProviderOrderSnapshot:
        """Make the lines of the order there those of `order`, and read it back; twice is the same as once.

        Raises as cancel_order does, with NotUpdatable for NotCancellable.
        """
        ...

    def order_url(self, external_id: str) -> str | None:
        """The address where a person can look at the order, or None when the account does not say."""
        ...

    def test_connection(self) -> None:
        """Prove with one harmless read that address and credentials work. Raises any ProviderError."""
        ...

    def close(self) -> None:
        """Give the network connections back."""
        ...


class ProviderError(AppError):
    """A call to a provider that did not succeed, with a sentence for the person who asked.

    `retryable`: asking again later may work and can do no harm. `ambiguous`: the provider may have done what
    was asked; read back before asking again. `retry_after`: seconds the provider wants us to wait. `after_look`:
    said after the order there was seen, so that it answers for earlier tries too.
    """

    code = "provider_error"
    status = HTTPStatus.BAD_GATEWAY
    retryable: bool = False
    ambiguous: bool = False
    after_look: bool = False
    outcome: ExchangeOutcome = ExchangeOutcome.REFUSED
    trips_circuit: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        retryable: bool | None = None,
        ambiguous: bool | None = None,
        retry_after: float | None = None,
        outcome: ExchangeOutcome | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = type(self).retryable if retryable is None else retryable
        self.ambiguous = type(self).ambiguous if ambiguous is None else ambiguous
        self.outcome = type(self).outcome if outcome is None else outcome
        self.retry_after = retry_after


class AuthFailed(ProviderError):
    """The credentials are wrong, expired, or do not allow this call."""

    code = "provider_auth_failed"
    trips_circuit = True


class NotFound(ProviderError):
    """The provider has no order with that id or number."""

    code = "provider_not_found"


class AlreadyShipped(ProviderError):
    """The order has left, so it cannot be changed or cancelled any more."""

    code = "provider_already_shipped"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotUpdatable(ProviderError):
    """The order is in a state in which the provider accepts no change."""

    code = "provider_not_updatable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotCancellable(ProviderError):
    """The order is in a state in which the provider accepts no cancellation."""

    code = "provider_not_cancellable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Rejected(ProviderError):
    """The provider said no, or its answer could not be understood; the message keeps its own words."""

    code = "provider_rejected"


class Throttled(ProviderError):
    """Too many calls in too short a time; try again after `retry_after` seconds."""

    code = "provider_throttled"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retryable = True


class Unsupported(ProviderError):
    """This provider, or this account's connection, cannot do what was asked."""

    code = "provider_unsupported"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Transient(ProviderError):
    """The provider is out of order or out of reach for now, and repeating the call is safe."""

    code = "provider_unavailable"
    retryable = True
    trips_circuit = True


class OutcomeUnknown(ProviderError):
    """The call was sent and nobody can say whether it took effect: read back before anything else."""

    code = "provider_outcome_unknown"
    ambiguous = True
    outcome = ExchangeOutcome.UNKNOWN
    trips_circuit = True


class CircuitOpen(ProviderError):
    """The account failed too often lately, so nothing is sent until its pause is over."""

    code = "provider_circuit_open"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retryable = True


class AccountDisabled(ProviderError):
    """Somebody switched this provider account off."""

    code = "provider_account_disabled"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
