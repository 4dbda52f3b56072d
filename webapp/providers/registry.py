"""Which adapter speaks to which kind of provider."""

from typing import Protocol

from webapp.providers.base import Capability, ProviderAccountRecord, ProviderAdapter, Record, Unsupported
from webapp.providers.http import DoorOptions
from webapp.providers.shipstation.adapter import ShipStationAdapter
from webapp.statuses import FulfillmentType


class AdapterClass(Protocol):
    """What a class must offer to be registered."""

    kind: str
    label: str
    capabilities: frozenset[Capability]

    def __call__(
        self, account: ProviderAccountRecord, options: DoorOptions, record: Record
    ) -> ProviderAdapter: ...


_CLASSES: tuple[AdapterClass, ...] = (ShipStationAdapter,)
_ADAPTERS = {adapter.kind: adapter for adapter in _CLASSES}


def adapter_for(account: ProviderAccountRecord, *, options: DoorOptions, record: Record) -> ProviderAdapter:
    """An adapter for the account; close it when done. Raises Unsupported for a kind without an adapter."""
    try:
        adapter = _ADAPTERS[account.kind]
    except KeyError:
        raise Unsupported(f"There is no connection to providers of the kind “{account.kind}” yet.") from None
    return adapter(account, options, record)


def capabilities_of(kind: str) -> frozenset[Capability]:
    """What can be asked of a provider of this kind; nothing for one we do not speak to."""
    return _ADAPTERS[kind].capabilities if kind in _ADAPTERS else frozenset()


def label_of(kind: str) -> str:
    """The provider's name for people, also of one we do not speak to yet; an unknown kind stays as it is."""
    return FulfillmentType(kind).label if kind in set(FulfillmentType) else kind
