"""What an account at ShipHero says of itself. Source: developer.shiphero.com, getting started."""

from webapp.providers.account_kinds import AccountKind, Credential, TextSetting, order_url, polls_a_minute

ACCOUNT = AccountKind(
    kind="shiphero",
    label="ShipHero",
    default_address="https://public-api.shiphero.com",
    address_help="ShipHero has one address for everybody.",
    credentials=(
        Credential(
            name="refresh_token",
            label="Refresh token",
            help="Of a user made for this in ShipHero: My account, third-party developers.",
        ),
    ),
    settings=(
        TextSetting(
            name="shop_name",
            label="Shop",
            help="Only orders of this shop; new ones are put there. All when empty.",
        ),
        TextSetting(
            name="customer_account_id",
            label="Customer's account id",
            help="For a 3PL: whose orders. Your own when empty.",
        ),
        TextSetting(
            name="warehouse_id",
            label="Warehouse id",
            help="For the lines of new orders. ShipHero decides when empty.",
        ),
        polls_a_minute(15),
        order_url("the order's number in ShipHero's own pages"),
    ),
)
