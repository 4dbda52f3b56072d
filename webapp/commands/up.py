"""`flask up`: everything Dockside needs to be tried on this machine, started together and stopped together."""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import click
import httpx
import redis
import sqlalchemy as sa
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from webapp.commands.answers import in_one_sentence
from webapp.commands.children import Children
from webapp.embedded_redis import server_command, server_url, wait_for
from webapp.errors import ConfigurationError
from webapp.extensions import db, settings
from webapp.models import Fulfillment
from webapp.sandbox import SandboxControl
from webapp.services import practice, practice_orders
from webapp.services.seeding import seed
from webapp.statuses import Role

SHIPMENTS = 1_500
WEB_SERVER = "web server"
PROVIDERS = "practice providers"
START_SECONDS = 60.0
RESTART_SECONDS = 10.0  # Nothing else is tended meanwhile.
TEND_SECONDS = 0.5


@click.command("up")
@click.option("--port", type=click.IntRange(1, 65534), default=8070, show_default=True, help="For the pages.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@in_one_sentence
def command(port: int, host: str) -> None:
    """Start the pages, the workers, the scheduler, Redis and the practice providers, until Ctrl-C."""
    if not settings().is_practice:
        raise ConfigurationError("flask up is for trying Dockside. docs/operations.md says how production is run.")
    for needed in (port, port + 1):
        _refuse_taken_port(host, needed)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGHUP: the terminal was closed.
        signal.signal(number, lambda *_: stop.set())
    sandbox_url = f"http://127.0.0.1:{port + 1}"
    with tempfile.TemporaryDirectory(prefix="dockside-") as folder:  # A socket's path has little room.
        redis_url = _given_redis() or server_url(Path(folder))
        _prepare_database(sandbox_url)
        children = Children(_environment(redis_url, sandbox_url), settings().var_folder / "log", _say)
        try:
            if redis_url == server_url(Path(folder)):
                _start_redis(children, Path(folder))
            _start(children, host, port)
            addresses = {WEB_SERVER: f"http://{host}:{port}/healthz", PROVIDERS: sandbox_url}
            if _wait_for(children, addresses, stop):
                _load_sandbox(sandbox_url)
                _announce(host, port, children.log_folder)
            while not stop.wait(TEND_SECONDS):
                children.tend()
        finally:
            _say("Stopping …")
            children.stop()


def _refuse_taken_port(host: str, port: int) -> None:
    try:
        with socket.create_server((host, port)):
            return
    except OSError:
        raise ConfigurationError(
            f"Port {port} on {host} is taken. Stop what uses it, or choose another: make run PORT={port + 10}"
        ) from None


def _prepare_database(sandbox_url: str) -> None:
    """Bring the tables up to date; fill them when they are empty."""
    url = settings().database_url
    where = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)
    if settings().is_sqlite:
        Path(str(settings().database_url.database)).absolute().parent.mkdir(parents=True, exist_ok=True)
    try:
        with db.engine.connect():
            pass
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise ConfigurationError(f"DATABASE_URL {where} cannot be reached: {reason}") from None
    upgrade()
    if db.session.scalar(sa.select(Fulfillment.id).limit(1)) is None:
        click.echo(f"Making {SHIPMENTS:,} practice shipments …")
        db.session.remove()
        seed(fulfillments=SHIPMENTS, random_seed=1)
    practice.add_people()
    practice.point_to_sandbox(sandbox_url)
    db.session.commit()


def _given_redis() -> str | None:
    """The Redis that REDIS_URL names, which must answer; None when we bring our own."""
    if "REDIS_URL" not in os.environ:
        return None
    try:
        with redis.Redis.from_url(settings().redis_url, socket_connect_timeout=5) as connection:
            connection.ping()
    except redis.RedisError as error:
        raise ConfigurationError(
            f"REDIS_URL cannot be reached: {str(error).rstrip('.')}. "
            "Start that Redis, or leave REDIS_URL out to use our own."
        ) from None
    return settings().redis_url


def _start_redis(children: Children, folder: Path) -> None:
    """Our own Redis, stopped after all who use it."""
    children.start("Redis", server_command(folder), outlives=True)
    wait_for(folder, lambda: not children.has_ended("Redis"))


def _environment(redis_url: str, sandbox_url: str) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": settings().database_url.render_as_string(hide_password=False),
        "DOCKSIDE_VAR": str(settings().var_folder.absolute()),
        "REDIS_URL": redis_url,
        "SANDBOX_URL": sandbox_url,
    }


def _start(children: Children, host: str, port: int) -> None:
    python = [sys.executable, "-m"]
    children.start(
        PROVIDERS,
        [*python, "webapp.sandbox", "--port", str(port + 1)],
        when_back=lambda: _load_sandbox(f"http://127.0.0.1:{port + 1}"),
    )
    children.start("actions worker", [*python, "jobs.worker", "actions"])
    children.start("bulk worker", [*python, "jobs.worker", "bulk"])
    children.start("exports worker", [*python, "jobs.worker", "exports"])
    children.start("schedule worker", [*python, "jobs.worker", "schedule"])
    children.start("scheduler", [*python, "jobs.schedule"])
    gunicorn = [*python, "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8"]
    children.start(WEB_SERVER, [*gunicorn, "--no-control-socket", "--bind", f"{host}:{port}", "wsgi:app"])


def _wait_for(children: Children, addresses: dict[str, str], stop: threading.Event) -> bool:
    """Whether each program answers at its address; False when stopped before. Raises ConfigurationError.

    The error says which one does not, when it ended or a minute has passed.
    """
    deadline = time.monotonic() + START_SECONDS
    for name, url in addresses.items():
        while not stop.is_set() and not _answers(url):
            if children.has_ended(name) or time.monotonic() > deadline:
                raise ConfigurationError(
                    f"The {name} did not start. Its last words: {children.last_words(name)} "
                    f"(all of them are in {children.log_folder})."
                )
            stop.wait(TEND_SECONDS)
    return not stop.is_set()


def _load_sandbox(sandbox_url: str) -> None:
    """Give the practice providers, which keep their orders in memory, those that the database knows."""
    orders_by_system = practice_orders.sandbox_orders()
    db.session.remove()
    deadline = time.monotonic() + RESTART_SECONDS
    while not _answers(sandbox_url) and time.monotonic() < deadline:
        time.sleep(TEND_SECONDS)
    try:
        with SandboxControl(sandbox_url) as control:
            for system, orders in orders_by_system.items():
                control.load(system, orders)
    except httpx.HTTPError as error:
        _say(f"The practice providers have no orders, so resyncs find nothing: {error}")


def _answers(url: str) -> bool:
    """Any answer counts: the providers know no page at their root."""
    try:
        httpx.get(url, timeout=2, trust_env=False)
    except httpx.TransportError:
        return False
    return True


def _say(text: str) -> None:
    """Print a line; a terminal that was closed must not keep anything from being stopped."""
    with suppress(OSError):
        click.echo(text)


def _announce(host: str, port: int, log_folder: Path) -> None:
    names = ", ".join(role.value for role in Role)
    click.echo(f"\n  Dockside is at  http://{host}:{port}")
    click.echo(f"  Sign in as      {names}")
    click.echo(f"  Password        {practice.PASSWORD}")
    click.echo(f"  Logs            {log_folder}")
    click.echo("  Stop            Ctrl-C\n")
