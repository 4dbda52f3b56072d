"""The servers of a benchmark: the product and the floors, each one gunicorn worker over the same database."""

import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy.engine import URL

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
PATIENCE_SECONDS = 1  # The least there is, so that a hopeless filter costs the run no more than that.


@contextmanager
def served(application: str, environment: Mapping[str, str], path: str) -> Iterator[int]:
    """Serve `application` and give its port once `path` answers."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8"]
    command += ["--bind", f"127.0.0.1:{port}", "--keep-alive", "60", "--log-level", "error", application]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}{path}", server)
        yield port
    finally:
        server.terminate()
        server.wait()


@contextmanager
def contestants(database: URL, redis_url: str, **more: str) -> Iterator[dict[str, int]]:
    """The product and the floors over one database: their ports by name; `more` is for their environment."""
    environment = {
        "DATABASE_URL": database.render_as_string(hide_password=False),
        "REDIS_URL": redis_url,
        "DOCKSIDE_MODE": "production",
        "SECURE_COOKIES": "0",
        "SECRET_KEY": secrets.token_hex(32),
        "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
        "LIST_PATIENCE_SECONDS": str(PATIENCE_SECONDS),
        **more,
    }
    with ExitStack() as stack:
        yield {
            "product": stack.enter_context(served("wsgi:app", environment, "/healthz")),
            "floor": stack.enter_context(served("tests.benchmarks.floor:app", environment, "/f0")),
        }


def sign_in(port: int, username: str, password: str) -> dict[str, str]:
    """Sign in as a browser does and return the headers that carry the session, as after its first page."""
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPCookieProcessor())
    address = f"http://127.0.0.1:{port}/login"
    form = opener.open(address).read().decode()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    if found is None:
        raise RuntimeError("The sign-in page has no CSRF token.")
    body = urllib.parse.urlencode({"csrf_token": found[1], "username": username, "password": password})
    try:
        opener.open(address, body.encode())
    except urllib.error.HTTPError as answer:
        if answer.code != 303:
            raise
    opener.open(f"http://127.0.0.1:{port}/fulfillments").close()
    cookies = [handler for handler in opener.handlers if isinstance(handler, urllib.request.HTTPCookieProcessor)]
    return {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies[0].cookiejar)}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"The server for {address} ended before it answered.")
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{address} did not answer within {START_SECONDS:.0f} seconds.")
