"""What an account at Amazon MCF says of itself. Source: developer-docs.amazon.com/sp-api, endpoints."""

from webapp.providers.account_kinds import (
    AccountKind,
    AddressSetting,
    ChoiceSetting,
    Credential,
    TextSetting,
    order_url,
)
from webapp.providers.amazon_mcf.writing import SPEEDS

ACCOUNT = AccountKind(
    kind="fba",
    label="Amazon MCF",
    default_address="https://sellingpartnerapi-na.amazon.com",
    address_help="By region: sellingpartnerapi-na, sellingpartnerapi-eu or sellingpartnerapi-fe.",
    credentials=(
        Credential(
            name="refresh_token",
            label="Refresh token",
            help="Of an application with the role “Amazon Fulfillment”, authorised in Seller Central.",
        ),
        Credential(name="client_id", label="LWA client id"),
        Credential(name="client_secret", label="LWA client secret"),
    ),
    settings=(
        TextSetting(
            name="marketplace_id",
            label="Marketplace id",
            help="Such as ATVPDKIKX0DER. The seller's own when empty.",
        ),
        ChoiceSetting(
            name="shipping_speed",
            label="Shipping speed",
            choices=(("", "As the shipping method says, else Standard"), *((speed, speed) for speed in SPEEDS)),
        ),
        ChoiceSetting(
            name="fulfillment_policy",
            label="When units are missing",
            choices=(
                ("", "Ship all or nothing (FillOrKill)"),
                ("FillAll", "Wait for the rest (FillAll)"),
                ("FillAllAvailable", "Ship what there is (FillAllAvailable)"),
            ),
        ),
        TextSetting(
            name="packing_slip_comment",
            label="Text on the packing slip",
            help="“Thank you for your order.” when empty; Amazon demands a text.",
        ),
        TextSetting(name="api_version", label="Version of the API", help="2020-07-01 when empty."),
        AddressSetting(
            name="sign_in_url",
            label="Address of the sign-in",
            help="https://api.amazon.com when empty and the address above is Amazon's, else the address above.",
        ),
        order_url("the order's number"),
    ),
)
