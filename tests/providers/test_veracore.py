"""Reading orders at VeraCore over real HTTP: how its words, packages and dates become ours."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.providers.conftest import NOON, OpenCore
from webapp.providers.base import (
    AuthFailed,
    NotFound,
    OrderReference,
    ProviderAccountRecord,
    ProviderError,
    Rejected,
)
from webapp.providers.shapes import JsonObject, JsonValue, UnexpectedAnswer
from webapp.providers.veracore import mapping, refusals
from webapp.providers.veracore.adapter import VeraCoreAdapter
from webapp.providers.veracore.settings import read_settings
from webapp.sandbox import SandboxControl
from webapp.statuses import FulfillmentStatus, ProviderOrderState

NUMBER = "SO-1.1"
BY_ID = OrderReference(NUMBER, NUMBER)
READ, PACKAGES = "/GetOrderInfo", "/GetPackages"
UTC_ZONE = ZoneInfo("UTC")
S = ProviderOrderState


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    lines = [{"sku": "MUG", "quantity": 2}, {"sku": "PLATE", "quantity": 1}]
    sandbox.load("veracore", [{"number": NUMBER, "lines": lines}])


def paths(sandbox: SandboxControl) -> list[str]:
    return [seen.path for seen in sandbox.requests("veracore")]


def test_it_tells_a_whole_shipment(sandbox: SandboxControl, core: VeraCoreAdapter) -> None:
    parcels = [
        {"tracking_number": "1Z-2", "carrier": "FedEx", "cost": "2.25", "shipped_at": "2026-03-02T15:00:00+00:00"},
        {
            "tracking_number": "1Z-1",
            "carrier": "UPS",
            "service": "Ground",
            "cost": "7.50",
            "shipped_at": "2026-03-01T15:00:00+00:00",
        },
    ]
    sandbox.change("veracore", NUMBER, shipments=parcels)

    told = core.fetch_order(BY_ID)

    assert (told.external_id, told.number) == (NUMBER, NUMBER)
    assert told.state is S.SHIPPED
    assert told.fulfillment_status is FulfillmentStatus.FULFILLED
    assert (told.tracking_number, told.carrier, told.service) == ("1Z-1", "UPS", "Ground")
    assert told.cost == Decimal("9.75")
    assert told.shipped_at == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert paths(sandbox) == [READ]


def test_voided_packages_count_for_nothing(sandbox: SandboxControl, core: VeraCoreAdapter) -> None:
    sandbox.change("veracore", NUMBER, shipments=[{"tracking_number": "1Z", "cost": "7.50"}])
    sandbox.change("veracore", NUMBER, void_labels=True)

    told = core.fetch_order(BY_ID)

    assert (told.tracking_number, told.cost, told.shipped_at) == (None, None, None)
    assert told.state is S.PROCESSING


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Unprocessed", S.AWAITING),
        ("Unapproved, Unprocessed", S.AWAITING),
        ("Hold, Processed", S.AWAITING),
        ("Accepted, Unprocessed", S.PROCESSING),
        ("Processed", S.PROCESSING),
        ("Pending, Processed", S.PROCESSING),
        ("Picked, Processed", S.PROCESSING),
        ("Backordered, Unprocessed", S.EXCEPTION),
        ("DeniedCredit, Hold", S.EXCEPTION),
        ("Shipped, Processed", S.SHIPPED),
        ("Shipped, Backordered", S.PARTIALLY_SHIPPED),
        ("Shipped, Pending", S.PARTIALLY_SHIPPED),
        ("Complete, Shipped, Backordered", S.SHIPPED),
        ("Canceled, Unprocessed", S.CANCELLED),
        ("Canceled, Complete", S.CANCELLED),
        ("Canceled, Shipped", S.EXCEPTION),
        ("", S.UNKNOWN),
    ],
)
def test_the_first_word_that_matters_decides(
    status: str, state: ProviderOrderState, sandbox: SandboxControl, open_core: OpenCore
) -> None:
    sandbox.change("veracore", NUMBER, status=status)

    told = open_core().fetch_order(BY_ID)

    assert told.state is state
    assert set(told.raw_status.split(", ")) == (set(status.split(", ")) if status else {"no status"})


@pytest.mark.parametrize(
    ("parcels", "state"),
    [
        ([{"lines": [{"sku": "MUG", "quantity": 2}]}], S.PARTIALLY_SHIPPED),
        ([{"lines": [{"sku": "MUG", "quantity": 2}]}, {"lines": [{"sku": "PLATE", "quantity": 1}]}], S.SHIPPED),
        ([{"waiting": True}], S.PROCESSING),
        ([{"lines": [{"sku": "MUG", "quantity": 2}]}, {"waiting": True}], S.PARTIALLY_SHIPPED),
    ],
)
def test_packages_tell_what_the_words_do_not_tell_yet(
    parcels: list[dict[str, object]], state: ProviderOrderState, sandbox: SandboxControl, core: VeraCoreAdapter
) -> None:
    sandbox.change("veracore", NUMBER, shipments=parcels, status="Processed")

    assert core.fetch_order(BY_ID).state is state


def test_the_rest_service_is_asked_for_the_tracking_that_soap_does_not_tell(
    sandbox: SandboxControl, open_core: OpenCore
) -> None:
    sandbox.change("veracore", NUMBER, shipments=[{"tracking_number": "1Z", "carrier": "UPS", "quiet": True}])

    told = open_core().fetch_order(BY_ID)
    assert (told.tracking_number, told.carrier) == ("1Z", "UPS")
    assert told.fulfillment_status is FulfillmentStatus.FULFILLED
    assert isinstance(told.payload["packages"], list)

    other = open_core(tracking_field="TrackingCode").fetch_order(BY_ID)
    assert other.fulfillment_status is FulfillmentStatus.FULFILLED_AWAITING_INFO
    assert paths(sandbox).count(PACKAGES) == 2


def test_dates_are_in_the_zone_that_the_account_names(sandbox: SandboxControl, open_core: OpenCore) -> None:
    sandbox.change("veracore", NUMBER, shipments=[{"shipped_at": "2026-03-02T12:00:00+00:00"}])

    shipped_at = open_core(time_zone="America/New_York").fetch_order(BY_ID).shipped_at

    assert shipped_at == datetime(2026, 3, 2, 17, tzinfo=UTC)


def test_a_link_is_the_accounts(open_core: OpenCore) -> None:
    assert open_core().order_url("SO/1") is None
    assert open_core(order_url="https://core.example/{id}").order_url("SO/1") == "https://core.example/SO%2F1"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"oms_path": "pmomsws"}, "“oms_path” must begin with"),
        ({"time_zone": "Mars/Base"}, "“time_zone” must be the name of a time zone"),
        ({"time_zone": "../x"}, "“time_zone” must be the name of a time zone"),
        ({"auth_words": ["login"]}, "“auth_words” must be text"),
        ({"order_fields": {"Gift": {}}}, "“order_fields” has “Gift”"),
        ({"shipping_methods": {"Ground": "UPS"}}, "“shipping_methods” must give"),
        ({"calls_per_minute": 0}, "“calls_per_minute” must be a whole number"),
        ({"processed_may_change": "yes"}, "“processed_may_change” must be true or false"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    settings: dict[str, object], words: str, core_account: ProviderAccountRecord, open_core: OpenCore
) -> None:
    with pytest.raises(Rejected, match=words):
        open_core(replace(core_account, settings=settings))


def fault(words: str, code: str = "soap:Server") -> JsonObject:
    return {"Fault": {"faultcode": code, "faultstring": words}}


OUTER = "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> "


@pytest.mark.parametrize(
    ("answer", "words", "error"),
    [
        (fault(f"{OUTER}System.Exception: Order ID X already exists.\n   at A.B(C)"), "already exists", Rejected),
        (fault(f"{OUTER}System.Exception: Order not found: X"), "Order not found: X", NotFound),
        (fault(f"{OUTER}System.Exception: Login failed for you"), "Login failed for you", AuthFailed),
        (fault("Wrong SOAPAction", "soap:Client"), "Wrong SOAPAction", Rejected),
        (fault(f"{OUTER}System.NullReferenceException: Object reference"), "Object reference", None),
        (fault("It broke"), "It broke", None),
        ({"Error": "No such order"}, "No such order", NotFound),
        ({"Message": "Something"}, "Something", None),
        ({"GetOrderInfoResponse": None}, None, None),
        (["no", "object"], None, None),
    ],
)
def test_a_refusal_is_told_from_a_breakdown_by_its_words(
    answer: JsonValue, words: str | None, error: type[ProviderError] | None
) -> None:
    said = refusals.explain(answer)

    assert (said is None) if words is None else (said is not None and words in said and "   at " not in said)
    assert refusals.refusal_in(read_settings({}), answer) is error


def test_an_account_names_the_words_of_its_tenant() -> None:
    settings = read_settings({"auth_words": "Unbekannt; ", "missing_words": "Weg;Kein Auftrag"})

    assert refusals.refusal_in(settings, fault("Benutzer unbekannt")) is AuthFailed
    assert refusals.refusal_in(settings, fault("kein auftrag")) is NotFound


def record(head: JsonValue, **more: JsonValue) -> JsonObject:
    return {"GetOrderInfoResponse": {"GetOrderInfoResult": {"OrdHead": head, **more}}}


@pytest.mark.parametrize("answer", [{"GetOrderInfoResponse": None}, record(None), record({"OrderId": None})])
def test_an_empty_record_is_no_order(answer: JsonObject) -> None:
    assert mapping.read_order(answer, UTC_ZONE) is None


def package(**fields: JsonValue) -> JsonObject:
    parts: JsonValue = {"PickPackType": {"Packages": {"PackagesType": fields}}}
    return record({"OrderId": "X"}, ShippingOrders=parts)


@pytest.mark.parametrize(
    "answer",
    [
        {"AddOrderResponse": None},
        {"GetOrderInfoResponse": "text"},
        record("text"),
        record({"OrderId": "X"}, OfferInfo={"OfferType": "text"}),
        record({"OrderId": "X"}, OfferInfo={"OfferType": {"OfferId": "A", "OrderQty": "1.5"}}),
        record({"OrderId": "X"}, OfferInfo={"OfferType": {"OfferId": "A", "OrderQty": "9e99"}}),
        package(ActualFreight="free"),
        package(ActualFreight="-1"),
        package(ActualFreight="INF"),
        package(DateShipped="yesterday"),
    ],
)
def test_an_answer_of_another_shape_is_never_taken_for_an_order(answer: JsonObject) -> None:
    with pytest.raises(UnexpectedAnswer):
        mapping.read_order(answer, UTC_ZONE)


@pytest.mark.parametrize(
    ("date", "lifetime"), [("2026-03-02T13:00:00", 3_600), ("2026-03-02T11:00:00Z", None), (None, None)]
)
def test_a_token_lives_until_its_date_unless_that_is_over(date: str | None, lifetime: int | None) -> None:
    assert mapping.read_grant({"Token": "abc", "UtcExpirationDate": date}, NOON).lifetime == lifetime


@pytest.mark.parametrize("answer", [{"Token": None}, {"Token": "a b"}, {"Token": "abc", "Error": "No"}, []])
def test_what_is_no_token_is_not_sent(answer: JsonValue) -> None:
    with pytest.raises(UnexpectedAnswer):
        mapping.read_grant(answer, NOON)


def test_another_orders_record_is_refused(
    sandbox: SandboxControl, core: VeraCoreAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.load("veracore", [{"number": "SO-2.1"}])
    read = mapping.read_order

    def read_another(data: JsonValue, zone: ZoneInfo) -> mapping.Order | None:
        order = read(data, zone)
        return replace(order, order_id="SO-2.1") if order else None

    monkeypatch.setattr(mapping, "read_order", read_another)

    with pytest.raises(Rejected, match=r"asked for order SO-1\.1 and answered with SO-2\.1"):
        core.fetch_order(BY_ID)
