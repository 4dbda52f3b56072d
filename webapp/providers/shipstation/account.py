"""What an account at ShipStation says of itself. Source: docs.shipstation.com, ShipStation V1 API requirements."""

from webapp.providers.account_kinds import AccountKind, Credential, TextSetting, order_url, polls_a_minute

ACCOUNT = AccountKind(
    kind="shipstation",
    label="ShipStation",
    default_address="https://ssapi.shipstation.com",
    address_help="ShipStation has one address for everybody.",
    credentials=(
        Credential(name="api_key", label="API key", help="In ShipStation: Settings, Account, API settings (V1)."),
        Credential(name="api_secret", label="API secret"),
    ),
    settings=(
        TextSetting(
            name="store_id",
            label="Store id",
            help="Only orders of this store of ShipStation's; new ones are put there. All stores when empty.",
            check=lambda text: None if text.isascii() and text.isdigit() else "A store's id is a number.",
        ),
        polls_a_minute(6),
        order_url("ShipStation's id of the order"),
    ),
)
