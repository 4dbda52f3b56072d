"""The actions of the bar below the list: which a tab has, where they lead, and why one cannot be used."""

from dataclasses import dataclass
from functools import lru_cache

from flask import request, url_for

from webapp.providers.base import Capability
from webapp.queries.accounts import Person
from webapp.queries.connections import Connections
from webapp.queries.listing.tabs import Tab
from webapp.services.bulk_kinds import KINDS
from webapp.statuses import ROLE_PERMISSIONS, Permission, RunKind
from webapp.web.filters import ListState

NAMES = {
    RunKind.BULK_VOID: "void",
    RunKind.BULK_RESTORE: "restore",
    RunKind.BULK_FULFIL: "fulfil-again",
    RunKind.BULK_ARCHIVE: "archive",
    RunKind.BULK_UNARCHIVE: "unarchive",
    RunKind.BULK_RESYNC_FROM: "resync-from-provider",
    RunKind.BULK_RESYNC_TO: "resync-to-provider",
    RunKind.BULK_CANCEL_ORDERS: "cancel-provider-orders",
    RunKind.BULK_SUBMIT_TO_CHANNEL: "submit-to-channel",
    RunKind.BULK_CLEAR_CHANNEL: "clear-channel-submission",
}
"""How each kind is called in addresses."""

SYMBOLS = {
    RunKind.BULK_VOID: "ban",
    RunKind.BULK_RESTORE: "arrow-back-up",
    RunKind.BULK_FULFIL: "package",
    RunKind.BULK_ARCHIVE: "archive",
    RunKind.BULK_UNARCHIVE: "archive",
    RunKind.BULK_RESYNC_FROM: "refresh",
    RunKind.BULK_RESYNC_TO: "send",
    RunKind.BULK_CANCEL_ORDERS: "plug-x",
    RunKind.BULK_SUBMIT_TO_CHANNEL: "send",
    RunKind.BULK_CLEAR_CHANNEL: "arrow-back-up",
}
_OF_TAB = {
    Tab.VOIDED: (
        RunKind.BULK_RESTORE,
        RunKind.BULK_FULFIL,
        RunKind.BULK_RESYNC_FROM,
        RunKind.BULK_SUBMIT_TO_CHANNEL,
        RunKind.BULK_ARCHIVE,
    ),
    Tab.ARCHIVED: (RunKind.BULK_VOID, RunKind.BULK_UNARCHIVE),
    Tab.SHIPPED: (
        RunKind.BULK_VOID,
        RunKind.BULK_RESYNC_FROM,
        RunKind.BULK_SUBMIT_TO_CHANNEL,
        RunKind.BULK_CLEAR_CHANNEL,
        RunKind.BULK_ARCHIVE,
    ),
    Tab.ALL: tuple(KINDS),
}
_NEEDS = {
    RunKind.BULK_RESYNC_FROM: Capability.RESYNC_FROM,
    RunKind.BULK_RESYNC_TO: Capability.RESYNC_TO,
    RunKind.BULK_CANCEL_ORDERS: Capability.CANCEL,
}
"""What some provider must be able to do for these."""
_OF_OTHER_TABS = (
    RunKind.BULK_VOID,
    RunKind.BULK_RESYNC_FROM,
    RunKind.BULK_RESYNC_TO,
    RunKind.BULK_CANCEL_ORDERS,
    RunKind.BULK_SUBMIT_TO_CHANNEL,
    RunKind.BULK_ARCHIVE,
)


@dataclass(frozen=True)
class BulkAction:
    """One button; `why_not` says why this person cannot press it."""

    label: str
    symbol: str
    url: str
    why_not: str = ""


def bulk_actions(state: ListState, person: Person, connected: Connections) -> tuple[BulkAction, ...]:
    """What can be done with selected shipments of this list; nothing for those who only look.

    What asks a provider or a channel is left out while none is connected that could be asked.
    """
    return _bulk_actions(state.tab, state.query(), ROLE_PERMISSIONS[person.role], connected, request.script_root)


@lru_cache(maxsize=256)
def _bulk_actions(
    tab: Tab, query: str, may: frozenset[Permission], connected: Connections, _root: str
) -> tuple[BulkAction, ...]:
    if not any(kind.permission in may for kind in KINDS.values()):
        return ()
    kinds = (kind for kind in _OF_TAB.get(tab, _OF_OTHER_TABS) if _can_work(kind, connected))
    return tuple(_action(kind, query, may) for kind in kinds)


def _can_work(kind: RunKind, connected: Connections) -> bool:
    if kind is RunKind.BULK_SUBMIT_TO_CHANNEL:
        return connected.can_tell_a_channel
    return kind not in _NEEDS or connected.can(_NEEDS[kind])


def may_do_all(person: Person) -> bool:
    """Whether the person may act on a whole list at once."""
    return person.can(Permission.BULK_MANY)


def _action(run_kind: RunKind, query: str, may: frozenset[Permission]) -> BulkAction:
    kind = KINDS[run_kind]
    url = url_for(f"bulk.show_{NAMES[run_kind]}") + query
    why_not = "" if kind.permission in may else "Only supervisors may do this."
    return BulkAction(f"{kind.button or kind.verb}…", SYMBOLS[run_kind], url, why_not)
