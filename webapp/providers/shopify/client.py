"""The calls to Shopify's Admin GraphQL API that this product makes. Source: shopify.dev, Admin GraphQL API."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote

from webapp.providers.base import AuthFailed, NotFound, ProviderAccountRecord, Rejected
from webapp.providers.channel import ChannelFulfillment, ChannelFulfillmentOrder, ChannelOrder
from webapp.providers.http import Call, Door
from webapp.providers.rate_limits import Clock
from webapp.providers.shapes import JsonObject, JsonValue, as_object
from webapp.providers.shopify import documents, mapping, refusals
from webapp.providers.shopify.documents import Document
from webapp.providers.shopify.mapping import FulfillmentOrderPage, OrderHead, Page
from webapp.providers.tokens import Grant, SignIn, TokenCache, read_grant

T = TypeVar("T")

HEADER = "X-Shopify-Access-Token"
DEFAULT_VERSION = "2026-07"
# A thousand lines in one order: not ours, and reading on would cost points.
MAX_PAGES = 20
# A token of a day is renewed ten minutes before its end, so that none ends in the middle of a submission.
_tokens = TokenCache(early=timedelta(minutes=10))


class ShopifyClient:
    """The calls to one shop; every method raises a ProviderError for anything but success."""

    def __init__(self, door: Door, account: ProviderAccountRecord, clock: Clock) -> None:
        self._door = door
        version = account.settings.get("api_version") or DEFAULT_VERSION
        self._path = f"/admin/api/{quote(str(version), safe='')}/graphql.json"
        self._keys = {name: account.credentials.get(name, "") for name in ("client_id", "client_secret")}
        self._fixed_token = account.credentials.get("access_token", "")
        key = (str(account.id), account.base_url, *self._keys.values())
        self._sign_in = SignIn(_tokens, key, clock.now, self._granted, self._carry, door.shared_tokens)

    def find(self, name: str) -> list[str]:
        """`orders(query:)`: the ids of the orders with exactly this name."""
        hits = self._ask(documents.FIND, {"q": f"name:{_search_term(name)}"}, mapping.read_hits)
        return [order_id for order_id, found in hits if found == name]

    def order(self, order_id: str) -> ChannelOrder:
        """`order(id:)` with everything shipped and to be shipped. Raises NotFound."""
        head = self._ask(documents.ORDER, {"id": order_id}, mapping.read_order)
        if head is None:
            raise NotFound(f"{self._door.who} has no order under the id {order_id}.")
        entries, raw = self._fulfillment_orders(order_id)
        payload: JsonObject = {"order": head.raw, "fulfillmentOrders": raw}
        return ChannelOrder(
            external_id=head.external_id,
            name=head.name,
            raw_status=head.raw_status,
            is_cancelled=head.is_cancelled,
            fulfillments=tuple(self._whole(head, one) for one in head.fulfillments),
            fulfillment_orders=entries,
            payload=as_object(self._door.redactor.json(payload), "payload"),
        )

    def create(self, data: JsonObject) -> str:
        """`fulfillmentCreate`; returns the id. Not idempotent: what remains of a line may be shipped twice."""
        return self._ask(documents.CREATE, {"f": data}, mapping.read_changed)

    def track(self, fulfillment_id: str, tracking: JsonObject, *, notify: bool) -> ChannelFulfillment:
        """`fulfillmentTrackingInfoUpdate`. Raises NotFound."""
        asked: JsonObject = {"id": fulfillment_id, "t": tracking, "n": notify}
        return self._ask(documents.TRACK, asked, mapping.read_tracked)

    def cancel(self, fulfillment_id: str) -> str:
        """`fulfillmentCancel`, which succeeds quietly for what is cancelled already. Raises NotFound."""
        return self._ask(documents.CANCEL, {"id": fulfillment_id}, mapping.read_changed)

    def scopes(self) -> frozenset[str]:
        """`currentAppInstallation`: what the app may do, answered only to good credentials."""
        return self._ask(documents.SCOPES, {}, mapping.read_scopes)

    def _whole(self, head: OrderHead, one: ChannelFulfillment) -> ChannelFulfillment:
        after = head.unread.get(one.external_id)
        if after is None:
            return one
        rest = self._rest(documents.FULFILLMENT_LINES, one.external_id, after, mapping.read_fulfillment_lines)
        return replace(one, units=one.units + rest)

    def _fulfillment_orders(self, order_id: str) -> tuple[tuple[ChannelFulfillmentOrder, ...], list[JsonValue]]:
        entries: list[ChannelFulfillmentOrder] = []
        raw: list[JsonValue] = []
        after: str | None = None
        for _ in range(MAX_PAGES):
            asked: JsonObject = {"id": order_id, "after": after}
            page = self._ask(documents.FULFILLMENT_ORDERS, asked, mapping.read_fulfillment_orders)
            entries += [self._with_all_lines(page, one) for one in page.entries]
            raw += page.raw
            after = page.more_after
            if after is None:
                return tuple(entries), raw
        raise Rejected(f"{self._door.who} has too many fulfillment orders in order {order_id}.")

    def _with_all_lines(self, page: FulfillmentOrderPage, one: ChannelFulfillmentOrder) -> ChannelFulfillmentOrder:
        after = page.unread.get(one.external_id)
        if after is None:
            return one
        rest = self._rest(documents.FULFILLMENT_ORDER_LINES, one.external_id, after, mapping.read_order_lines)
        return replace(one, lines=one.lines + rest)

    def _rest(
        self, document: Document, id_: str, after: str, read: Callable[[JsonValue], Page[T]]
    ) -> tuple[T, ...]:
        """The pages of a list after its first."""
        found: list[T] = []
        place: str | None = after
        for _ in range(MAX_PAGES):
            page = self._ask(document, {"id": id_, "after": place}, read)
            found += page.entries
            place = page.more_after
            if place is None:
                return tuple(found)
        raise Rejected(f"{self._door.who} has too many lines in {id_} to be one of ours.")

    def _ask(self, document: Document, variables: Mapping[str, JsonValue], read: Callable[[JsonValue], T]) -> T:
        """Ask with the app's fixed token, or with one that is renewed once. Raises AuthFailed."""
        if self._fixed_token:
            self._carry(self._fixed_token)
            return self._post(document, variables, read)
        return self._sign_in.ask(lambda: self._post(document, variables, read))

    def _carry(self, token: str) -> None:
        if not all("!" <= character <= "~" for character in token):
            raise AuthFailed(f"{self._door.who} has an access token that cannot be sent. Enter it again.")
        self._door.authorize(token, HEADER)

    def _granted(self) -> Grant:
        """`POST /admin/oauth/access_token` by client credentials; asking twice does no harm."""
        if not all(self._keys.values()):
            raise AuthFailed(
                f"{self._door.who} has no credentials. Give the account “access_token”, or “client_id” and "
                "“client_secret”."
            )
        form = {"grant_type": "client_credentials", **self._keys}
        path = "/admin/oauth/access_token"
        return self._door.call(
            Call("Get access token", path, method="POST", form=form, is_repeatable=True, names_nothing=True),
            read_grant,
        )

    def _post(self, document: Document, variables: Mapping[str, JsonValue], read: Callable[[JsonValue], T]) -> T:
        body: JsonObject = {
            "query": document.text.strip(),
            "operationName": document.name,
            "variables": {name: value for name, value in variables.items() if value is not None},
        }
        call = Call(
            document.words,
            self._path,
            method="POST",
            body=body,
            # Of a change without an answer nobody knows whether it was made; whoever asked looks.
            is_repeatable=document.is_query,
            names_nothing=True,
        )
        return self._door.call(call, lambda answer: read(self._field(answer, document)))

    def _field(self, answer: JsonValue, document: Document) -> JsonValue:
        """What was asked for. Any error beside it is raised: what Shopify left out must not look like nothing."""
        whole = as_object(answer, "answer")
        if "errors" in whole:
            said = self._door.redactor.message(refusals.explain(answer) or "nothing more")
            raise refusals.error_from(answer, self._door.who, said, is_query=document.is_query)
        found = as_object(whole.get("data"), "data")
        field = found.get(document.field)
        if not document.is_query and (words := refusals.user_errors_in(as_object(field, "answer"))):
            raise refusals.error_of_user_errors(
                words, self._door.who, self._door.redactor.message(" ".join(words))
            )
        return field


def _search_term(name: str) -> str:
    """In quotes where a character could mean something in Shopify's search syntax."""
    if all(character.isalnum() or character in "#-." for character in name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
