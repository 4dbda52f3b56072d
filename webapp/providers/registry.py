"""Which adapter speaks to which kind of provider."""

from typing import Protocol

from webapp.providers.account_kinds import AccountKind
from webapp.providers.amazon_mcf.adapter import AmazonMcfAdapter
from webapp.providers.base import Capability, ProviderAccountRecord, ProviderAdapter, Record, Unsupported
from webapp.providers.channel import ChannelAdapter
from webapp.providers.http import DoorOptions
from webapp.providers.shipfusion.adapter import ShipfusionAdapter
from webapp.providers.shiphero.adapter import ShipHeroAdapter
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.providers.shopify.adapter import ShopifyAdapter
from webapp.providers.starshipit.adapter import StarshipitAdapter
from webapp.providers.trackstar.adapter import TrackstarAdapter
from webapp.providers.veracore.adapter import VeraCoreAdapter
from webapp.statuses import FulfillmentType


class AdapterClass(Protocol):
    """What a class must offer to be registered."""

    kind: str
    label: str
    account_kind: AccountKind
    capabilities: frozenset[Capability]

    def __call__(
        self, account: ProviderAccountRecord, options: DoorOptions, record: Record
    ) -> ProviderAdapter: ...


_CLASSES: tuple[AdapterClass, ...] = (
    ShipStationAdapter,
    ShipHeroAdapter,
    TrackstarAdapter,
    StarshipitAdapter,
    ShipfusionAdapter,
    AmazonMcfAdapter,
    VeraCoreAdapter,
)
_CHANNELS = {ShopifyAdapter.kind: ShopifyAdapter}
_ADAPTERS = {adapter.kind: adapter for adapter in _CLASSES}
_DECLARED = [adapter.account_kind for adapter in _CLASSES] + [one.account_kind for one in _CHANNELS.values()]
_KINDS = {one.kind: one for one in sorted(_DECLARED, key=lambda one: one.label.lower())}


def adapter_for(account: ProviderAccountRecord, *, options: DoorOptions, record: Record) -> ProviderAdapter:
    """An adapter for the account; close it when done. Raises Unsupported for a kind without an adapter."""
    try:
        adapter = _ADAPTERS[account.kind]
    except KeyError:
        raise Unsupported(f"There is no connection to providers of the kind “{account.kind}” yet.") from None
    return adapter(account, options, record)


def channel_adapter_for(account: ProviderAccountRecord, *, options: DoorOptions, record: Record) -> ChannelAdapter:
    """An adapter for a sales channel's account; close it when done. Raises Unsupported for a kind without one."""
    if account.kind not in _CHANNELS:
        raise Unsupported(f"There is no connection to sales channels of the kind “{account.kind}” yet.")
    return _CHANNELS[account.kind](account, options, record)


def account_kinds() -> tuple[AccountKind, ...]:
    """The kinds of account that can be added, by the names of their providers and channels."""
    return tuple(_KINDS.values())


def account_kind_of(kind: str) -> AccountKind | None:
    """What an account of this kind says of itself; None for a kind that we do not speak to."""
    return _KINDS.get(kind)


def channel_kinds() -> frozenset[str]:
    """The kinds of account whose sales channel can be told of shipments."""
    return frozenset(_CHANNELS)


def capabilities_of(kind: str) -> frozenset[Capability]:
    """What can be asked of a provider of this kind; nothing for one we do not speak to."""
    return _ADAPTERS[kind].capabilities if kind in _ADAPTERS else frozenset()


def label_of(kind: str) -> str:
    """The name for people, also of one we do not speak to yet; an unknown kind stays as it is."""
    if kind in _CHANNELS:
        return _CHANNELS[kind].label
    return FulfillmentType(kind).label if kind in set(FulfillmentType) else kind
