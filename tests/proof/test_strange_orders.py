"""An order there that is somebody else's, and ids that could lead elsewhere: said clearly, nothing is touched."""

import pytest
import sqlalchemy as sa

from tests.page import Page
from tests.proof.claims import assert_stock
from tests.proof.stage import UNITS, Props, Stage
from tests.proof.systems import PROVIDERS, System, Work
from webapp.extensions import db
from webapp.models import ProviderOrder
from webapp.statuses import RunState

ASKED = [
    pytest.param(system, work, id=f"{system.kind}-{work.name}")
    for system in PROVIDERS
    for work in system.works
    if work is not Work.CREATE
]
SOMEBODY_ELSES = "SOMEBODY-ELSES.1"


def point_at(stage: Stage, external_id: str) -> None:
    """Let our shipment name an order there by this id."""
    mine = ProviderOrder.fulfillment_id == stage.shipment_id
    db.session.execute(sa.update(ProviderOrder).where(mine).values(external_id=external_id))
    db.session.commit()


@pytest.mark.parametrize(("system", "work"), ASKED)
def test_an_order_that_is_somebody_elses_is_not_touched(
    system: System, work: Work, props: Props, page: Page
) -> None:
    stage = Stage(props, system, work)
    run_id = stage.ask()
    theirs = {"number": SOMEBODY_ELSES, "lines": [{"sku": "THEIR-1", "quantity": 9}]}
    point_at(stage, props.sandbox.load(system.kind, [theirs])[SOMEBODY_ELSES])
    before = props.sandbox.show(system.kind, SOMEBODY_ELSES)

    run = stage.work_to_the_end(run_id)[-1]

    assert props.sandbox.show(system.kind, SOMEBODY_ELSES) == before
    assert run.state == RunState.FAILED, run.message
    assert SOMEBODY_ELSES in run.message
    assert stage.exchanges(run_id)
    assert stage.shipment().status == "submitted"
    assert_stock(stage, is_back=False)
    page.get(f"/fulfillments/{stage.shipment_id}")
    assert SOMEBODY_ELSES in page.text


@pytest.mark.parametrize("external_id", ["1/../2", "订单/1", "1?x=1#2", "%2e%2e", ".."])
@pytest.mark.parametrize("system", PROVIDERS, ids=lambda system: system.kind)
def test_an_id_that_is_none_of_theirs_leads_to_our_order_by_its_number_and_nowhere_else(
    system: System, external_id: str, props: Props
) -> None:
    stage = Stage(props, system, Work.RESYNC if Work.RESYNC in system.works else Work.VOID)
    run_id = stage.ask()
    point_at(stage, external_id)

    run = stage.work_to_the_end(run_id)[-1]

    assert run.state == RunState.SUCCEEDED, run.message
    assert props.sandbox.overview(system.kind, stage.number)["total"] == 1
    if stage.work is Work.RESYNC:
        assert stage.movements() == (1, -UNITS)
