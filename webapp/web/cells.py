"""How the values of a list row are written, for one locale and one day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from webapp.choices import Choice
from webapp.queries.channel_state import ChannelReport, channel_report, obstacle_at, was_long_ago
from webapp.queries.connections import Connections
from webapp.queries.listing.attention import Finding, findings
from webapp.queries.tracking_links import tracking_url
from webapp.schema import now
from webapp.statuses import ChannelState, FulfillmentStatus, FulfillmentType, Permission, ProviderOrderState
from webapp.web import formatting
from webapp.web.next_steps import NextStep, next_steps


def _words(choices: type[Choice]) -> dict[str, Markup]:
    """Each value of an enumeration as its label with its tone."""
    return {
        choice.value: Markup('<span class="tone tone-{}">{}</span>').format(choice.tone.value, choice.label)
        for choice in choices
    }


KEY_MARK = "\x00key\x00"  # Signs that no text of a page has.
"""Stands in kept rows for what the idempotency keys of a page begin with, which is new each time."""
_CHANNEL = _words(ChannelState)
_REASON = Markup("{}<small>{}</small>")


@dataclass(frozen=True)
class Cells:
    """The writers that templates/fulfillments/cells use; the same for all with one locale, on one day.

    `may` is given where a row shows what this person can do about it; `connections` say which channels hear us.
    """

    zone: ZoneInfo
    today: date
    locale: str
    may: frozenset[Permission]
    connections: Connections

    status = _words(FulfillmentStatus)
    provider_state = _words(ProviderOrderState)
    type = {choice.value: choice.label for choice in FulfillmentType}
    key = KEY_MARK
    tracking_url = staticmethod(tracking_url)
    findings = staticmethod(findings)

    def instant(self, instant: datetime | None) -> Markup | str:
        """An instant the short way, with the exact one on hover."""
        if instant is None:
            return ""
        local = instant.astimezone(self.zone)
        day = formatting.day_in_words(local.date(), self.today, self.locale)
        clock = "" if local.year != self.today.year else f" {local:%H:%M}"
        # Markup.format would take most of a row's time; nothing of an instant but its words can be markup.
        exact = local.isoformat(" ", "seconds")
        return Markup(f'<span title="{exact}">{escape(day)}{clock}</span>')  # noqa: S704

    def age(self, since: datetime) -> str:
        """How long something has lasted."""
        return formatting.duration(now() - since)

    def steps(self, found: Iterable[Finding]) -> list[NextStep]:
        """What the person can do about what was found."""
        return next_steps(found, self.may)

    def amount(self, value: Decimal | None) -> str:
        return formatting.amount(value)

    def channel(
        self,
        *,
        channel: str,
        account_id: int | None,
        takes_tracking: bool,
        status: str,
        voided_at: datetime | None,
        tracking_number: str | None,
        submitted_at: datetime | None,
        problem: str | None,
        shipped_at: datetime | None,
        is_owed_correction: bool,
    ) -> Markup:
        """What the sales channel knows, with the reason where there is one."""
        account = self.connections.with_id(account_id)
        kind, is_enabled = (account.kind, account.is_enabled) if account else (None, False)
        return _reported(
            channel_report(
                takes_tracking=takes_tracking,
                status=status,
                voided_at=voided_at,
                tracking_number=tracking_number,
                submitted_at=submitted_at,
                problem=problem,
                obstacle=obstacle_at(channel, kind, is_enabled=is_enabled),
                is_old=not is_owed_correction and was_long_ago(shipped_at, self.today, self.zone),
            )
        )


def cells_of_this_request(may: frozenset[Permission], connections: Connections) -> Cells:
    return Cells(formatting.business_zone(), formatting.today(), formatting.locale(), may, connections)


@lru_cache(maxsize=256)
def _reported(report: ChannelReport) -> Markup:
    words = _CHANNEL[report.state.value]
    return _REASON.format(words, report.reason) if report.reason else words
