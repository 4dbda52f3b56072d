"""What providers tell us unasked: whether it is really theirs, which notice it is, and which orders it is about.

Nothing in a notice is believed beyond that: whoever it is about is read again from the provider.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qsl, urlsplit

from webapp.errors import AppError
from webapp.providers.base import Rejected
from webapp.providers.shapes import JsonObject, JsonValue, UnexpectedAnswer, as_object, parse_json, text

# docs.svix.com, How to verify webhooks manually: older or newer than five minutes is a replay.
TOLERANCE = timedelta(minutes=5)
LONGEST_STAMP = 12  # Seconds since 1970; thirty thousand years fit.


class BadSignature(AppError):
    """The notice does not carry the signature that it should."""

    code = "bad_signature"
    status = HTTPStatus.UNAUTHORIZED


class NotUnderstood(AppError):
    """The notice is not the JSON that its provider sends."""

    code = "not_understood"


@dataclass(frozen=True)
class Delivery:
    """What came in: headers by lower-case name, the body as sent, the account's secret, and when."""

    headers: Mapping[str, str]
    body: bytes
    secret: str
    now: datetime

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Notice:
    """`identity` is the same whenever the same notice comes again; `resource_url` is where the orders are told."""

    identity: str
    topic: str
    numbers: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    resource_url: str | None = None


@runtime_checkable
class FollowsNotices(Protocol):
    """An adapter whose provider's notices say only where the news is to be read."""

    def numbers_told_at(self, resource_url: str) -> list[str]:
        """Our numbers of the orders told at this address. Raises Rejected for a foreign one, any ProviderError."""
        ...


def read(kind: str, delivery: Delivery) -> Notice:
    """The notice of a provider of this kind. Raises BadSignature, and NotUnderstood."""
    check, understand = _DIALECTS[kind]
    check(delivery)
    try:
        return understand(delivery, as_object(parse_json(delivery.body), "notice"))
    except UnexpectedAnswer as error:
        raise NotUnderstood(f"The body {error}.") from None


def can_be_heard(kind: str) -> bool:
    """Whether providers of this kind send notices that we understand."""
    return kind in _DIALECTS


def needs_secret(kind: str) -> bool:
    """Whether a notice of this kind is always signed, so that without a secret none is accepted."""
    return kind in _SIGNED


def place_within(base_url: str, resource_url: str) -> tuple[str, dict[str, str]]:
    """Path and query of an address under the account's own. Raises Rejected for another, never called."""
    base, asked = urlsplit(base_url), urlsplit(resource_url)
    root = base.path.rstrip("/")
    if (asked.scheme, asked.netloc) != (base.scheme, base.netloc) or not asked.path.startswith(f"{root}/"):
        raise Rejected("The notice points to an address that is not the provider's, so it was not followed.")
    return asked.path.removeprefix(root), dict(parse_qsl(asked.query))


def _unsigned(_delivery: Delivery) -> None:
    """ShipStation signs nothing; the secret address is all there is."""


def _starshipit_signature(delivery: Delivery) -> None:
    """Only where a secret is set. The algorithm is not documented: HMAC-SHA256 is taken, as hex or base64."""
    if delivery.secret:
        digest = _hmac(delivery.secret.encode(), delivery.body)
        _compare(delivery.header("x-starshipit-signature"), digest.hex(), b64encode(digest).decode())


def _base64_hmac(header: str) -> Callable[[Delivery], None]:
    """ShipHero and Shopify: base64 of HMAC-SHA256 over the raw body."""

    def check(delivery: Delivery) -> None:
        _need_secret(delivery)
        digest = _hmac(delivery.secret.encode(), delivery.body)
        _compare(delivery.header(header), b64encode(digest).decode())

    return check


def _svix_signature(delivery: Delivery) -> None:
    """docs.svix.com: HMAC-SHA256 over `id.timestamp.body`, several signatures with a space between them."""
    _need_secret(delivery)
    stamp, name = delivery.header("svix-timestamp"), delivery.header("svix-id")
    is_stamp = stamp.isdecimal() and len(stamp) <= LONGEST_STAMP
    if not name or not is_stamp or abs(delivery.now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise BadSignature("The notice is too old, or its id or time is missing.")
    try:
        key = b64decode(delivery.secret.removeprefix("whsec_"), validate=True)
    except NotBase64:
        raise BadSignature("The stored secret is none of Svix's. Copy it again.") from None
    signed = f"{name}.{stamp}.".encode() + delivery.body
    good = f"v1,{b64encode(_hmac(key, signed)).decode()}"
    if not any(
        hmac.compare_digest(given.encode(), good.encode()) for given in delivery.header("svix-signature").split()
    ):
        raise BadSignature("The signature of the notice is wrong.")


def _need_secret(delivery: Delivery) -> None:
    if not delivery.secret:
        raise BadSignature("No secret is stored for this account, so no notice can be checked.")


def _compare(given: str, *good: str) -> None:
    if not any(hmac.compare_digest(given.encode(), one.encode()) for one in good):
        raise BadSignature("The signature of the notice is wrong.")


def _hmac(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def _hash_of(delivery: Delivery) -> str:
    return hashlib.sha256(delivery.body).hexdigest()


def _shipstation(delivery: Delivery, body: JsonObject) -> Notice:
    """`{resource_url, resource_type}`: the orders stand behind the address."""
    url = text(body, "resource_url")
    if not url:
        raise UnexpectedAnswer("has no “resource_url”")
    return Notice(_hash_of(delivery), text(body, "resource_type") or "", resource_url=url)


def _starshipit(delivery: Delivery, body: JsonObject) -> Notice:
    return Notice(_hash_of(delivery), text(body, "tracking_status") or "", numbers=_given(body, "order_number"))


def _shiphero(delivery: Delivery, body: JsonObject) -> Notice:
    """Notices of orders name them at the top, those of shipments under “fulfillment”."""
    inner = _inner(body, "fulfillment")
    return Notice(
        delivery.header("x-shiphero-message-id") or _hash_of(delivery),
        text(body, "webhook_type") or "",
        numbers=_given(body, "order_number") + _given(inner, "order_number"),
        external_ids=_given(body, "order_uuid") + _given(inner, "order_uuid"),
    )


def _trackstar(delivery: Delivery, body: JsonObject) -> Notice:
    """`data` is the order, or a shipment that names its order."""
    data = _inner(body, "data")
    return Notice(
        delivery.header("svix-id"),
        text(body, "event_type") or "",
        numbers=_given(data, "order_number"),
        external_ids=_given(data, "order_id") or _given(data, "id"),
    )


def _shopify(delivery: Delivery, body: JsonObject) -> Notice:
    """The sales channel: its notices are checked and kept, and name the order by id."""
    return Notice(
        delivery.header("x-shopify-webhook-id") or _hash_of(delivery),
        delivery.header("x-shopify-topic"),
        external_ids=_given(body, "order_id") or _given(body, "id"),
    )


def _inner(body: JsonObject, name: str) -> JsonObject:
    value: JsonValue = body.get(name)
    return value if isinstance(value, dict) else {}


def _given(holder: JsonObject, name: str) -> tuple[str, ...]:
    value = text(holder, name)
    return (value,) if value else ()


_DIALECTS: dict[str, tuple[Callable[[Delivery], None], Callable[[Delivery, JsonObject], Notice]]] = {
    "shipstation": (_unsigned, _shipstation),
    "starshipit": (_starshipit_signature, _starshipit),
    "shiphero": (_base64_hmac("x-shiphero-hmac-sha256"), _shiphero),
    "trackstar": (_svix_signature, _trackstar),
    "shopify": (_base64_hmac("x-shopify-hmac-sha256"), _shopify),
}
_SIGNED = frozenset({"shiphero", "trackstar", "shopify"})
