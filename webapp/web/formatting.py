"""Dates, numbers and money as people read them: the business time zone, the person's locale.

The list shows some five hundred of these on a page, so the parts that Babel formats slowly are kept by day and
by locale, and the rest is plain string work.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol
from flask import Flask, g
from markupsafe import Markup, escape

from webapp.extensions import settings
from webapp.queries import filters
from webapp.queries.filters.tree import Node
from webapp.schema import now
from webapp.web.sessions import current_person

DEFAULT_LOCALE = "en_US"


def install(app: Flask) -> None:
    """Make the formatters filters of every template."""
    app.jinja_env.filters.update(
        when=when,
        exactly=exactly,
        moment=moment,
        count=count,
        amount=amount,
        cents=cents,
        money=money,
        duration=duration,
    )


def locale() -> str:
    """The person's locale; worked out once a request."""
    known: str | None = g.get("locale")
    if known is None:
        person = current_person()
        known = g.locale = person.locale if person else DEFAULT_LOCALE
    return known


def business_zone() -> ZoneInfo:
    return settings().business_time_zone


def today() -> date:
    """The current day in the business time zone; the same all through one request."""
    day: date | None = g.get("today")
    if day is None:
        day = g.today = datetime.now(business_zone()).date()
    return day


def when(instant: datetime | None) -> str:
    """An instant the short way: "today 14:05", "yesterday 09:12", "3 Nov 14:05", "3 Nov 2024"."""
    if instant is None:
        return ""
    return _short(instant.astimezone(business_zone()))


def exactly(instant: datetime | None) -> str:
    """An instant in full, in the business time zone with its offset: for titles and for copying."""
    if instant is None:
        return ""
    return _in_full(instant.astimezone(business_zone()))


def moment(instant: datetime | None, text: str | None = None) -> Markup | str:
    """An instant the short way, or as `text`, with the exact one on hover and for machines; empty for None."""
    if instant is None:
        return ""
    local = instant.astimezone(business_zone())
    words = escape(_short(local) if text is None else text)
    # Markup.format takes as long as all the rest; neither a number nor the name of a time zone is ever markup.
    return Markup(f'<time datetime="{instant.isoformat()}" title="{_in_full(local)}">{words}</time>')  # noqa: S704


def _short(local: datetime) -> str:
    day = local.date()
    current = today()
    words = day_in_words(day, current, locale())
    return words if day.year != current.year else f"{words} {local.hour:02}:{local.minute:02}"


def _in_full(local: datetime) -> str:
    return f"{local:%Y-%m-%d %H:%M:%S %Z (UTC%z)}"


def count(number: int) -> str:
    """A whole number with the locale's thousands mark."""
    return f"{number:,}".replace(",", _symbols(locale())[0]) if abs(number) >= 1000 else str(number)


def amount(value: Decimal | None) -> str:
    """An amount without its currency: two places, more only where they are not zero; empty for None."""
    if value is None:
        return ""
    group, point = _symbols(locale())
    whole, _, places = f"{value:,.4f}".partition(".")
    places = places[:2] if places[2:] == "00" else places
    return f"{whole.replace(',', group)}{point}{places}"


def decimal_mark() -> str:
    """What stands between whole and part in the person's locale."""
    return _symbols(locale())[1]


def cents(value: Decimal) -> Decimal:
    """A total to the cent, half up, as an invoice would say it; unit costs keep their four places."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def money(value: Decimal | None) -> str:
    """An amount with the shop's currency sign; empty for None."""
    if value is None:
        return ""
    return f"{_currency_sign(settings().currency, locale())}{amount(value)}"


def filter_in_words(node: Node) -> str:
    """A condition or a group of a filter as people say it, relative dates with the days they mean now."""
    return filters.describe(node, now=now(), zone=business_zone(), locale=locale())


def duration(span: timedelta) -> str:
    """A span in its largest fitting unit: "42 s", "5 min", "3 h", "2 days"."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h"
    days = seconds // 86400
    return f"{days} day" if days == 1 else f"{days} days"


def ago(instant: datetime) -> str:
    """How long ago an instant was."""
    return f"{duration(datetime.now(UTC) - instant)} ago"


@lru_cache(maxsize=4096)
def day_in_words(day: date, current: date, locale_name: str) -> str:
    """A day as people say it on the day `current`; kept, because Babel takes its time."""
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}
    word = near.get((day - current).days)
    if word:
        return word
    return format_date(day, "d MMM" if day.year == current.year else "d MMM y", locale=locale_name)


@lru_cache(maxsize=64)
def _symbols(locale_name: str) -> tuple[str, str]:
    parsed = Locale.parse(locale_name)
    return get_group_symbol(parsed), get_decimal_symbol(parsed)


@lru_cache(maxsize=64)
def _currency_sign(currency: str, locale_name: str) -> str:
    return get_currency_symbol(currency, locale=Locale.parse(locale_name))
