"""Many shipments and their sales channels: which can be told, and clearing what they were told."""

from collections.abc import Collection

from webapp.queries.channel import ChannelStanding, being_told, standings_of
from webapp.queries.scope import Scope
from webapp.services import channel
from webapp.services.actors import Actor
from webapp.services.bulk_verdicts import Terms, Verdict, asked, missing
from webapp.statuses import BulkBucket

BUSY = "It is being told by another run already."
NOTHING_TO_CLEAR = "There is nothing to clear: the channel was not told of it."


def submissions(ids: Collection[int], scope: Scope) -> list[Verdict]:
    """Of which shipments the channel can be told; of the others why not."""
    found = {one.fulfillment_id: one for one in standings_of(ids, scope)}
    busy = being_told(ids)
    return [_submission(found[id_], id_ in busy) if id_ in found else missing(id_) for id_ in ids]


def _submission(standing: ChannelStanding, is_busy: bool) -> Verdict:
    refusal = standing.refusal_to_submit or (BUSY if is_busy else None)
    about = "the void" if standing.is_void_due else "its tracking"
    promise = standing.passing_trouble or f"{standing.channel} is told of {about}."
    return asked(standing.fulfillment_id, refusal, promise)


def clear(ids: Collection[int], _terms: Terms, actor: Actor, run_id: int) -> list[Verdict]:
    """Forget what the channels were told of these shipments, in this transaction."""
    known, changed = channel.clear_many(ids, actor=actor, run_id=run_id)
    return [_cleared(id_, id_ in known, id_ in changed) for id_ in ids]


def foresee_clear(ids: Collection[int], _terms: Terms, scope: Scope) -> list[Verdict]:
    found = {one.fulfillment_id: one.can_be_cleared for one in standings_of(ids, scope)}
    return [_cleared(id_, id_ in found, found.get(id_, False)) for id_ in ids]


def _cleared(fulfillment_id: int, is_there: bool, is_cleared: bool) -> Verdict:
    if not is_there:
        return missing(fulfillment_id)
    if is_cleared:
        return Verdict(fulfillment_id, BulkBucket.DONE)
    return Verdict(fulfillment_id, BulkBucket.SKIPPED, NOTHING_TO_CLEAR)
