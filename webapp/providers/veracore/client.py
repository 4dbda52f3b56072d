"""The calls to one VeraCore tenant that this product makes, over its three surfaces.

Source: public clients. `oms.asmx` speaks SOAP with the credentials in its header, `orderadjustment.svc` JSON with
the credentials in the body, and the REST service JSON with a token that its `Login` hands out.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from webapp.providers.base import AuthFailed, NotFound, ProviderAccountRecord, Record, Rejected
from webapp.providers.http import Call, Door, DoorOptions
from webapp.providers.shapes import JsonObject, JsonValue, as_object, text
from webapp.providers.tokens import Grant, SignIn, TokenCache
from webapp.providers.traits import ProviderTraits
from webapp.providers.veracore import mapping
from webapp.providers.veracore.mapping import Order
from webapp.providers.veracore.settings import VeraCoreSettings
from webapp.providers.veracore.soap import soap_format

T = TypeVar("T")

_tokens = TokenCache(early=timedelta(minutes=1))


class VeraCoreClient:
    """The calls to one VeraCore account; every method raises a ProviderError for anything but success."""

    def __init__(
        self,
        account: ProviderAccountRecord,
        settings: VeraCoreSettings,
        traits: ProviderTraits,
        options: DoorOptions,
        record: Record,
    ) -> None:
        self._settings = settings
        self._credentials = account.credentials
        self._now = options.clock.now
        self._soap_format = soap_format(settings.namespace)
        self._door = Door(account, traits, options, record)
        # Its token belongs to the REST service alone.
        self._rest_door = Door(account, traits, options, record)
        self.redactor, self.who = self._door.redactor, self._door.who
        key = (str(account.id), account.base_url, *map(self._credential, ("username", "password", "system_id")))
        self._sign_in = SignIn(
            _tokens, key, self._now, self._granted, self._rest_door.authorize, options.shared_tokens
        )

    def close(self) -> None:
        self._door.close()
        self._rest_door.close()

    def order(self, order_id: str) -> Order:
        """`GetOrderInfo`, by the id that we gave it. Raises NotFound, also for an empty record."""
        order = self._soap(
            "Fetch order",
            "GetOrderInfo",
            {"orderId": order_id},
            lambda data: mapping.read_order(data, self._settings.time_zone),
            is_repeatable=True,
        )
        if order is None:
            raise NotFound(f"{self.who} has no order with the id {order_id}.")
        if order.order_id.casefold() != order_id.strip().casefold():
            raise Rejected(f"{self.who} was asked for order {order_id} and answered with {order.order_id}.")
        return order

    def found(self, order_id: str) -> Order | None:
        """The same; None when there is no such order."""
        try:
            return self.order(order_id)
        except NotFound:
            return None

    def create(self, order: JsonObject) -> str | None:
        """`AddOrder`; returns the id under which it stands. An id that is taken is refused."""
        return self._soap("Create order", "AddOrder", order, _added_id)

    def check(self) -> None:
        """`GetShippingActivity` of this minute: small, harmless, answered only to good credentials."""
        now = f"{self._now().astimezone(self._settings.time_zone):%Y-%m-%dT%H:%M:%S}"
        self._soap(
            "Test connection",
            "GetShippingActivity",
            {"StartDate": now, "EndDate": now},
            lambda data: mapping.result_of(data, "GetShippingActivity"),
            is_repeatable=True,
        )

    def cancel(self, order_id: str) -> None:
        """`CancelOrder`; in which states VeraCore takes it is not known."""
        self._adjust("Cancel order", "CancelOrder", {"OrderID": order_id})

    def add_offers(self, offers: JsonObject) -> None:
        """`AddOffer`: further lines for an order. Twice adds them twice."""
        self._adjust("Add lines", "AddOffer", offers)

    @property
    def has_rest(self) -> bool:
        """Whether the account can sign in at the REST service, which asks for the system too."""
        return bool(self._credential("system_id"))

    def packages(self, order_id: str) -> list[JsonObject]:
        """`GetPackages` of one order: carrier and tracking of each package that was sent."""
        call = Call(
            "Fetch packages",
            f"{self._settings.rest_path}/GetPackages",
            params={"request.ordersIds": order_id},
            names_nothing=True,
        )
        return self._sign_in.ask(lambda: self._rest_door.call(call, mapping.read_units))

    def sign_in(self) -> None:
        """`Login`, whether or not a token is known. Raises AuthFailed."""
        self._granted()

    def _soap(
        self,
        words: str,
        operation: str,
        fields: JsonObject,
        read: Callable[[JsonValue], T],
        *,
        is_repeatable: bool = False,
    ) -> T:
        header: JsonObject = {"AuthenticationHeader": self._signed()}
        call = Call(
            words,
            self._settings.oms_path,
            method="POST",
            body={"Header": header, "Body": {operation: fields}},
            format=self._soap_format,
            headers={"SOAPAction": f'"{self._settings.namespace}{operation}"', "Accept": "text/xml"},
            is_repeatable=is_repeatable,
            names_nothing=True,
        )
        return self._door.call(call, read)

    def _adjust(self, words: str, operation: str, fields: JsonObject) -> None:
        body: JsonObject = {"AuthenticationHeader": self._signed(), f"{operation}WSObject": fields}
        path = f"{self._settings.adjustment_path}/{operation}"
        self._door.call(Call(words, path, method="POST", body=body, names_nothing=True), mapping.read_done)

    def _signed(self) -> JsonObject:
        self._demand("username", "password")
        return {"Username": self._credential("username"), "Password": self._credential("password")}

    def _granted(self) -> Grant:
        """Asking twice hands out two tokens and does no harm."""
        self._demand("username", "password", "system_id")
        body: JsonObject = {
            "userName": self._credential("username"),
            "password": self._credential("password"),
            "systemId": self._credential("system_id"),
        }
        call = Call(
            "Sign in",
            f"{self._settings.rest_path}/Login",
            method="POST",
            body=body,
            is_repeatable=True,
            names_nothing=True,
        )
        return self._rest_door.call(call, lambda data: mapping.read_grant(data, self._now()))

    def _demand(self, *names: str) -> None:
        if missing := [f"“{name}”" for name in names if not self._credential(name)]:
            raise AuthFailed(f"{self.who} cannot sign in. Add {', '.join(missing)} to its credentials.")

    def _credential(self, name: str) -> str:
        return self._credentials.get(name, "")


def _added_id(data: JsonValue) -> str | None:
    return text(as_object(mapping.result_of(data, "AddOrder"), "result"), "OrderID")
