"""What an account at Shopify says of itself. Source: shopify.dev, authentication and API limits."""

from webapp.providers.account_kinds import (
    AccountKind,
    ChoiceSetting,
    CountSetting,
    Credential,
    FlagSetting,
    TextSetting,
    order_url,
)


def _incomplete(held: frozenset[str]) -> str | None:
    if "access_token" in held or {"client_id", "client_secret"} <= held:
        return None
    return (
        "Shopify lets nobody in without credentials. Enter the access token, or both client id and client secret."
    )


# shopify.dev, API limits: points restored in a second on the standard plan; the bucket holds twenty times that.
STANDARD_POINTS = 100
ACCOUNT = AccountKind(
    kind="shopify",
    label="Shopify",
    default_address="",
    address_help="Your shop's own: https://your-shop.myshopify.com.",
    credentials=(
        Credential(
            name="client_id",
            label="Client id",
            help="Of an app made in the Dev Dashboard, together with its client secret.",
            is_required=False,
        ),
        Credential(name="client_secret", label="Client secret", is_required=False),
        Credential(
            name="access_token",
            label="Access token",
            help="Of an older custom app, in place of the two above.",
            is_required=False,
        ),
    ),
    settings=(
        ChoiceSetting(
            name="order_name",
            label="An order's name at Shopify",
            choices=(("", "Our customer reference, else our order number"), ("order_number", "Our order number")),
        ),
        FlagSetting(
            name="notify_customer",
            label="Shopify writes to the customer when a parcel has left",
            default=False,
        ),
        CountSetting(
            name="points_per_second",
            label="Points a second",
            default=STANDARD_POINTS,
            most=10_000,
            help=f"{STANDARD_POINTS} when empty, which is the standard plan; 200, 1,000 or 2,000 on others.",
        ),
        TextSetting(name="api_version", label="Version of the API", help="2026-07 when empty."),
        order_url("the order's number in Shopify's own pages"),
    ),
    incomplete=_incomplete,
)
