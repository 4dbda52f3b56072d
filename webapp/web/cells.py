"""How the values of a list row are written, for one locale and one day."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup

from webapp.queries.channel_state import ChannelReport, channel_report
from webapp.queries.listing.attention import findings
from webapp.schema import now
from webapp.statuses import ChannelState, Choice, FulfillmentStatus, FulfillmentType, ProviderOrderState
from webapp.web import formatting
from webapp.web.tracking_links import tracking_url


def _words(choices: type[Choice]) -> dict[str, Markup]:
    """Each value of an enumeration as its label with its tone."""
    return {
        choice.value: Markup('<span class="tone tone-{}">{}</span>').format(choice.tone.value, choice.label)
        for choice in choices
    }


_CHANNEL = _words(ChannelState)
_INSTANT = Markup('<span title="{}">{}{}</span>')
_REASON = Markup("{}<small>{}</small>")


@dataclass(frozen=True)
class Cells:
    """The writers that templates/fulfillments/cells use; the same for all with one locale, on one day."""

    zone: ZoneInfo
    today: date
    locale: str

    status = _words(FulfillmentStatus)
    provider_state = _words(ProviderOrderState)
    type = {choice.value: choice.label for choice in FulfillmentType}
    tracking_url = staticmethod(tracking_url)
    findings = staticmethod(findings)

    def instant(self, instant: datetime | None) -> Markup | str:
        """An instant the short way, with the exact one on hover."""
        if instant is None:
            return ""
        local = instant.astimezone(self.zone)
        day = formatting.day_in_words(local.date(), self.today, self.locale)
        clock = "" if local.year != self.today.year else f" {local:%H:%M}"
        return _INSTANT.format(local.isoformat(" ", "seconds"), day, clock)

    def age(self, since: datetime) -> str:
        """How long something has lasted."""
        return formatting.duration(now() - since)

    def amount(self, value: Decimal | None) -> str:
        return formatting.amount(value)

    def channel(
        self,
        *,
        takes_tracking: bool,
        status: str,
        voided_at: datetime | None,
        tracking_number: str | None,
        submitted_at: datetime | None,
        problem: str | None,
    ) -> Markup:
        """What the sales channel knows, with the reason where there is one."""
        return _reported(
            channel_report(
                takes_tracking=takes_tracking,
                status=status,
                voided_at=voided_at,
                tracking_number=tracking_number,
                submitted_at=submitted_at,
                problem=problem,
            )
        )


def cells_of_this_request() -> Cells:
    return Cells(formatting.business_zone(), formatting.today(), formatting.locale())


@lru_cache(maxsize=256)
def _reported(report: ChannelReport) -> Markup:
    words = _CHANNEL[report.state.value]
    return _REASON.format(words, report.reason) if report.reason else words
