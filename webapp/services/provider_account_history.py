"""What people change of a provider account, written in the transaction of the change; never with a secret."""

from collections.abc import Mapping

from webapp.extensions import db
from webapp.models import ProviderAccountChange
from webapp.services.actors import Actor
from webapp.services.history import Changes
from webapp.statuses import ActivityEvent

# What stands in for a credential.
STORED, REPLACED = "stored", "replaced"


def record(account_id: int, event: ActivityEvent, changes: Changes, actor: Actor) -> None:
    """Add one row; the caller has locked the account, or has just made it."""
    db.session.add(
        ProviderAccountChange(
            provider_account_id=account_id,
            event=event.value,
            actor_id=actor.user_id,
            changes=changes,
            request_id=actor.request_id,
        )
    )


def of_credentials(old: Mapping[str, str], new: Mapping[str, str]) -> Changes:
    """Which credentials came, went, or are others now, and nothing of what they are."""
    changes: Changes = {}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            before = STORED if name in old else None
            after = (REPLACED if name in old else STORED) if name in new else None
            changes[f"credentials.{name}"] = [before, after]
    return changes
