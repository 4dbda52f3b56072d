"""The database door: who waits for SQLite's write lock gets it, or is told so."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError

from webapp import database
from webapp.extensions import db
from webapp.models import Product


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """A small SQLite database of the test's own."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'small.sqlite3'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE written (place INTEGER PRIMARY KEY, writer INTEGER)")
    yield engine
    engine.dispose()


def write(engine: sa.Engine, writer: int, times: int) -> None:
    for _ in range(times):
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO written (writer) VALUES (?)", (writer,))


def test_every_writer_has_its_turn(engine: sa.Engine) -> None:
    writers = [Thread(target=write, args=(engine, number, 20)) for number in range(4)]
    with engine.begin() as connection:
        for writer in writers:
            writer.start()
        connection.exec_driver_sql("INSERT INTO written (writer) VALUES (99)")
    for writer in writers:
        writer.join()
    with engine.connect().execution_options(reading=True) as connection:
        counts = dict(connection.exec_driver_sql("SELECT writer, count(*) FROM written GROUP BY writer").all())
    assert counts == {99: 1, 0: 20, 1: 20, 2: 20, 3: 20}


def test_who_has_waited_for_the_busy_time_is_told_so_and_may_try_again(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SQLITE_BUSY_MILLISECONDS", 5)
    with engine.begin(), pytest.raises(OperationalError, match="database is locked"):
        write(engine, 1, 1)
    write(engine, 1, 1)
    with engine.connect().execution_options(reading=True) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM written").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5


def test_who_dies_waiting_leaves_its_turn_to_the_next(engine: sa.Engine) -> None:
    holding = "import fcntl, sys; fcntl.flock(open(sys.argv[1], 'ab'), fcntl.LOCK_EX); print(flush=True); input()"
    command = [sys.executable, "-c", f"kept = {holding!r}; exec(kept)", f"{engine.url.database}-turn"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as waiter:
        assert waiter.stdout
        waiter.stdout.readline()
        writer = Thread(target=write, args=(engine, 1, 1))
        with engine.begin():
            writer.start()
        waiter.kill()
        writer.join()
    with engine.connect().execution_options(reading=True) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM written").scalar() == 1


@pytest.mark.usefixtures("app")
def test_what_goes_wrong_while_nobody_waits_for_answers_is_raised_as_ever() -> None:
    connection = db.session.connection()

    def change() -> None:
        with database.not_waiting(connection):
            database.send(connection, "UPDATE products SET sku = 'A-1'")
            database.send(connection, "INSERT INTO products (sku) VALUES (NULL)")
            database.send(connection, "UPDATE products SET sku = 'B-2'")

    with pytest.raises(IntegrityError):
        change()
    db.session.rollback()
    assert db.session.query(Product).count() == 0


def test_a_reading_session_keeps_to_one_connection_until_it_lets_go(app: Flask) -> None:
    session = db.session()
    session.info["reading"] = True
    first = db.session.connection()
    assert db.session.connection() is first
    db.session.rollback()
    second = db.session.connection()
    assert not second.closed
    assert second.execute(sa.text("SELECT 1")).scalar() == 1
    db.session.remove()
    assert second.closed
    assert db.session.connection().execute(sa.text("SELECT 1")).scalar() == 1
