"""Whatever stands in the address or in the builder's form: an answer with a reason, no crash and no leak.

`FILTER_FUZZ` sets how many requests each test makes over each database.
"""

import base64
import json
import os
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from tests.queries.filters.trees import trees
from webapp.queries.filters.catalogue import COLUMNS_BY_KEY
from webapp.queries.filters.columns import Type
from webapp.queries.filters.operators import OPERATORS

ALLOWED = {200, 400, 422}
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
HALVES_TOO = st.text(st.characters(), max_size=40)  # JSON can hold halves of characters, a query string cannot.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HALVES_TOO,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HALVES_TOO, inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from([*COLUMNS_BY_KEY, "nothing", ""])
OPERATOR_NAMES = st.sampled_from([*OPERATORS[Type.TEXT], *OPERATORS[Type.DATETIME], "odd", ""])
NEARLY = st.recursive(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["condition", "group", None, 3]),
            "condition": st.fixed_dictionaries({"column": NAMES, "operator": OPERATOR_NAMES, "value": VALUES}),
        }
    ),
    lambda inner: st.fixed_dictionaries(
        {
            "type": st.just("group"),
            "group": st.fixed_dictionaries(
                {
                    "conjunction": st.sampled_from(["and", "or", "AND", None]),
                    "children": st.lists(inner, max_size=3),
                }
            ),
        }
    ),
    max_leaves=10,
)
ROOTS = st.fixed_dictionaries(
    {"conjunction": st.sampled_from(["and", "or"]), "children": st.lists(NEARLY, max_size=4)}
)
hostile = settings(
    max_examples=int(os.environ.get("FILTER_FUZZ", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def limited(make: Factory, cast: Cast, page: Page) -> Page:
    """Someone who sees one warehouse, beside another that is full of what they must not see."""
    mine = make.warehouse("Mine")
    make.shipment(order=make.order(order_number="SEEN"), warehouse="Mine")
    for number in range(3):
        make.shipment(order=make.order(order_number=f"HIDDEN{number}"), warehouse="Other")
    return page.sign_in(cast.limited_to(mine.id))


def answers(page: Page, query: str) -> None:
    """List and builder come with an allowed status, say why they refuse, and show nothing out of sight."""
    response = page._send(page.client.get, f"/fulfillments?counts=1&builder=1&{query}")
    text = response.get_data(as_text=True)
    assert response.status_code in ALLOWED, (response.status_code, query)
    assert "HIDDEN" not in text or "HIDDEN" in query
    assert text.count('class="row-link"') <= 1
    if response.status_code != 200:
        assert "Allowed" in text or "alert" in text


@hostile
@example("=")
@example("e30")
@given(text=TEXTS)
def test_any_text_for_a_tree(limited: Page, text: str) -> None:
    answers(limited, urlencode({"filter_groups": text}))


@hostile
@given(data=st.binary(max_size=60))
def test_the_base64_of_anything(limited: Page, data: bytes) -> None:
    answers(limited, urlencode({"filter_groups": base64.b64encode(data).decode()}))


@hostile
@example(tree={"conjunction": "\ud83d", "children": [{"\ud83d": "\ud83d"}]})
@given(tree=ROOTS | VALUES)
def test_trees_that_are_nearly_right(limited: Page, tree: Any) -> None:
    answers(limited, urlencode({"filter_groups": base64.b64encode(json.dumps(tree).encode()).decode()}))


@hostile
@given(tree=trees())
def test_trees_that_are_right_are_run(limited: Page, tree: dict[str, Any]) -> None:
    response = limited._send(
        limited.client.get, f"/fulfillments?counts=1&{urlencode({'filter_groups': json.dumps(tree)})}"
    )
    assert response.status_code == 200
    assert "HIDDEN0.1" not in response.get_data(as_text=True) or "HIDDEN" in json.dumps(tree)


@hostile
@given(
    name=TEXTS | NAMES, operator=TEXTS | OPERATOR_NAMES, value=TEXTS | st.sampled_from(["1", "packed", "[1]", "["])
)
def test_any_flat_parameter(limited: Page, name: str, operator: str, value: str) -> None:
    answers(limited, f"{quote(f'filter[{name}.{operator}]')}={quote(value)}")


FIELDS = st.dictionaries(
    st.builds(
        "{}-{}".format,
        st.sampled_from(["column", "operator", "value", "more", "off", "was", "conjunction", "raw", "odd"]),
        st.sampled_from(["0", "1", "0.0", "0.1", "1.0.0", "2", "", "x", "-1", "99999", "0.0.0.0.0.0.0"]),
    ),
    TEXTS
    | NAMES
    | OPERATOR_NAMES
    | st.sampled_from(["and", "or", "{}", "[]", "null", '{"type": "group", "group": {}}'])
    | (NEARLY | VALUES).map(json.dumps),
    max_size=12,
)
DEEDS = st.builds(
    "{}:{}".format,
    st.sampled_from(["add", "group", "remove", "duplicate", "switch", "unvalue", "typed", "show", "clear", "odd"]),
    st.sampled_from(["", "0", "1", "0.0", "0:0", "0:9", "x", "0.0.0.0", "-1"]),
)


@hostile
@example(fields={"raw-0": "[]"}, do="show", text="")
@example(fields={"raw-0": '{"type": []}'}, do="refresh", text="")
@example(fields={"raw-0": '{"type": "group", "group": {"conjunction": []}}'}, do="show", text="")
@example(
    fields={"raw-0": '{"type": "condition", "condition": {"column": [], "operator": {}}}'}, do="show", text=""
)
@given(fields=FIELDS, do=DEEDS | st.just("show"), text=TEXTS)
def test_any_form_sent_to_the_builder(limited: Page, fields: dict[str, str], do: str, text: str) -> None:
    data = {"csrf_token": token_of(limited), "do": do, "typed": text, "typed_was": "", **fields}
    response = limited._send(limited.client.post, "/fulfillments/filter", data=data)
    assert response.status_code in {*ALLOWED, 303}, response.get_data(as_text=True)[:2000]
    counted = limited._send(limited.client.post, "/fulfillments/filter/count", data=data)
    assert counted.status_code in ALLOWED


def token_of(page: Page) -> str:
    """Kept for the session: making one takes longer than the request it protects."""
    if not hasattr(page, "kept_token"):
        page.kept_token = page.csrf_token()  # type: ignore[attr-defined]
    return str(page.kept_token)
