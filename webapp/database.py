"""The database door: how connections begin, how reads skip transactions, how writes take their lock.

Reads (GET) run outside a transaction, which saves two round trips a page on PostgreSQL and never blocks a
writer on SQLite. Writes begin at once: SQLite takes its single write lock with BEGIN IMMEDIATE, so that two
writers queue instead of failing half way.
"""

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session as AnySession

SQLITE_BUSY_MILLISECONDS = 15_000  # Longer than the longest write (a bulk step), shorter than a person's patience.
SQLITE_LOOK_SECONDS = 0.000_5  # A void holds the lock for twice as long; looking more often takes time from it.
SQLITE_PAGES_BEFORE_CHECKPOINT = 8_000  # 32 MiB: a page written by many voids is copied and synced once for all.
SQLITE_SNAPSHOT_KIBIBYTES = 4096  # Whoever reads everything once gains nothing from keeping it.
SNAPSHOT_SETTINGS = (
    "cursor_tuple_fraction = 1",  # A cursor is planned for its first rows; here all of them are wanted.
    "max_parallel_workers_per_gather = 0",  # Three processes for one file would keep pages from the processor.
    "work_mem = '64MB'",  # For what one process then holds, instead of sorting it on the disk.
)
POOL_SIZE = 10  # One connection per gunicorn thread, with two to spare.


class Session(FlaskSession):
    """A session that reads outside transactions while `reading` is set, and then refuses to write.

    It then keeps one connection of its own from its first statement to its end: to begin and end a transaction of
    the session around what needs none was a twentieth of a page's time.
    """

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any) -> Any:
        if self.info.get("reading") and bind is None:
            return self.connection()
        return super().get_bind(mapper=mapper, clause=clause, bind=bind, **kwargs)

    def connection(self, bind_arguments: Any = None, execution_options: Any = None) -> Connection:
        """The session's connection; of a reading session its own, which has no options."""
        if bind_arguments or execution_options or not self.info.get("reading"):
            return super().connection(bind_arguments, execution_options)
        known: Connection | None = self.info.get("connection")
        if known is None:
            known = self.info["connection"] = reading_engine(super().get_bind()).connect()
        return known

    def close(self) -> None:
        super().close()
        known: Connection | None = self.info.pop("connection", None)
        if known is not None:
            known.close()

    def flush(self, objects: Any = None) -> None:
        if self.info.get("reading") and (self.new or self.dirty or self.deleted):
            raise RuntimeError("A reading session was asked to write. Only unsafe HTTP methods change state.")
        super().flush(objects)


@lru_cache(maxsize=16)
def reading_engine(engine: Engine) -> Engine:
    """The same engine and pool, without transactions.

    Always the same object for an engine: a session holds one connection for each engine it meets, so a new
    one at every call would take another connection out of the pool at every statement.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(reading=True)


def engine_options(url: URL) -> dict[str, Any]:
    """What create_engine is given for this database; values stay out of error messages, and so out of the log."""
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": SQLITE_BUSY_MILLISECONDS / 1000}, "hide_parameters": True}
    # Compiling a statement pays for reports over everything; the tests of a filter, each guessed to be expensive,
    # would be compiled for a tenth of a second before they are asked for a page.
    options = "-c jit=off"
    connect_args = {"connect_timeout": 5, "options": options}
    return {"pool_size": POOL_SIZE, "connect_args": connect_args, "hide_parameters": True}


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set the pragmas every SQLite connection needs, and leave BEGIN to us.

    The file is not mapped into memory: whenever another connection has written, SQLite gives the whole mapping up
    and faults every page in anew, which took a fifth of the processor time of a void.
    """
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_MILLISECONDS}",
        "synchronous=NORMAL",
        f"wal_autocheckpoint={SQLITE_PAGES_BEFORE_CHECKPOINT}",
        "cache_size=-65536",  # 64 MiB: the hot pages of every list index of a million rows.
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def send(connection: Connection, sql: str, parameters: Any = (), *, many: bool = False) -> Any:
    """The driver's cursor after it has executed this, with nothing in between.

    Raises what SQLAlchemy would raise, and whoever listens to its statements hears of this one too.
    """
    cursor = connection.connection.cursor()
    for hear in connection.dispatch.before_cursor_execute:
        hear(connection, cursor, sql, parameters, None, many)
    try:
        if many:
            cursor.executemany(sql, parameters)
        else:
            cursor.execute(sql, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_raised_by_sqlalchemy(connection, sql, parameters, error) from error
    return cursor


def _as_raised_by_sqlalchemy(connection: Connection, sql: str, parameters: Any, error: Exception) -> BaseException:
    dialect, hidden = connection.dialect, connection.engine.hide_parameters
    of_driver: Any = dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, parameters, error, of_driver, hide_parameters=hidden, dialect=dialect)


@contextmanager
def not_waiting(connection: Connection) -> Iterator[None]:
    """Inside, PostgreSQL is sent one statement after the other without waiting for its answers.

    It works them off in their order, each on what is committed when it begins, as ever. Asking for rows waits for
    all before. What went wrong first is raised at the end, if not before.
    """
    driver: Any = connection.connection.dbapi_connection
    try:
        with nullcontext() if is_sqlite(connection) else driver.pipeline():
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_raised_by_sqlalchemy(connection, "several statements", (), error) from error


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    options = connection.get_execution_options()
    if options.get("snapshot"):
        send(connection, f"PRAGMA cache_size={-SQLITE_SNAPSHOT_KIBIBYTES}")
        send(connection, "BEGIN")
    elif not options.get("reading"):
        _begin_writing(connection)


def _begin_writing(connection: Connection) -> None:
    """Take SQLite's write lock soon after whoever holds it lets go. Raises OperationalError after the busy time.

    SQLite itself would look again after 1 to 100 milliseconds, the later the longer it has waited, while most
    transactions are over after one. So we look, and more often, but only one of all who wait at a time.
    """
    driver: Any = connection.connection.dbapi_connection
    deadline = time.monotonic() + SQLITE_BUSY_MILLISECONDS / 1000
    driver.execute("PRAGMA busy_timeout=0")
    try:
        send(connection, "BEGIN IMMEDIATE")
    except DBAPIError as error:
        if not _is_busy(error.orig):
            raise
        with _turn_to_look(driver):
            while not _took_write_lock(driver):
                if time.monotonic() > deadline:
                    raise
                time.sleep(SQLITE_LOOK_SECONDS)
    finally:
        driver.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MILLISECONDS}")


@contextmanager
def _turn_to_look(driver: sqlite3.Connection) -> Iterator[None]:
    """The one of this database who looks for its write lock; the kernel wakes who has waited longest.

    It is a lock on a file beside the database, not on the database: whoever closes that one anywhere in a process
    gives up the locks SQLite has there. A process that dies gives its turn up too.
    """
    with Path(driver.execute("PRAGMA database_list").fetchone()[2] + "-turn").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _took_write_lock(driver: sqlite3.Connection) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if _is_busy(error):
            return False
        raise
    return True


def _is_busy(error: BaseException | None) -> bool:
    """Whether somebody else has the lock; the low byte of SQLite's code says so, the rest says how."""
    return isinstance(error, sqlite3.Error) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def begin_snapshot(session: AnySession) -> Connection:
    """Let the session read one moment of the database, as of its first look, until its transaction ends.

    It keeps nobody from writing; writing through it fails on PostgreSQL and must not be done on SQLite. What was
    open in the session is taken back. A connection to SQLite has a small cache from then on; jobs have it for
    themselves.
    """
    session.rollback()
    if is_sqlite(session.get_bind()):
        return session.connection(execution_options={"snapshot": True})
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    connection = session.connection(execution_options=options)
    for setting in SNAPSHOT_SETTINGS:
        send(connection, f"SET LOCAL {setting}")
    return connection


def as_sent(connection: Connection, statement: sa.Executable, values: dict[str, Any]) -> tuple[str, Any]:
    """The text and the parameters the driver would be given for a statement, for what only the driver can do."""
    found: list[tuple[str, Any]] = []

    def instead(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, _many: Any) -> Any:
        found.append((text, parameters))
        return "SELECT 1", {}

    event.listen(connection, "before_cursor_execute", instead, retval=True)
    try:
        connection.execute(statement, values).close()
    finally:
        event.remove(connection, "before_cursor_execute", instead)
    return found[0]


def is_sqlite(connection: Connection | Engine | sa.orm.Session) -> bool:
    """Whether this speaks to SQLite; for the few statements that differ."""
    bind = connection.get_bind() if isinstance(connection, sa.orm.Session) else connection
    return bind.dialect.name == "sqlite"
