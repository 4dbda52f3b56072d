"""Every form that changes something carries an idempotency key; the few that need none say why."""

from typing import Any

import sqlalchemy as sa
from flask import Flask, url_for

from tests.architecture.test_permissions import Example, body_of, example  # noqa: F401 - a fixture
from tests.cast import Cast
from tests.ledger import figures
from tests.page import Page
from webapp.extensions import db
from webapp.models import Activity, IdempotencyKey, Run
from webapp.web.bulk_actions import NAMES

# Sent twice, these leave what once leaves.
SAME_TWICE = {
    "accounts.change_password",
    "accounts.choose_locale",
    "accounts.set_theme",
    "accounts.sign_in",
    "accounts.sign_out",
    "accounts.sign_out_elsewhere",
    "accounts.sign_out_everywhere",
    "export_schedules.change",
    "export_schedules.delete",
    "export_schedules.pause",
    "export_schedules.resume",
    "fulfillments.save_columns",
    "runs.cancel",
    "saved_views.change",
    "saved_views.delete",
    "saved_views.role_start",
    "saved_views.save",
    "saved_views.start",
}
# These read, although they are sent as forms because of their length.
ONLY_READ = {
    "exports.ask_selected",
    "filters.build",
    "filters.count",
    "packing_slips.choose",
    "provider_accounts.test",
}
ONLY_READ |= {f"bulk.show_{name}" for name in NAMES.values()}
# The door for programs signs and counts its messages itself; the sandbox's panel plays a provider.
OTHERS = {"webhooks.receive"} | {
    f"sandbox.{name}" for name in ("calm", "limit_rate", "move", "pass_time", "plan_trouble")
}
# Refused for what the example form says before its key is looked at; their own tests leave out only the key.
CONTENT_FIRST = {
    "bulk.again",
    "export_schedules.create",
    "fulfilling.fulfil",
    "packing_slips.start",
    "provider_accounts.change",
    "provider_accounts.create",
}


def posts(app: Flask) -> dict[str, set[str]]:
    """The endpoints that take forms, with the names in their addresses."""
    rules = app.url_map.iter_rules()
    return {rule.endpoint: set(rule.arguments) for rule in rules if "POST" in (rule.methods or ())}


def test_without_a_usable_key_nothing_is_changed(page: Page, cast: Cast, example: Example) -> None:  # noqa: F811
    page.sign_in(cast.admin)
    before = traces()
    answers: dict[str, set[Any]] = {}
    for endpoint, names in posts(page.app).items():
        if endpoint in SAME_TWICE | ONLY_READ | OTHERS:
            continue
        with page.app.test_request_context():
            url = url_for(endpoint, **{name: getattr(example, name) for name in names})
        for key in ({}, {"idempotency_key": "short"}):
            body = {name: value for name, value in body_of(page).items() if name != "idempotency_key"}
            body |= {"ids": str(example.fulfillment_id)} | key
            response = page._send(page.client.post, url, data=body)
            is_about_key = response.status_code == 400 and "idempotency key" in response.text
            answers.setdefault(endpoint, set()).add(response.status_code if not is_about_key else "key")
    assert {endpoint for endpoint, found in answers.items() if found != {"key"}} == CONTENT_FIRST
    assert {status for endpoint in CONTENT_FIRST for status in answers[endpoint]} <= {400, 422}
    assert len(answers) > 30
    assert traces() == before


def traces() -> Any:
    """Whatever a change would leave behind."""
    db.session.rollback()
    models = (Activity, IdempotencyKey, Run)
    return figures(), [db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in models]
