"""The pages of a provider account: its dialogs, its test, and that no credential ever comes back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.impostor import impersonating
from tests.page import Page
from webapp.extensions import db
from webapp.models import ProviderAccount, ProviderAccountChange, ProviderExchange
from webapp.providers.registry import account_kinds
from webapp.sandbox import SandboxControl, running
from webapp.schema import now
from webapp.services.credentials import decrypt
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS, PRACTICE_SETTINGS
from webapp.statuses import Role

GOOD = PRACTICE_CREDENTIALS["shipstation"]
FILLED = {f"credential_{name}": value for name, value in GOOD.items()} | {"name": "Reno"}


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[SandboxControl]:
    with SandboxControl(sandbox_url) as control:
        control.reset()
        yield control


@pytest.fixture
def admin(page: Page, cast: Cast) -> Page:
    return page.sign_in(cast.admin)


def account_at(make: Factory, base_url: str, **values: Any) -> ProviderAccount:
    return make.provider_account(**({"name": "Reno", "base_url": base_url, "credentials": GOOD} | values))


def counted(table: Any) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_an_account_is_added_by_hand(admin: Page) -> None:
    admin.get("/providers")
    admin.get(str(admin.one("#add-account")["href"]))
    assert admin.texts("#account-kinds li") == [kind.label for kind in account_kinds()]
    admin.get("/providers/new/shipstation")
    assert admin.one("#base_url")["value"].endswith("/shipstation"), (
        "in practice the sandbox's address is proposed"
    )
    admin.submit("#account-form", **FILLED, setting_store_id="12").follow()
    assert "Added. Test the connection" in admin.text
    assert admin.texts("#account-facts dd")[1:] == ["Stored", "Stored", "12"]
    [account] = db.session.scalars(sa.select(ProviderAccount))
    assert (account.kind, decrypt(account.credentials), account.settings) == (
        "shipstation",
        GOOD,
        {"store_id": "12"},
    )


@pytest.mark.parametrize("kind", [kind.kind for kind in account_kinds()])
def test_each_kind_has_its_form(kind: str, admin: Page) -> None:
    admin.get(f"/providers/new/{kind}", fragment="dialog")
    form = admin.one("#account-form")
    assert {f"credential_{name}" for name in PRACTICE_CREDENTIALS[kind]} <= {
        field.get("name") for field in form.select("input[type=password]")
    }
    asked = {f"setting_{name}" for name in PRACTICE_SETTINGS.get(kind, {})}
    assert asked <= {field.get("name") for field in form.select("[name^=setting_]")}


def test_what_was_typed_stays_but_no_credential(admin: Page) -> None:
    admin.get("/providers/new/shipstation")
    admin.submit("#account-form", status=422, **FILLED | {"name": " "}, setting_store_id="no number")
    assert admin.texts(".field-error") == ["Give the account a name.", "A store's id is a number."]
    assert admin.one("#setting_store_id")["value"] == "no number"
    assert admin.one("#account-settings").has_attr("open")
    assert "type it once more" in admin.text
    html = admin.response.get_data(as_text=True)
    assert [secret for secret in GOOD.values() if secret in html] == []
    assert counted(ProviderAccount) == 0


def test_what_the_service_refuses_stands_at_its_field(admin: Page) -> None:
    admin.get("/providers/new/shipstation")
    wrong = FILLED | {"base_url": "https://10.1.2.3", "credential_api_secret": ""}
    admin.submit("#account-form", status=422, **wrong)
    assert "10.1.2.3 leads to 10.1.2.3, which is not an address on the internet" in admin.text
    assert admin.one("#base_url")["aria-invalid"] == "true"
    admin.submit("#account-form", status=422, **wrong | {"base_url": "http://127.0.0.1:9"})
    assert admin.texts(".field-error") == ["This is needed, so enter it."]


def test_a_double_click_adds_one_account(admin: Page) -> None:
    admin.get("/providers/new/shipstation")
    form = admin.one("#account-form")
    key = {"idempotency_key": str(form.select_one("[name=idempotency_key]")["value"])}
    body = FILLED | {"base_url": "http://127.0.0.1:9"} | key
    places = [admin.post("/providers/new/shipstation", body).response.headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    assert (counted(ProviderAccount), counted(ProviderAccountChange)) == (1, 1)


def test_editing_keeps_what_is_left_empty(admin: Page, make: Factory) -> None:
    account = account_at(make, "http://127.0.0.1:9", settings={"polls_a_minute": 3})
    admin.get(f"/providers/{account.id}/edit")
    assert not admin.one("#credential_api_key").get("value")
    assert "One is stored. Leave this empty to keep it" in admin.text
    admin.submit("#account-form", name="Sparks", credential_api_secret="another").follow()
    db.session.refresh(account)
    assert (account.name, account.settings, account.version) == ("Sparks", {"polls_a_minute": 3}, 2)
    assert decrypt(account.credentials) == GOOD | {"api_secret": "another"}
    assert "API secret stored → replaced Name Reno → Sparks" in admin.one("#account-changes").get_text(
        " ", strip=True
    )


def test_a_stale_tab_is_told_who_changed_what(page: Page, admin: Page, cast: Cast, make: Factory) -> None:
    account = account_at(make, "http://127.0.0.1:9")
    address = f"/providers/{account.id}/edit"
    other = Page(page.app).sign_in(cast.admin).get(address)
    admin.get(address).submit("#account-form", name="Sparks")
    other.submit("#account-form", status=409, name="Fernley")
    assert "Name Reno → Sparks" in other.text
    assert cast.admin.display_name in other.text
    assert other.one("#name")["value"] == "Fernley"
    other.submit("#account-form").follow()
    assert other.texts("h1") == ["Fernley"]


def test_a_form_without_a_version_is_refused(admin: Page, make: Factory) -> None:
    account = account_at(make, "http://127.0.0.1:9")
    admin.post(f"/providers/{account.id}/edit", {"name": "A", "base_url": account.base_url}, status=400)


def test_switching_off_says_what_it_means_and_comes_back(admin: Page, make: Factory) -> None:
    account = account_at(make, "http://127.0.0.1:9")
    make.shipment(account=account)
    admin.get(f"/providers/{account.id}/switch-off")
    assert "1 open shipment is with it now" in admin.text
    admin.submit("main form").follow()
    assert "State Switched off" in admin.text
    admin.submit("#account-actions form").follow()
    assert "State Not used yet" in admin.text


@pytest.mark.parametrize("kind", [kind.kind for kind in account_kinds()])
def test_a_connection_that_works_says_so_for_every_kind(
    kind: str, admin: Page, make: Factory, sandbox: SandboxControl, sandbox_url: str
) -> None:
    assert sandbox
    account = make.provider_account(
        kind, base_url=f"{sandbox_url}/{kind}", credentials=PRACTICE_CREDENTIALS[kind],
        settings=PRACTICE_SETTINGS.get(kind, {}), is_enabled=False, consecutive_failures=6,
        circuit_open_until=now() + timedelta(minutes=5),
    )  # fmt: skip
    admin.post(f"/providers/{account.id}/test", {}, status=200, fragment="connection")
    assert "The connection works" in admin.one("#connection-finding").text
    db.session.refresh(account)
    assert (account.consecutive_failures, account.circuit_open_until, account.is_enabled) == (0, None, False)
    assert account.last_read_success_at
    left = admin.one("dt:-soup-contains('Calls or credits left') + dd").text
    assert re.search(r"\d of [\d,]+ within \d+ s", left), left
    html = admin.response.get_data(as_text=True)
    assert [secret for secret in PRACTICE_CREDENTIALS[kind].values() if secret in html] == []


@pytest.mark.parametrize(
    ("address", "fault", "verdict", "words"),
    [
        ("{sandbox}/shipstation", None, "Wrong credentials", "refused the credentials"),
        ("{sandbox}/nothing-here", None, "Wrong address", "nothing at this address"),
        ("http://provider.example.com", None, "Wrong address", "may only be called over https"),
        ("https://10.0.0.8", None, "Wrong address", "not an address on the internet"),
        ("http://127.0.0.1:9", None, "Not reachable", "Nothing was sent"),
        ("{impostor}", None, "Its certificate does not verify", "does not prove that it is this host"),
        ("{sandbox}/shipstation", "throttled", "Called too often", "asks to wait"),
        ("{sandbox}/shipstation", "server_error", "Out of order", "is out of order"),
    ],
)
def test_what_is_wrong_is_said_in_a_word_and_a_sentence(
    address: str, fault: str | None, verdict: str, words: str, admin: Page, make: Factory,
    sandbox: SandboxControl, sandbox_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    credentials = GOOD if fault else {"api_key": "wrong-key", "api_secret": "wrong-secret"}
    if fault:
        sandbox.fault("shipstation", fault, count=None)
    with impersonating(tmp_path) as impostor:
        where = address.format(sandbox=sandbox_url, impostor=impostor.address)
        account = account_at(make, where, credentials=credentials)
        admin.post(f"/providers/{account.id}/test", {}, status=200)
        assert impostor.told == []
    found = admin.one("#connection-finding")
    assert (found.select("p")[0].text.strip(), words in found.text) == (verdict, True), found.text
    db.session.refresh(account)
    assert (account.version, account.last_failure_message in found.text) == (1, True)
    on_record = counted(ProviderExchange) + len(
        [one for one in caplog.records if "address_refused" in str(one.msg)]
    )
    assert on_record == 1, "one call, kept, or one line in the log"


def test_an_answer_that_does_not_come_is_not_waited_for(
    admin: Page, make: Factory, sandbox: SandboxControl, sandbox_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.services.connection_tests.PATIENCE", 0.6)
    sandbox.fault("shipstation", "silence", count=1, seconds=3)
    account = account_at(make, f"{sandbox_url}/shipstation")
    admin.post(f"/providers/{account.id}/test", {}, status=200, fragment="connection")
    assert "Not reachable" in admin.text
    assert "no answer came in time" in admin.text


def test_credentials_that_no_key_reads_can_be_entered_again(admin: Page, make: Factory) -> None:
    account = account_at(make, "http://127.0.0.1:9")
    account.credentials = b"of another key"
    db.session.commit()
    assert "Its credentials cannot be read" in admin.get(f"/providers/{account.id}").text
    admin.submit("#connection form", status=200)
    assert "Wrong credentials The stored credentials cannot be read with CREDENTIAL_KEYS" in admin.text
    admin.get(f"/providers/{account.id}/edit").submit("#account-form", status=422)
    admin.submit("#account-form", **FILLED)
    db.session.refresh(account)
    assert decrypt(account.credentials) == GOOD


def test_supervisors_look_and_do_nothing(page: Page, cast: Cast, make: Factory) -> None:
    account = account_at(make, "http://127.0.0.1:9")
    page.sign_in(cast.of_role(Role.SUPERVISOR)).get(f"/providers/{account.id}")
    assert not page.all("main form, main button, main a[href$=edit]")
    assert not page.get("/providers").all("#add-account")


@pytest.mark.parametrize("address", ["/providers/new/walmart_wfs", "/providers/9999", f"/providers/{2**70}"])
def test_what_is_not_there_is_not_found(address: str, admin: Page) -> None:
    admin.get(address, status=404)


def test_an_account_of_a_kind_that_is_not_spoken_can_only_be_switched(admin: Page, make: Factory) -> None:
    account = make.provider_account("walmart_wfs", credentials={})
    admin.get(f"/providers/{account.id}")
    assert "does not speak to" in admin.text
    assert not admin.all("a[href$=edit]")
    admin.get(f"/providers/{account.id}/edit", status=404)
