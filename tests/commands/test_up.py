"""`flask up` as a new user meets it: it starts everything, says where it is, and stops everything."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from flask.cli import main as flask_command

from tests import ports
from tests.processes import forked

ROOT = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 90


def _environment(folder: Path, **given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return kept | {"DOCKSIDE_VAR": str(folder), "DOCKSIDE_MODE": "practice", "PYTHONUNBUFFERED": "1"} | given


def _command(port: int) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "up", "--port", str(port)]


@pytest.fixture
def free_port() -> int:
    """A port with a free one behind it, for the practice providers."""
    return ports.free_port(adjacent=2)


@pytest.fixture
def started(tmp_path: Path, free_port: int) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running `flask up` and what it printed until it was ready."""
    program = subprocess.Popen(
        _command(free_port), cwd=ROOT, env=_environment(tmp_path), stdout=subprocess.PIPE, text=True
    )
    # A program that never gets ready is ended, so that reading its output ends too.
    watchdog = threading.Timer(ANSWER_SECONDS, program.kill)
    watchdog.start()
    said = ""
    for line in program.stdout or ():
        said += line
        if "Ctrl-C" in line:
            break
    watchdog.cancel()
    yield program, said
    for process in [] if program.poll() is not None else psutil.Process(program.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    program.kill()
    program.wait()
    if program.stdout:
        program.stdout.close()


@pytest.mark.slow
def test_it_starts_everything_and_stops_everything(
    started: tuple["subprocess.Popen[str]", str], free_port: int
) -> None:
    program, said = started
    assert f"http://127.0.0.1:{free_port}" in said
    page = httpx.get(f"http://127.0.0.1:{free_port}/login")
    assert page.status_code == 200
    ready = httpx.get(f"http://127.0.0.1:{free_port}/readyz")
    assert ready.status_code == 200
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    signed_in = httpx.post(
        f"http://127.0.0.1:{free_port}/login",
        data={"csrf_token": token[1], "username": "operator", "password": "dockside-demo"},
        cookies=dict(page.cookies),
    )
    assert signed_in.status_code == 303

    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=30) == 0
    for port in (free_port, free_port + 1):
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/")


def _programs(program: "subprocess.Popen[str]") -> dict[str, psutil.Process]:
    """The running programs by what their command line says they are."""
    marks = (
        "redis-server",
        "webapp.sandbox",
        "jobs.worker actions",
        "jobs.worker bulk",
        "jobs.worker schedule",
        "jobs.schedule",
    )
    found = {}
    for process in psutil.Process(program.pid).children():
        with suppress(psutil.NoSuchProcess):
            line = " ".join(process.cmdline())
            found |= {mark: process for mark in marks if mark in line}
    return found


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.2)


def _know_their_orders(port: int, numbers: dict[str, str]) -> bool:
    """Whether every practice provider answers for its order; not while they are away."""
    control = f"http://127.0.0.1:{port + 1}/_control"
    try:
        return all(httpx.get(f"{control}/{kind}/orders/{numbers[kind]}").is_success for kind in numbers)
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_what_is_killed_is_started_again_and_the_providers_know_their_orders(
    started: tuple["subprocess.Popen[str]", str], free_port: int, tmp_path: Path
) -> None:
    program, _ = started
    with closing(sqlite3.connect(tmp_path / "dockside.sqlite3")) as database:
        rows = database.execute(
            "SELECT account.kind, external_number FROM provider_orders JOIN provider_accounts AS account "
            "ON account.id = provider_account_id WHERE account.kind IN ('shipstation', 'shiphero', 'trackstar')"
        )
        numbers = dict(rows.fetchall())
    assert set(numbers) == {"shipstation", "shiphero", "trackstar"}
    assert _know_their_orders(free_port, numbers)
    before = _programs(program)
    assert len(before) == 6
    for process in before.values():
        process.kill()
    _until(lambda: len(_programs(program)) == 6 and not set(_programs(program).values()) & set(before.values()))
    _until(lambda: _know_their_orders(free_port, numbers))

    everything = psutil.Process(program.pid).children(recursive=True)
    program.send_signal(signal.SIGHUP)
    assert program.wait(timeout=60) == 0
    assert not [process for process in everything if process.is_running()]


def _start(port: int, environment: dict[str, str], errors: Path) -> None:
    """What the command line does, in a process that has imported everything already."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    with errors.open("w") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv = _command(port)[2:]
    flask_command()


def test_it_says_that_the_port_is_taken(tmp_path: Path, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        done = subprocess.run(
            _command(free_port),
            cwd=ROOT,
            env=_environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert f"Port {free_port} on 127.0.0.1 is taken." in done.stderr.strip().splitlines()[-1]


@pytest.mark.slow
def test_it_says_which_program_did_not_start_and_why(tmp_path: Path, free_port: int) -> None:
    with ExitStack() as held:
        program = held.enter_context(
            subprocess.Popen(
                _command(free_port),
                cwd=ROOT,
                env=_environment(tmp_path),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        assert program.stdout
        assert "practice shipments" in program.stdout.readline()
        held.enter_context(socket.create_server(("127.0.0.1", free_port)))
        _, errors = program.communicate(timeout=ANSWER_SECONDS)
    assert program.returncode != 0
    assert "Traceback" not in errors
    last = errors.strip().splitlines()[-1]
    assert "The web server did not start." in last
    assert f"('127.0.0.1', {free_port})" in last


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing", "cannot be reached"),
        ("DATABASE_URL", "mysql://somewhere/else", "Dockside runs on postgresql://"),
        ("DATABASE_URL", "no url", "DATABASE_URL cannot be read"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "REDIS_URL cannot be reached"),
        ("REDIS_URL", "http://127.0.0.1", "REDIS_URL cannot be read"),
        ("BUSINESS_TIME_ZONE", "Mars/Olympus", "is no time zone"),
        ("DOCKSIDE_MODE", "production", "SECRET_KEY is not set"),
        ("DOCKSIDE_MODE", "demo", "Set it to one of"),
    ],
)
def test_it_says_in_a_sentence_what_setting_is_wrong(
    tmp_path: Path, free_port: int, setting: str, value: str, sentence: str
) -> None:
    errors = tmp_path / "errors"
    process = forked(_start, free_port, _environment(tmp_path, **{setting: value}), errors)
    process.join()
    assert process.exitcode
    said = errors.read_text()
    assert "Traceback" not in said
    assert sentence in said.strip().splitlines()[-1]
