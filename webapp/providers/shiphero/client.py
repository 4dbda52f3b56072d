"""The calls to ShipHero's public GraphQL API that this product makes. Source: developer.shiphero.com."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from webapp.providers.base import AuthFailed, ProviderAccountRecord, Rejected
from webapp.providers.http import Call, Door
from webapp.providers.rate_limits import Clock
from webapp.providers.shapes import JsonObject, JsonValue, as_object
from webapp.providers.shiphero import documents, mapping, refusals
from webapp.providers.shiphero.documents import Document
from webapp.providers.shiphero.mapping import Hit, Order
from webapp.providers.tokens import Grant, SignIn, TokenCache, read_grant

T = TypeVar("T")

# A hundred orders under one number, or a thousand lines in one: not ours, and reading on would cost credits.
MAX_ORDER_PAGES = 10
MAX_LINE_PAGES = 20
# Renewed a day early, because nobody knows how ShipHero words its answer to a token that has expired.
_tokens = TokenCache(early=timedelta(days=1))


class ShipHeroClient:
    """The calls to one ShipHero account; every method raises a ProviderError for anything but success."""

    def __init__(self, door: Door, account: ProviderAccountRecord, clock: Clock) -> None:
        self._door = door
        self._refresh_token = account.credentials.get("refresh_token", "")
        key = (str(account.id), account.base_url, self._refresh_token)
        self._sign_in = SignIn(_tokens, key, clock.now, self._granted, door.authorize, door.shared_tokens)

    def order(self, order_id: str) -> Order:
        """`order(id:)` with all its lines, labels and holds. Raises NotFound."""
        order = self._ask(documents.ORDER, {"id": order_id}, mapping.read_order)
        pages = 1
        while order.more_after is not None:
            if pages == MAX_LINE_PAGES:
                raise Rejected(f"ShipHero's order {order.number} has too many lines to be one of ours.")
            asked = {"id": order_id, "after": order.more_after}
            page = self._ask(documents.ORDER, asked, mapping.read_order)
            order = replace(page, lines=order.lines + page.lines, raw=mapping.with_lines_of(order.raw, page.raw))
            pages += 1
        return order

    def orders_numbered(self, number: str, *, shop: str | None, customer: str | None) -> list[Hit]:
        """`orders(order_number:)`, of one shop and one 3PL customer when named; only exact matches."""
        hits: list[Hit] = []
        after: str | None = None
        for _ in range(MAX_ORDER_PAGES):
            asked: JsonObject = {"number": number, "shop": shop, "customer": customer, "after": after}
            page = self._ask(documents.ORDERS_NUMBERED, asked, mapping.read_hits)
            hits += page.hits
            after = page.more_after
            if after is None:
                return [hit for hit in hits if hit.number == number and shop in (None, hit.shop_name)]
        raise Rejected(f"ShipHero has too many orders with the number {number}.")

    def create(self, data: JsonObject) -> str:
        """`order_create`; returns ShipHero's id. Not idempotent: the same number twice makes two orders."""
        return self._ask(documents.CREATE, {"data": data}, mapping.read_changed_id)

    def cancel(self, data: JsonObject) -> str:
        """`order_cancel`, without `force`, which would cancel what has already left; returns the id."""
        return self._ask(documents.CANCEL, {"data": data}, mapping.read_changed_id)

    def change(self, document: Document, data: JsonObject) -> str:
        """One of the three mutations that change the lines of an order; returns the order's id."""
        return self._ask(document, {"data": data}, mapping.read_changed_id)

    def check(self) -> None:
        """`user_quota`: the cheapest question, answered only to good credentials."""
        self._ask(documents.QUOTA, {}, lambda quota: as_object(quota, "quota"))

    def _ask(self, document: Document, variables: Mapping[str, JsonValue], read: Callable[[JsonValue], T]) -> T:
        """Ask with a token, see SignIn. Raises AuthFailed."""
        return self._sign_in.ask(lambda: self._post(document, variables, read))

    def _granted(self) -> Grant:
        """`POST /auth/refresh`; the refresh token stays the same, so asking twice does no harm."""
        if not self._refresh_token:
            raise AuthFailed(f"{self._door.who} has no refresh token. Add “refresh_token” to its credentials.")
        body: JsonObject = {"refresh_token": self._refresh_token}
        call = Call(
            "Renew access token", "/auth/refresh", method="POST", body=body, is_repeatable=True, names_nothing=True
        )
        return self._door.call(call, read_grant)

    def _post(self, document: Document, variables: Mapping[str, JsonValue], read: Callable[[JsonValue], T]) -> T:
        body: JsonObject = {
            "query": document.text.strip(),
            "operationName": document.name,
            # An absent variable is an absent argument; null would be a value to search for.
            "variables": {name: value for name, value in variables.items() if value is not None},
        }
        call = Call(
            document.words,
            "/graphql",
            method="POST",
            body=body,
            is_repeatable=document.is_query,
            names_nothing=True,
            price=document.price,
        )
        return self._door.call(call, lambda answer: read(self._field(answer, document.field)))

    def _field(self, answer: JsonValue, field: str) -> JsonObject:
        """What was asked for. Errors beside it are mere warnings; errors instead of it are raised."""
        whole = as_object(answer, "answer")
        data = whole.get("data")
        found = data.get(field) if isinstance(data, dict) else None
        errors = refusals.errors_in(answer)
        if errors and not _says_something(found):
            said = self._door.redactor.message(refusals.explain(answer) or "nothing more")
            raise refusals.error_from(errors, self._door.who, said)
        return as_object(found, f"“{field}”")


def _says_something(found: JsonValue) -> bool:
    """Whether a field holds an answer; beside an error it may be null, or hold only nulls and its request's id."""
    if not isinstance(found, dict):
        return found is not None
    return any(value is not None for key, value in found.items() if key not in ("request_id", "complexity"))
