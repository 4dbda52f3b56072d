"""What an account at Trackstar says of itself. Source: Trackstar's guides; docs/providers.md has the settings."""

from webapp.providers.account_kinds import (
    AccountKind,
    Credential,
    ObjectSetting,
    TextSetting,
    order_url,
    polls_a_minute,
)

ACCOUNT = AccountKind(
    kind="trackstar",
    label="Trackstar",
    default_address="https://production.trackstarhq.com",
    address_help="Trackstar has one address for everybody.",
    credentials=(
        Credential(name="api_key", label="API key", help="The organisation's."),
        Credential(
            name="access_token", label="Access token", help="Of the one warehouse system that this account is for."
        ),
    ),
    settings=(
        TextSetting(
            name="connection_id",
            label="Connection id",
            help="To see how old Trackstar's copy is; without it a lost creation stays unknown.",
        ),
        TextSetting(
            name="warehouse_customer_id",
            label="Customer's id in the warehouse system",
            help="Only that customer's orders; new ones are put there. All when empty.",
        ),
        ObjectSetting(
            name="order_fields",
            label="Fixed values of orders",
            help='Sent with each new or changed order, as JSON such as {"warehouse_id": "7"}.',
        ),
        ObjectSetting(
            name="line_fields", label="Fixed values of lines", help="The same, sent with each line of an order."
        ),
        ObjectSetting(
            name="address_fields",
            label="What stands in for missing parts of addresses",
            help='As JSON such as {"state": "-"} for countries without states.',
        ),
        TextSetting(
            name="shipping_method_field",
            label="Field of the shipping method",
            help="Found out when empty: service_level, shipping_method_name or shipping_method.",
        ),
        polls_a_minute(6),
        order_url("Trackstar's id of the order"),
    ),
)
