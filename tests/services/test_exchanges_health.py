"""What a good answer says about an account, without a write for every one of them."""

from datetime import timedelta

import pytest

from tests.factories import Factory
from webapp.extensions import db
from webapp.schema import now
from webapp.services import exchanges


def test_many_good_answers_in_a_second_are_noted_once(make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    account, moment = make.provider_account(), now()
    for seconds in (0, 0.5, 0.9, 2):
        monkeypatch.setattr(exchanges, "now", lambda at=seconds: moment + timedelta(seconds=at))
        exchanges.note_success(account.id)
        db.session.commit()
        assert account.last_read_success_at == moment + timedelta(seconds=2 if seconds == 2 else 0)
    assert account.last_write_success_at is None
    exchanges.note_success(account.id, wrote=True)
    db.session.commit()
    assert account.last_write_success_at == moment + timedelta(seconds=2)


@pytest.mark.parametrize("trouble", ["consecutive_failures", "circuit_open_until", "last_failure_at"])
def test_a_good_answer_after_trouble_is_noted_at_once(make: Factory, trouble: str) -> None:
    moment = now()
    values = {"consecutive_failures": 3, "circuit_open_until": moment, "last_failure_at": moment}
    account = make.provider_account(last_read_success_at=moment, **{trouble: values[trouble]})
    exchanges.note_success(account.id)
    db.session.commit()
    assert account.last_read_success_at is not None
    assert account.last_read_success_at > moment
    assert (account.consecutive_failures, account.circuit_open_until) == (0, None)
