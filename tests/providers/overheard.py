"""What really goes over the wire between an adapter and the sandbox, body for body, for contract tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from webapp.providers.addresses import CheckedTransport


@dataclass(frozen=True)
class Overheard:
    """One request and its answer."""

    request: httpx.Request
    response: httpx.Response

    @property
    def path(self) -> str:
        """As it was sent, still percent-encoded."""
        return self.request.url.raw_path.decode().partition("?")[0]

    @property
    def sent(self) -> Any:
        return httpx.Response(200, content=self.request.content).json() if self.request.content else None


@pytest.fixture
def overheard(monkeypatch: pytest.MonkeyPatch) -> list[Overheard]:
    """Every exchange of every door, as it happens; nothing is changed on the way."""
    heard: list[Overheard] = []
    handle: Callable[..., httpx.Response] = CheckedTransport.handle_request

    def listen(transport: CheckedTransport, request: httpx.Request) -> httpx.Response:
        response = handle(transport, request)
        response.read()
        heard.append(Overheard(request, response))
        return response

    monkeypatch.setattr(CheckedTransport, "handle_request", listen)
    return heard
