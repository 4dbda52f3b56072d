"""The words offered while a filter is typed, as the list below its text box."""

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page


def test_the_words_come_as_options_with_their_place(make: Factory, page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/fulfillments/filter/words?text=-status:pac&at=11")
    (option,) = page.all("[role=listbox] > [role=option]")
    assert option["id"] == "typed-option-1"
    assert [option[name] for name in ("data-insert", "data-start", "data-end")] == ["packed", "8", "11"]
    assert page.texts("[role=option]") == ["packed Packed"]


def test_names_are_those_of_warehouses_the_person_sees(make: Factory, page: Page, cast: Cast) -> None:
    make.warehouse("Louisville, KY")
    page.sign_in(cast.limited_to(make.warehouse("Reno, NV").id))
    page.get("/fulfillments/filter/words?text=warehouse:&at=10")
    assert [option["data-insert"] for option in page.all("[role=option]")] == ['"Reno, NV"', "empty"]


def test_at_most_twelve_are_offered_and_none_is_no_list(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/fulfillments/filter/words")
    assert len(page.all("[role=option]")) == 12
    page.get("/fulfillments/filter/words?text=nonsense&at=8")
    assert not page.response.get_data(as_text=True).strip()


@pytest.mark.parametrize(
    "query", ["text=a&at=2", "text=a&at=-1", "text=a&at=x", "text=a&at=", "text=a&at=٣", "at=1"]
)
def test_a_place_outside_the_text_is_refused(page: Page, cast: Cast, query: str) -> None:
    page.sign_in(cast.viewer).get(f"/fulfillments/filter/words?{query}", status=400)
    assert "There is no character" in page.text


def test_a_text_that_is_too_long_is_refused(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get(f"/fulfillments/filter/words?text={'a' * 10_001}&at=0", status=400)
    assert "longer than 10,000 characters" in page.text
