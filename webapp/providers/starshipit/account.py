"""What an account at Starshipit says of itself. Source: support.starshipit.com, developer centre."""

from webapp.providers.account_kinds import (
    AccountKind,
    CountSetting,
    Credential,
    FlagSetting,
    order_url,
    polls_a_minute,
)

# Developer centre: 2 calls a second, and up to 20 for an account that Starshipit has approved for production.
CALLS_PER_SECOND, MOST_CALLS_PER_SECOND = 2, 20
ACCOUNT = AccountKind(
    kind="starshipit",
    label="Starshipit",
    default_address="https://api.starshipit.com",
    address_help="Starshipit has one address for everybody.",
    credentials=(
        Credential(name="api_key", label="API key", help="In Starshipit: Settings, API."),
        Credential(name="subscription_key", label="Subscription key", help="Of Starshipit's developer portal."),
    ),
    settings=(
        FlagSetting(
            name="printed_is_shipped",
            label="A printed label counts as shipped",
            default=True,
            help="As in Starshipit's own words. Without the tick, only a parcel that a carrier has counts.",
        ),
        CountSetting(
            name="calls_per_second",
            label="Calls a second",
            default=CALLS_PER_SECOND,
            most=MOST_CALLS_PER_SECOND,
            help=f"{CALLS_PER_SECOND} when empty. Raise it once Starshipit has approved the account.",
        ),
        polls_a_minute(6),
        order_url("Starshipit's id of the order"),
    ),
)
