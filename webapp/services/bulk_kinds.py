"""The kinds of bulk work: each one entry with its words, its permission, and what it does to many shipments."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.queries.account_trouble import Trouble, troubles_of
from webapp.queries.provider_actions import ProviderStanding, Refusal, standings_of
from webapp.queries.restores import refusals_of
from webapp.queries.scope import Scope
from webapp.queries.standings import standings
from webapp.queries.void_rules import Judgement, judge
from webapp.services import archiving, bulk_channel, bulk_fulfil, restores, voids
from webapp.services.actors import Actor
from webapp.services.bulk_verdicts import Terms, Verdict, asked, missing
from webapp.statuses import BulkBucket, Permission, RunKind, VoidBucket

__all__ = ["KINDS", "OF_A_VOID", "BulkKind", "Terms", "Verdict"]

ASKS_PROVIDER = "will ask the provider first"
Operate = Callable[[Collection[int], Terms, Actor, int], list[Verdict]]
Foresee = Callable[[Collection[int], Terms, Scope], list[Verdict]]
AboutEach = Callable[[Collection[int], Scope], list[Verdict]]


@dataclass(frozen=True, kw_only=True)
class BulkKind:
    """One kind. `operate` changes a set in one transaction, `foresee` says beforehand what would come of it.

    Neither asks a provider: shipments that need that are left as they are, and their verdict says so.

    `button` is what the bar says where that is not the verb, `asks` what the preview says of shipments about
    which somebody outside is asked, `undo` the kind that takes back what was done; `can_force` says that those in
    need of confirmation can be forced, `step` how many are changed in one transaction at most.
    """

    run: RunKind
    verb: str
    done: str
    promise: str
    permission: Permission
    operate: Operate
    foresee: Foresee
    takes_reason: bool = False
    button: str = ""
    asks: str = ASKS_PROVIDER
    undo: RunKind | None = None
    can_force: bool = False
    step: int = 50

    def label_of(self, bucket: BulkBucket) -> str:
        return self.done.capitalize() if bucket is BulkBucket.DONE else bucket.label


def _void(ids: Collection[int], terms: Terms, actor: Actor, run_id: int) -> list[Verdict]:
    results = voids.void_locally(ids, reason=terms.reason, actor=actor, force=terms.force, run_id=run_id)
    return [_void_verdict(one.fulfillment_id, Judgement(one.bucket, one.reason)) for one in results]


def _foresee_void(ids: Collection[int], terms: Terms, scope: Scope) -> list[Verdict]:
    found = [_void_verdict(one.fulfillment_id, judge(one, force=terms.force)) for one in standings(ids, scope)]
    troubles = troubles_of([one.fulfillment_id for one in found if one.is_at_provider])
    return [_troubled(one, troubles.get(one.fulfillment_id)) for one in found]


def _troubled(verdict: Verdict, trouble: Trouble | None) -> Verdict:
    """A provider that cannot be asked keeps its shipments from being voided."""
    if trouble is None:
        return verdict
    if trouble.is_lasting:
        return Verdict(verdict.fulfillment_id, BulkBucket.ERRORS, trouble.sentence)
    return replace(verdict, reason=trouble.sentence)


def _void_verdict(fulfillment_id: int, judgement: Judgement) -> Verdict:
    if judgement.bucket is VoidBucket.NEEDS_PROVIDER:
        return Verdict(fulfillment_id, BulkBucket.DONE, judgement.reason, is_at_provider=True)
    return Verdict(fulfillment_id, OF_A_VOID[judgement.bucket], judgement.reason)


OF_A_VOID = {
    VoidBucket.VOIDED: BulkBucket.DONE,
    VoidBucket.NEEDS_CONFIRMATION: BulkBucket.NEEDS_CONFIRMATION,
    VoidBucket.SKIPPED: BulkBucket.SKIPPED,
    VoidBucket.ERRORS: BulkBucket.ERRORS,
}


def _restore(ids: Collection[int], _terms: Terms, actor: Actor, run_id: int) -> list[Verdict]:
    """What is not voided is skipped; what lacks stock or budget is an error, because it may go another time."""
    voided = _which(ids, actor.scope, Fulfillment.voided_at)
    results = restores.restore_locally(ids, actor=actor, run_id=run_id)
    return [
        Verdict(one.fulfillment_id, BulkBucket.DONE)
        if one.is_restored
        else Verdict(one.fulfillment_id, _not_restored(one.fulfillment_id in voided), one.reason)
        for one in results
    ]


def _foresee_restore(ids: Collection[int], _terms: Terms, scope: Scope) -> list[Verdict]:
    reasons, voided = refusals_of(ids, scope), _which(ids, scope, Fulfillment.voided_at)
    return [_restorable(id_, reasons[id_], id_ in voided) if id_ in reasons else missing(id_) for id_ in ids]


def _restorable(fulfillment_id: int, reason: str | None, is_voided: bool) -> Verdict:
    if reason is None:
        return Verdict(fulfillment_id, BulkBucket.DONE)
    return Verdict(fulfillment_id, _not_restored(is_voided), reason)


def _not_restored(was_voided: bool) -> BulkBucket:
    return BulkBucket.ERRORS if was_voided else BulkBucket.SKIPPED


def _archive(ids: Collection[int], _terms: Terms, actor: Actor, run_id: int) -> list[Verdict]:
    results = archiving.archive_many(ids, actor=actor, run_id=run_id)
    return [_archived(one, "It is archived already.") for one in results]


def _unarchive(ids: Collection[int], _terms: Terms, actor: Actor, run_id: int) -> list[Verdict]:
    results = archiving.unarchive_many(ids, actor=actor, run_id=run_id)
    return [_archived(one, "It is not archived.") for one in results]


def _archived(one: archiving.Archived, notice: str) -> Verdict:
    if one.changed:
        return Verdict(one.fulfillment_id, BulkBucket.DONE)
    return Verdict(one.fulfillment_id, BulkBucket.SKIPPED, one.reason or notice)


def _of_providers(refusal: Refusal, promise: str) -> AboutEach:
    """The provider is asked about all but those for which there is a refusal."""

    def verdicts(ids: Collection[int], scope: Scope) -> list[Verdict]:
        found = {one.fulfillment_id: one for one in standings_of(ids, scope)}
        return [_asked(found[id_], refusal, promise) if id_ in found else missing(id_) for id_ in ids]

    return verdicts


def _asked(standing: ProviderStanding, refusal: Refusal, promise: str) -> Verdict:
    return asked(standing.fulfillment_id, refusal(standing), standing.passing_trouble or promise)


def _outside(
    run: RunKind,
    *,
    verb: str,
    done: str,
    promise: str,
    permission: Permission,
    verdicts: AboutEach,
    button: str,
    asks: str = ASKS_PROVIDER,
) -> BulkKind:
    """A kind for which somebody outside is asked about every shipment, see services.bulk_provider."""
    return BulkKind(
        run=run,
        verb=verb,
        done=done,
        promise=promise,
        permission=permission,
        button=button,
        asks=asks,
        operate=lambda ids, _terms, actor, _run_id: verdicts(ids, actor.scope),
        foresee=lambda ids, _terms, scope: verdicts(ids, scope),
    )


def _unless(column: sa.orm.InstrumentedAttribute[Any], *, is_set: bool, notice: str) -> Foresee:
    """Foresees that all are done but those whose column is set, or is not."""

    def foresee(ids: Collection[int], _terms: Terms, scope: Scope) -> list[Verdict]:
        filled = _which(ids, scope, column)
        return [
            Verdict(id_, BulkBucket.SKIPPED, notice)
            if (id_ in filled) is is_set
            else Verdict(id_, BulkBucket.DONE)
            for id_ in ids
        ]

    return foresee


def _which(ids: Collection[int], scope: Scope, column: sa.orm.InstrumentedAttribute[Any]) -> set[int]:
    """Those of the shipments whose column is set."""
    among = Fulfillment.id.in_(sorted(ids))
    return set(db.session.scalars(sa.select(Fulfillment.id).where(among, column.is_not(None), scope.limit())))


KINDS: dict[RunKind, BulkKind] = {
    kind.run: kind
    for kind in (
        BulkKind(
            run=RunKind.BULK_VOID,
            verb="Void",
            done="voided",
            promise="Stock, allocations and budgets come back; each can be restored afterwards.",
            permission=Permission.VOID,
            operate=_void,
            foresee=_foresee_void,
            takes_reason=True,
            undo=RunKind.BULK_RESTORE,
            can_force=True,
        ),
        BulkKind(
            run=RunKind.BULK_RESTORE,
            verb="Restore",
            done="restored",
            promise="Each goes back to the status it had, as long as its stock and its budget are still free.",
            permission=Permission.RESTORE,
            operate=_restore,
            foresee=_foresee_restore,
        ),
        BulkKind(
            run=RunKind.BULK_FULFIL,
            verb="Fulfil",
            button="Fulfil again",
            done="fulfilled again",
            promise="Each becomes the next shipment of its fulfillment order, with its lines and shipping method.",
            permission=Permission.FULFIL,
            operate=bulk_fulfil.fulfil,
            foresee=bulk_fulfil.foresee,
            step=10,  # One after the other, each in some milliseconds: others wait for the locks of all.
        ),
        BulkKind(
            run=RunKind.BULK_ARCHIVE,
            verb="Archive",
            done="archived",
            promise="They are hidden from the default lists. Status and stock stay as they are.",
            permission=Permission.ARCHIVE,
            operate=_archive,
            foresee=_unless(Fulfillment.archived_at, is_set=True, notice="It is archived already."),
            undo=RunKind.BULK_UNARCHIVE,
        ),
        BulkKind(
            run=RunKind.BULK_UNARCHIVE,
            verb="Unarchive",
            done="unarchived",
            promise="They show in the default lists again. Status and stock stay as they are.",
            permission=Permission.ARCHIVE,
            operate=_unarchive,
            foresee=_unless(Fulfillment.archived_at, is_set=False, notice="It is not archived."),
            undo=RunKind.BULK_ARCHIVE,
        ),
        _outside(
            RunKind.BULK_RESYNC_FROM,
            verb="Resync",
            button="Resync from provider",
            done="resynced",
            promise="What the providers say is merged in. Nothing is blanked and no status goes backwards.",
            permission=Permission.RESYNC,
            verdicts=_of_providers(lambda standing: standing.resync_refusal, "It is asked how the order stands."),
        ),
        _outside(
            RunKind.BULK_RESYNC_TO,
            verb="Send the lines of",
            button="Resync to provider",
            done="sent to the provider",
            promise="The lines of each order at its provider become those that stand here.",
            permission=Permission.RESYNC,
            verdicts=_of_providers(lambda standing: standing.update_refusal, "The lines are sent to it."),
        ),
        _outside(
            RunKind.BULK_CANCEL_ORDERS,
            verb="Cancel the provider orders of",
            button="Cancel at provider",
            done="cancelled at the provider",
            promise="The shipments stay as they are here and no stock moves; void them to bring their stock back.",
            permission=Permission.VOID,
            verdicts=_of_providers(lambda standing: standing.cancel_refusal, "Its order there is cancelled."),
        ),
        _outside(
            RunKind.BULK_SUBMIT_TO_CHANNEL,
            verb="Submit to their channels",
            button="Submit to channel",
            done="submitted to the channel",
            promise="The channels hear the tracking numbers, and of voids where they knew of the shipment before.",
            permission=Permission.SUBMIT_TO_CHANNEL,
            verdicts=bulk_channel.submissions,
            asks="will be submitted to the channel",
        ),
        BulkKind(
            run=RunKind.BULK_CLEAR_CHANNEL,
            verb="Clear the channel submission of",
            button="Clear channel submission",
            done="cleared",
            promise="The next sync tells the channels again, of what has shipped with a tracking number.",
            permission=Permission.SUBMIT_TO_CHANNEL,
            operate=bulk_channel.clear,
            foresee=bulk_channel.foresee_clear,
        ),
    )
}
