"""What the sales channel knows of a shipment: one rule for the list, the shipment page and the sync."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.providers.registry import channel_kinds
from webapp.statuses import SHIPPED_STATUSES, ChannelState

DAYS_TOLD = 14
"""Nobody wants to hear of a parcel that came long ago: of what was shipped before a person tells, or nobody."""
_SHIPPED = frozenset(status.value for status in SHIPPED_STATUSES)


@dataclass(frozen=True)
class ChannelReport:
    """The state, and the reason where the state alone does not say it."""

    state: ChannelState
    reason: str = ""


_NO_CHANNEL = ChannelReport(ChannelState.NOT_APPLICABLE, "takes no tracking")
_SENT = ChannelReport(ChannelState.SENT)
_NOT_SHIPPED = ChannelReport(ChannelState.NOT_DUE, "not shipped yet")
_VOIDED = ChannelReport(ChannelState.NOT_DUE, "voided")
_NO_TRACKING = ChannelReport(ChannelState.NOT_DUE, "no tracking yet")
_DUE = ChannelReport(ChannelState.DUE)
_TOO_LATE = f"shipped more than {DAYS_TOLD} days ago, so only by hand"


def channel_report(
    *,
    takes_tracking: bool,
    status: str,
    voided_at: datetime | None,
    tracking_number: str | None,
    submitted_at: datetime | None,
    problem: str | None,
    obstacle: str,
    is_old: bool,
) -> ChannelReport:
    """The channel state of one shipment; a channel that was told stays told until the submission is cleared.

    `obstacle` is why the channel cannot be told of anything, see `obstacle_at`; `is_old` as `was_long_ago` says.
    """
    if submitted_at is not None:
        # A correction, or the word of a void, that the channel did not take.
        return ChannelReport(ChannelState.FAILED, problem) if problem else _SENT
    if not takes_tracking:
        return _NO_CHANNEL
    if voided_at is not None:
        return _VOIDED
    if problem:
        return ChannelReport(ChannelState.FAILED, problem)
    if status not in _SHIPPED:
        return _NOT_SHIPPED
    return _owed(obstacle or (_TOO_LATE if is_old else "")) if tracking_number else _NO_TRACKING


def _owed(obstacle: str) -> ChannelReport:
    return ChannelReport(ChannelState.NOT_TOLD, obstacle) if obstacle else _DUE


def was_long_ago(shipped_at: datetime | None, today: date, zone: ZoneInfo) -> bool:
    """Whether the sync leaves a shipment that was shipped then to people."""
    return shipped_at is not None and shipped_at.astimezone(zone).date() < _first_day(today)


def told_since(moment: datetime, zone: ZoneInfo) -> datetime:
    """Since when the sync tells of what was shipped: the beginning of a day where the business is."""
    return datetime.combine(_first_day(moment.astimezone(zone).date()), time(), zone)


def _first_day(today: date) -> date:
    return today - timedelta(days=DAYS_TOLD)


def obstacle_at(channel: str, account_kind: str | None, *, is_enabled: bool) -> str:
    """Why this channel cannot be told of any shipment; empty when it can: it has an account that speaks to it."""
    if account_kind is None:
        return f"no account for {channel}"
    if account_kind not in channel_kinds():
        return f"the account for {channel} is no sales channel's"
    return "" if is_enabled else f"the account for {channel} is switched off"
