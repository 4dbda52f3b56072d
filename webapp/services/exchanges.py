"""Exchanges with providers: each stored as soon as it is over, and what they say about an account's health."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from webapp.extensions import db, settings
from webapp.models import ProviderAccount, ProviderExchange
from webapp.providers.base import Exchange, NotFound, ProviderError, Record
from webapp.providers.circuit import next_circuit
from webapp.queries.prepared import Prepared
from webapp.schema import now

HEALTH_IS_TOLD_EVERY = timedelta(seconds=1)
BATCH = 5_000  # Rows deleted in one transaction: well under a second, so that nobody waits for it.


def keeper(account_id: int, *, fulfillment_id: int | None = None, run_id: int | None = None) -> Record:
    """A callback that stores every exchange in a transaction of its own.

    What was said to the outside stays said, whatever becomes of the run afterwards, so it is not left to the
    run's transaction; a worker that is killed between two calls leaves the first one on record.
    """

    def keep(exchange: Exchange) -> None:
        with db.engine.begin() as connection:
            connection.execute(
                sa.insert(ProviderExchange).values(
                    provider_account_id=account_id,
                    fulfillment_id=fulfillment_id,
                    run_id=run_id,
                    operation=exchange.operation[:60],
                    method=exchange.method,
                    url=exchange.url[:1000],
                    request_body=exchange.request_body,
                    response_status=exchange.response_status,
                    response_body=exchange.response_body,
                    duration_ms=exchange.duration_ms,
                    outcome=exchange.outcome.value,
                    message=exchange.message[:500],
                    occurred_at=exchange.occurred_at,
                )
            )

    return keep


def note_success(account_id: int, *, wrote: bool = False) -> None:
    """The account answered: its count of failures starts again and its circuit closes.

    `wrote` says that it also did something for us, beside being read. Within a second nothing is written again,
    so that many answers at once do not wait for each other over it.
    """
    moment = now()
    statement = _WROTE if wrote else _READ
    statement.run(
        db.session.connection(), account_id=account_id, moment=moment, lately=moment - HEALTH_IS_TOLD_EVERY
    )


def note_failure(account_id: int, error: ProviderError) -> None:
    """Count a failure that says something about the account; the fifth in a row opens its circuit."""
    if isinstance(error, NotFound):
        return  # The account is well: it answered that it has no such order.
    moment = now()
    _update(account_id, last_failure_at=moment, last_failure_message=error.message[:500])
    if error.trips_circuit:
        failures = db.session.scalar(
            sa.update(ProviderAccount)
            .where(ProviderAccount.id == account_id)
            .values(consecutive_failures=ProviderAccount.consecutive_failures + 1)
            .returning(ProviderAccount.consecutive_failures),
            execution_options={"synchronize_session": False},
        )
        _update(account_id, circuit_open_until=next_circuit(failures or 0, moment))


def delete_old() -> int:
    """Delete exchanges past their retention, a batch at a time; returns how many. Commits each batch."""
    before = now() - settings().exchange_retention
    deleted = 0
    while gone := _delete_batch(before):
        deleted += gone
    return deleted


def _delete_batch(before: datetime) -> int:
    old = sa.select(ProviderExchange.id).where(ProviderExchange.occurred_at < before).limit(BATCH)
    statement = sa.delete(ProviderExchange).where(ProviderExchange.id.in_(old)).returning(ProviderExchange.id)
    gone = len(db.session.scalars(statement, execution_options={"synchronize_session": False}).all())
    db.session.commit()
    return gone


def _success(*columns: sa.orm.InstrumentedAttribute[datetime | None]) -> Prepared:
    account = ProviderAccount
    moment, lately = (sa.bindparam(name, type_=account.updated_at.type) for name in ("moment", "lately"))
    is_news = sa.or_(
        account.consecutive_failures != 0,
        account.circuit_open_until.is_not(None),
        *(column.is_(None) for column in columns),
        *(column < lately for column in columns),
        *(account.last_failure_at >= column for column in columns),
    )
    values = {"consecutive_failures": 0, "circuit_open_until": None, **{column.key: moment for column in columns}}
    is_it = account.id == sa.bindparam("account_id", type_=account.id.type)
    return Prepared(sa.update(account).where(is_it, is_news).values(values))


_READ = _success(ProviderAccount.last_read_success_at)
_WROTE = _success(ProviderAccount.last_read_success_at, ProviderAccount.last_write_success_at)


def _update(account_id: int, **values: object) -> None:
    db.session.execute(
        sa.update(ProviderAccount).where(ProviderAccount.id == account_id).values(**values),
        execution_options={"synchronize_session": False},
    )
