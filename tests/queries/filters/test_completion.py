"""What is offered while a filter is typed, and that everything offered makes sense."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.queries.filters import typed
from webapp.queries.filters.catalogue import COLUMNS
from webapp.queries.filters.columns import Column
from webapp.queries.filters.completion import MOST_CHOICES, Completion, Names, complete

ZONE = ZoneInfo("America/Los_Angeles")
NAMES = {
    "warehouse": ["Louisville, KY", "Reno, NV"],
    "store": ["Northwind", 'The "Best"', "empty"],
    "sales_order_tags": ["rush", "fragile goods"],
}


def names(column: str) -> Sequence[str]:
    return NAMES.get(column, [])


def at_caret(marked: str) -> Completion:
    """What is offered where the bar stands."""
    at = marked.index("|")
    return complete(marked.replace("|", ""), at, names)


def offered(marked: str) -> list[str]:
    return [choice.inserted for choice in at_caret(marked).choices]


def picked(marked: str, number: int = 0) -> str:
    """The text once a choice is taken."""
    text, found = marked.replace("|", ""), at_caret(marked)
    return text[: found.start] + found.choices[number].inserted + text[found.end :]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("sta|", ["status:", "provider_state:"]),
        ("STA|", ["status:", "provider_state:"]),
        ("-sta|", ["status:", "provider_state:"]),
        ("~-sta|", ["status:", "provider_state:"]),
        ("(sta|", ["status:", "provider_state:"]),
        ("sku:A-1 OR (~sta|)", ["status:", "provider_state:"]),
        ("needs|", ["attention:"]),
        ("fulfilled_s|", ["method_used:"]),
        ("nothing_has_this|", []),
        ("sku:A OR|", []),
        ('"sta|', []),
        ("status|:packed", ["status:"]),
        ("status:pa|", ["packed"]),
        ("status:PACK|", ["packed"]),
        ("status:picked,pa|", ["packed"]),
        ("status:shipped|", ["fulfilled", "fulfilled_awaiting_info"]),
        ("-status:em|", ["empty"]),
        ("status:picked,em|", []),
        ("status:packed|", []),
        ("status:>pa|", []),
        ("voided:|", ["yes", "no"]),
        ("voided:yes,|", []),
        ("cost:|", ["empty"]),
        ("cost:5|", []),
        ("unknown:|", []),
        ("created:to|", ["today", "tomorrow"]),
        ("created:past_3|", ["past_3_days"]),
        ("created:12|", ["12_days_ago", "12_days_from_now", "past_12_days", "next_12_days"]),
        ("-created:|", ["empty"]),
        ("created:>|", []),
        ("warehouse:|", ['"Louisville, KY"', '"Reno, NV"', "empty"]),
        ("warehouse:nv|", ['"Reno, NV"']),
        ('warehouse:"Reno, N|', ['"Reno, NV"']),
        ('warehouse:="Reno, NV",lou|', ['"Louisville, KY"']),
        ("store:best|", [r'"The \"Best\""']),
        ("store:emp|", ['"empty"', "empty"]),
        ("tag:goods|", ['"fragile goods"']),
    ],
)
def test_it_offers_what_may_stand_there(marked: str, expected: list[str]) -> None:
    assert offered(marked) == expected


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("sta|", "status:"),
        ("sta|tus:packed", "status:packed"),
        ("~-st|:x", "~-status:x"),
        ("sku:A status:pa|x sku:B", "sku:A status:packed sku:B"),
        ("status:picked,pa|,fulfilled", "status:picked,packed,fulfilled"),
        ('warehouse:"Re|no" sku:A', 'warehouse:"Reno, NV" sku:A'),
        ('warehouse:"Re| customer:"Rita"', 'warehouse:"Reno, NV" customer:"Rita"'),
        ('(warehouse:"Lou|")', '(warehouse:"Louisville, KY")'),
        # Several texts mean nothing without the sign, so it comes with the second.
        ("store:Northwind,the|", r'store:=Northwind,"The \"Best\""'),
    ],
)
def test_a_choice_takes_the_place_of_what_was_begun(marked: str, expected: str) -> None:
    assert picked(marked) == expected


def test_an_empty_text_offers_the_first_columns_with_their_names() -> None:
    found = complete("", 0, names)
    assert len(found.choices) == MOST_CHOICES
    assert [(choice.inserted, choice.hint) for choice in found.choices][:2] == [
        ("id:", "Shipment ID"),
        ("number:", "Shipment number"),
    ]


def test_names_are_only_asked_for_where_they_can_stand() -> None:
    asked: list[str] = []

    def noted(column: str) -> Sequence[str]:
        asked.append(column)
        return []

    for text in ("", "sta", "status:", "created:", "cost:"):
        complete(text, len(text), noted)
    assert not asked
    complete("store:", 6, noted)
    assert asked == ["store"]


_LIKELY = st.lists(
    st.sampled_from(["status", "store", "created", "voided", "OR", "a", "5", *':=">,-~()*. \\'])
).map("".join)


@given(text=st.one_of(st.text(), _LIKELY), share=st.floats(0, 1))
def test_any_text_at_any_place_is_answered(text: str, share: float) -> None:
    at = round(share * len(text))
    found = complete(text, at, names)
    assert 0 <= found.start <= found.end <= len(text)
    assert at <= found.end
    assert len(found.choices) <= MOST_CHOICES
    assert len({choice.inserted for choice in found.choices}) == len(found.choices)


@pytest.mark.parametrize("before", ["", "~", "-", "~-", "status:packed ", "sku:A OR ", "(", "-store:empty ("])
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_whatever_is_offered_can_be_read(before: str, column: Column) -> None:
    word = column.word
    words = [choice.inserted for choice in complete(before + word, len(before + word), names).choices]
    assert words[0] == f"{word}:"
    _all_can_be_read(f"{before}{word}:", names)


@given(name=st.text(min_size=1, max_size=1200), sign=st.sampled_from(["", "=", "x,", "=x,"]))
def test_any_name_can_be_read_once_it_is_taken(name: str, sign: str) -> None:
    _all_can_be_read(f"store:{sign}", lambda _column: [name])


def _all_can_be_read(text: str, some_names: Names) -> None:
    found = complete(text, len(text), some_names)
    for choice in found.choices:
        whole = text[: found.start] + choice.inserted
        typed.parse(whole + ")" * whole.split('"')[0].count("("), zone=ZONE)
