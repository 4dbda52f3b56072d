"""Saved views as people meet them: tabs, the dot, saving, sharing, links of colleagues, where one starts."""

import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from tests.statements import statements
from webapp.extensions import db
from webapp.models import SavedView, User
from webapp.queries import filters
from webapp.services.preferences import DEFAULTS

HOSTILE = "<script>alert(1)</script>\" onmouseover='x'"
PACKED = filters.to_text(filters.Group("and", (filters.Condition("status", "is", ("packed",)),)))
_CONDITION = '{"type":"condition","condition":{"column":"colour","operator":"is","value":1.5}}'
BROKEN = '{"conjunction":"and","children":[' + _CONDITION + "]}"


@pytest.fixture
def supervisor(app: Flask, cast: Cast) -> Page:
    return Page(app).sign_in(cast.supervisor)


@pytest.fixture
def viewer(app: Flask, cast: Cast) -> Page:
    return Page(app).sign_in(cast.viewer)


def save_as(page: Page, query: str, name: str = "Late", **fields: Any) -> int:
    """Save the list at this address under a name, through the form; returns the view's id."""
    page.get(f"/views/new?{query}")
    sharing = fields.pop("sharing", "personal")
    page.submit("main form[method=post]", name=name, sharing=sharing, **fields)
    return int(parse_qs(urlsplit(page.response.headers["Location"]).query)["view"][0])


def url_of(page: Page, view_id: int) -> str:
    """The address behind the tab of a view."""
    return str(page.get("/fulfillments?tab=active").one(f"#tab-view-{view_id}")["href"])


def sorted_by_cost(address: str) -> str:
    return address.replace("sort=-id", "sort=cost")


def current_tab(page: Page) -> str:
    (words,) = page.texts(".tabs [aria-current=page]")
    return words


def test_an_ordinary_tab_has_nothing_to_save(make: Factory, viewer: Page) -> None:
    make.shipment()
    for query in ("", "?tab=voided", "?size=25&columns=status&density=compact", "?q=SO-"):
        viewer.get(f"/fulfillments{query}")
        assert not viewer.all("#save-view-as, #save-view, #discard-changes")


@pytest.mark.parametrize("query", [f"filter_groups={PACKED}", "sort=cost", "warehouse={}"])
def test_a_changed_tab_can_be_saved_as_a_view(make: Factory, viewer: Page, query: str) -> None:
    query = query.format(make.shipment().warehouse_id)
    viewer.get(f"/fulfillments?tab=all&{query}")
    assert viewer.texts("#save-view-as") == ["Save as view…"]
    view_id = save_as(viewer, f"tab=all&{query}")
    viewer.follow()
    assert current_tab(viewer) == "Late"
    assert not viewer.all("#save-view-as")
    assert urlsplit(url_of(viewer, view_id)).query.startswith(f"view={view_id}&tab=all&")


def test_a_view_opens_with_all_it_keeps(make: Factory, viewer: Page) -> None:
    shipment = make.shipment()
    query = (
        f"tab=all&warehouse={shipment.warehouse_id}&filter_groups={PACKED}&sort=cost&size=25&columns=cost,status"
    )
    view_id = save_as(viewer, f"{query}&density=compact")
    viewer.get(url_of(viewer, view_id))
    assert viewer.texts("thead th")[1:] == ["Shipment", "Cost", "Status"]
    assert viewer.texts(".pager-sizes [aria-current]") == ["25"]
    assert viewer.all(".data-table.is-compact")
    assert viewer.one("thead [aria-sort]")["aria-sort"] == "ascending"
    assert [words.split(" Remove")[0] for words in viewer.texts(".chip span")] == [
        "Warehouse is Reno, NV",
        "Status is Packed",
    ]


def test_a_changed_view_has_a_dot_with_words_and_can_be_saved_or_discarded(make: Factory, viewer: Page) -> None:
    make.shipment()
    view_id = save_as(viewer, "tab=all")
    address = url_of(viewer, view_id)
    viewer.get(sorted_by_cost(address))
    assert current_tab(viewer) == "Late (changed, not saved)"
    assert viewer.one("#discard-changes")["href"] == address
    assert viewer.texts("#save-view-as") == ["Save as…"]
    viewer.submit("#save-view").follow()
    assert current_tab(viewer) == "Late"
    assert url_of(viewer, view_id) == sorted_by_cost(address)


def test_columns_of_a_view_are_the_views_own(make: Factory, viewer: Page, cast: Cast) -> None:
    make.shipment()
    view_id = save_as(viewer, "tab=all&columns=status&density=compact")
    viewer.get(url_of(viewer, view_id))
    viewer.get(str(viewer.one("#choose-columns")["href"]))
    assert viewer.one("input[name=density][checked]")["value"] == "compact"
    action = str(viewer.one("main form.columns-form")["action"])
    viewer.post(action, {"shown": ["cost"], "size": "25", "density": "comfortable", "action": "save"}).follow()
    assert viewer.texts("thead th")[1:] == ["Shipment", "Cost"]
    assert current_tab(viewer) == "Late (changed, not saved)"
    assert db.session.get(User, cast.viewer.id).preferences == {}


def test_density_is_kept_with_the_person(make: Factory, viewer: Page) -> None:
    make.shipment()
    viewer.post("/fulfillments/columns", {"shown": ["cost"], "density": "compact", "action": "save"}).follow()
    assert viewer.response.request.full_path in {"/fulfillments", "/fulfillments?"}
    assert viewer.all(".data-table.is-compact")
    viewer.get("/fulfillments?density=comfortable")
    assert not viewer.all(".data-table.is-compact")
    viewer.post("/fulfillments/columns", {"shown": ["cost"], "density": "airy"}, status=400)


def test_built_in_tabs_lead_out_of_a_view(make: Factory, viewer: Page) -> None:
    make.shipment()
    view_id = save_as(viewer, f"tab=all&filter_groups={PACKED}&sort=cost&size=25&columns=status")
    viewer.get(f"{url_of(viewer, view_id)}&q=SO-")
    assert [tab["href"] for tab in viewer.all(".tabs a")[:2]] == [
        "/fulfillments?q=SO-",
        "/fulfillments?tab=shipped&q=SO-",
    ]


def test_a_shared_view_is_marked_with_its_owner(make: Factory, supervisor: Page, viewer: Page) -> None:
    view_id = save_as(supervisor, "tab=all", "Everything", sharing="shared")
    viewer.get("/fulfillments")
    tab = viewer.one(f"#tab-view-{view_id}")
    assert tab.get_text() == "Shared by Susan Supervisor: Everything"
    assert tab.select("svg[aria-hidden=true]")
    viewer.get(sorted_by_cost(str(tab["href"])))
    assert not viewer.all("#save-view")
    assert viewer.all("#save-view-as")
    assert viewer.all("#discard-changes")
    viewer.post(f"/views/{view_id}/save?sort=cost", {"version": "1"}, status=404)


def test_a_colleagues_link_shows_their_list_as_it_was(make: Factory, supervisor: Page, viewer: Page) -> None:
    make.shipment()
    view_id = save_as(supervisor, "tab=all&sort=cost&columns=cost,status&size=25", "Their secret plan")
    link = url_of(supervisor, view_id)
    viewer.get(link)
    assert current_tab(viewer) == "Unsaved view"
    assert "secret" not in viewer.text
    assert viewer.texts("thead th")[1:] == ["Shipment", "Cost", "Status"]
    assert viewer.texts("#save-view-as") == ["Save as view…"]
    db.session.execute(sa.update(SavedView).values(state={"tab": "voided"}))
    db.session.commit()
    assert viewer.get(link).texts("thead th")[1:] == ["Shipment", "Cost", "Status"]
    assert current_tab(supervisor.get(link)) == "Their secret plan (changed, not saved)"


def test_a_view_that_never_was_looks_like_one_of_somebody_else(
    make: Factory, supervisor: Page, viewer: Page
) -> None:
    make.shipment()
    view_id = save_as(supervisor, "tab=all")
    theirs = str(viewer.get(f"/fulfillments?view={view_id}&tab=all").one("#results"))
    never = str(viewer.get("/fulfillments?view=987654321&tab=all").one("#results"))
    assert never.replace("987654321", str(view_id)) == theirs


def test_a_name_is_refused_at_its_field(viewer: Page) -> None:
    save_as(viewer, "tab=all")
    for name, words in (
        ("Late", "already"),
        ("  ", "Give the view a name"),
        ("x" * 81, "at most 80"),
        ("La\u202ete", "cannot be seen"),
        ("La\0te", "cannot be seen"),
    ):
        viewer.get("/views/new?tab=all")
        viewer.submit("main form[method=post]", status=422, name=name, sharing="personal")
        assert words in viewer.one("#name-error").get_text()
        assert viewer.one("#name")["aria-invalid"] == "true"


def test_saving_twice_makes_one_view(viewer: Page) -> None:
    key = secrets.token_hex(16)
    first, second = (save_as(viewer, "tab=all", idempotency_key=key) for _ in range(2))
    assert first == second
    assert len(viewer.get("/views").all("tbody tr")) == 1


def test_a_stale_save_says_who_and_when_and_gives_a_choice(make: Factory, viewer: Page) -> None:
    make.shipment()
    view_id = save_as(viewer, "tab=all")
    viewer.post(f"/views/{view_id}/save?tab=voided", {"version": "1"})
    viewer.post(f"/views/{view_id}/save?tab=shipped&q=SO-", {"version": "1"}, status=409)
    assert "Vera Viewer saved this view today" in viewer.text
    assert viewer.texts(".dialog-actions a") == ["Show it as it is now", "Save mine as a new view…"]
    assert "tab=voided" in str(viewer.all(".dialog-actions a")[0]["href"])
    viewer.submit("main form[method=post]").follow()
    assert current_tab(viewer) == "Late"
    assert "tab=shipped" in url_of(viewer, view_id)


def test_a_stale_save_is_a_dialog_for_htmx(viewer: Page) -> None:
    view_id = save_as(viewer, "tab=all")
    viewer.post(f"/views/{view_id}/save?tab=voided", {"version": "1"})
    viewer.post(f"/views/{view_id}/save?tab=shipped", {"version": "1"}, status=409, fragment="dialog")
    assert not viewer.all("header.app-header")
    assert viewer.all("h2#dialog-title")
    viewer.post(f"/views/{view_id}/save?tab=shipped", {"version": "x"}, status=400)


def test_who_may_not_share_is_told_why(viewer: Page, supervisor: Page) -> None:
    viewer.get("/views/new?tab=all")
    assert viewer.one("input[value=shared]").has_attr("disabled")
    assert "Only supervisors and administrators" in viewer.one("#sharing-help").get_text()
    viewer.post("/views/new?tab=all", {"name": "X", "sharing": "shared", "idempotency_key": "k" * 16}, status=403)
    assert not supervisor.get("/views/new?tab=all").one("input[value=shared]").has_attr("disabled")


def test_one_looks_after_ones_views(viewer: Page) -> None:
    assert "No saved views yet" in viewer.get("/views").text
    view_id = save_as(viewer, "tab=all")
    viewer.get("/views")
    viewer.submit("form[action$=duplicate]").follow()
    assert viewer.texts("tbody .row-link") == ["Late", "Late copy"]
    viewer.get(f"/views/{view_id}/edit")
    viewer.submit("main form[method=post]", name="Later", sharing="personal").follow()
    assert viewer.texts("tbody .row-link") == ["Late copy", "Later"]
    viewer.get(f"/views/{view_id}/delete")
    assert viewer.one("[autofocus]").get_text() == "Keep it"
    viewer.submit("main form[method=post]").follow()
    assert viewer.texts("tbody .row-link") == ["Late copy"]


def test_a_stale_rename_keeps_what_was_typed(viewer: Page) -> None:
    view_id = save_as(viewer, "tab=all")
    body = {"name": "Mine", "sharing": "personal", "version": "1"}
    viewer.post(f"/views/{view_id}/edit", body | {"name": "Other"})
    viewer.post(f"/views/{view_id}/edit", body, status=409)
    assert "it is called “Other”" in viewer.text
    assert viewer.one("#name")["value"] == "Mine"
    viewer.submit("main form[method=post]", sharing="personal")
    assert viewer.get("/views").texts("tbody .row-link") == ["Mine"]


def test_a_name_in_use_is_refused_when_renaming(viewer: Page) -> None:
    save_as(viewer, "tab=all")
    view_id = save_as(viewer, "tab=all", "Other")
    viewer.get(f"/views/{view_id}/edit")
    viewer.submit("main form[method=post]", status=422, name="Late", sharing="personal")
    assert "already" in viewer.one("#name-error").get_text()


def test_somebody_elses_views_are_out_of_reach(viewer: Page, supervisor: Page) -> None:
    personal = save_as(supervisor, "tab=all")
    shared = save_as(supervisor, "tab=all", "Shared", sharing="shared")
    for path in ("edit", "delete"):
        viewer.get(f"/views/{personal}/{path}", status=404)
        viewer.post(f"/views/{personal}/{path}", {"name": "X", "sharing": "personal", "version": "1"}, status=404)
    viewer.post(f"/views/{personal}/duplicate", {"idempotency_key": "k" * 16}, status=404)
    viewer.post("/views/start", {"view": str(personal)}, status=404)
    viewer.get(f"/views/{shared}/edit", status=404)
    viewer.post(f"/views/{shared}/delete", {}, status=403)
    viewer.get("/views")
    assert viewer.texts("tbody .row-link") == ["Shared"]
    assert not viewer.all("tbody a[href$=edit], tbody a[href$=delete]")


def test_one_starts_with_ones_default(make: Factory, viewer: Page) -> None:
    make.shipment()
    view_id = save_as(viewer, "tab=all&sort=cost")
    viewer.get("/views")
    viewer.submit("form[action$=start]")
    for address in ("/", "/fulfillments"):
        viewer.get(address, status=303)
        start = viewer.response.headers["Location"]
        assert start == url_of(viewer, view_id)
    viewer.get(start)
    assert viewer.one("#tab-1")["href"] == "/fulfillments?tab=active"
    viewer.get("/fulfillments?tab=active")
    assert current_tab(viewer) == "Active"
    viewer.get("/fulfillments?sort=cost")
    assert current_tab(viewer) == "Active"
    viewer.get("/views")
    viewer.submit("form[action$=start]")
    viewer.get("/fulfillments")


def test_no_link_of_the_ordinary_list_leads_to_the_default_by_accident(make: Factory, viewer: Page) -> None:
    make.shipment(warehouse="Louisville, KY")
    make.shipment()
    view_id = save_as(viewer, "tab=all")
    viewer.post("/views/start", {"view": str(view_id)})
    for query in (
        "tab=active",
        "tab=shipped",
        f"filter_groups={PACKED}&q=SO-",
        "sort=cost",
        "q=nothing",
        "builder=1",
    ):
        viewer.get(f"/fulfillments?{query}")
        assert not viewer.all('#results a[href="/fulfillments"]'), query
    viewer.get("/fulfillments?tab=active")
    action = str(viewer.get(str(viewer.one("#choose-columns")["href"])).one("main form.columns-form")["action"])
    viewer.post(action, {"shown": ["cost"], "action": "save"}).follow()
    assert current_tab(viewer) == "Active"


def test_a_role_starts_with_what_an_administrator_says(
    app: Flask, make: Factory, cast: Cast, supervisor: Page, viewer: Page
) -> None:
    make.shipment()
    admin = Page(app).sign_in(cast.admin)
    view_id = save_as(supervisor, "tab=all", "Everything", sharing="shared")
    admin.get("/views")
    assert "The ordinary list" in admin.text
    admin.post("/views/role-start", {"role": "viewer", "view": str(view_id)})
    assert admin.get("/views").one("#start-viewer option[selected]").get_text() == "Everything"
    viewer.get("/fulfillments", status=303)
    supervisor.get("/fulfillments")
    supervisor.post(f"/views/{view_id}/edit", {"name": "Everything", "sharing": "personal", "version": "1"})
    viewer.get("/fulfillments")
    supervisor.get("/views")
    assert "What each role starts with" not in supervisor.text
    admin.post("/views/role-start", {"role": "king", "view": ""}, status=400)
    admin.post("/views/role-start", {"role": "viewer", "view": "x"}, status=400)


def test_a_broken_filter_stays_broken_in_a_view(make: Factory, viewer: Page) -> None:
    make.shipment()
    view_id = save_as(viewer, f"tab=all&filter_groups={BROKEN}")
    viewer.get(url_of(viewer, view_id), status=400)
    assert viewer.all(".chip.is-broken")
    assert current_tab(viewer) == "Late"
    assert not viewer.all(".row-link")


def test_a_filter_no_database_keeps_is_refused_in_words(viewer: Page) -> None:
    query = "tab=all&filter_groups=" + BROKEN.replace("colour", r"col\u0000our")
    body = {"name": "X", "sharing": "personal", "idempotency_key": "k" * 16}
    viewer.post(f"/views/new?{query}", body, status=400)
    assert "characters that cannot be kept" in viewer.text
    query = "tab=all&filter_groups=" + BROKEN.replace("colour", r"col\\u0000our")
    viewer.post(f"/views/new?{query}", body)


def test_columns_that_are_gone_are_left_out_and_named(make: Factory, viewer: Page) -> None:
    make.shipment()
    view_id = save_as(viewer, "tab=all&columns=status,cost")
    kept = db.session.scalar(sa.select(SavedView.state))
    db.session.execute(sa.update(SavedView).values(state=kept | {"columns": ["status", "<b>margin</b>", "cost"]}))
    db.session.commit()
    viewer.get(url_of(viewer, view_id))
    assert viewer.texts("thead th")[1:] == ["Shipment", "Status", "Cost"]
    assert "Left out: <b>margin</b>." in viewer.text
    assert current_tab(viewer) == "Late"


def test_a_view_for_a_warehouse_out_of_sight_shows_nothing_wider(
    app: Flask, make: Factory, cast: Cast, supervisor: Page
) -> None:
    mine, other = make.shipment(), make.shipment(warehouse="Louisville, KY")
    query = f"tab=all&warehouse={mine.warehouse_id},{other.warehouse_id}"
    view_id = save_as(supervisor, query, "Both", sharing="shared")
    rita = Page(app).sign_in(cast.limited_to(mine.warehouse_id))
    rita.post("/views/start", {"view": str(view_id)})
    rita.get("/fulfillments", status=303)
    rita.get(rita.response.headers["Location"], status=400)
    assert "This view asks for a warehouse you do not see" in rita.text
    assert "Louisville" not in rita.text
    assert not rita.all(".row-link")
    rita.get(str(rita.one(".list-main .btn-primary")["href"]))
    assert rita.texts(".row-link") == [mine.fulfillment_number]
    assert "(changed, not saved)" in current_tab(rita)
    rita.get(f"/fulfillments?view={view_id}&warehouse={other.warehouse_id}", status=422, fragment="results")


def test_hostile_names_stay_text(make: Factory, supervisor: Page, viewer: Page) -> None:
    make.shipment()
    view_id = save_as(supervisor, "tab=all", HOSTILE, sharing="shared")
    for page in (supervisor, viewer):
        for address in (
            "/fulfillments",
            "/views",
            f"/views/{view_id}/delete",
            sorted_by_cost(url_of(page, view_id)),
        ):
            html = page.get(address).response.get_data(as_text=True)
            assert "<script>alert" not in html
            assert "onmouseover='" not in html


def test_fifty_views_cost_one_statement(make: Factory, viewer: Page, cast: Cast) -> None:
    make.shipment()
    viewer.get("/fulfillments?tab=all")
    with statements() as none:
        viewer.get("/fulfillments?tab=all")
    state = db.session.get(SavedView, save_as(viewer, f"tab=all&filter_groups={PACKED}")).state
    db.session.add_all(SavedView(owner_id=cast.viewer.id, name=f"View {n}", state=state) for n in range(49))
    db.session.commit()
    with statements() as fifty:
        viewer.get("/fulfillments?tab=all")
    assert len(viewer.all(".tabs a")) == 6 + 50
    assert len(fifty) == len(none) <= 5, fifty
    assert len(fifty.touching("saved_views")) == 1
    assert len(viewer.get("/views").all("tbody tr")) == 50


def test_the_defaults_are_comfortable() -> None:
    assert DEFAULTS.density == "comfortable"
