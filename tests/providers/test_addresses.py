"""Which base URLs are called, and that the address judged is the address connected to."""

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.providers.conftest import OpenAdapter
from webapp.providers.addresses import AddressRules, CheckedTransport, InvalidBaseUrl, RealHostRefused
from webapp.providers.base import ProviderAccountRecord, Transient
from webapp.providers.http import DoorOptions
from webapp.sandbox import SandboxControl

PRODUCTION = DoorOptions(allow_sandbox=False, allow_real_hosts=True, attempts=1)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "not an address",
        "ftp://provider.example.com",
        "file:///etc/passwd",
        "http://provider.example.com",
        "http://10.1.2.3",
        "https://user:password@provider.example.com",
        "https://provider.example.com?next=1",
        "https://provider.example.com#part",
        "https://127.0.0.1",
        "http://127.0.0.1:8901/shipstation",
        "https://localhost",
        "https://[::1]",
        "https://10.1.2.3",
        "https://192.168.0.10",
        "https://172.16.0.1",
        "https://169.254.169.254/latest",
        "https://100.64.0.1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://[fe80::1]",
        "https://[fd00::1]",
        "https://[::ffff:10.1.2.3]",
        "https://[::ffff:127.0.0.1]",
        "https://2130706433",
    ],
)
def test_it_refuses_an_address_that_is_not_on_the_internet(
    base_url: str, account: ProviderAccountRecord, open_adapter: OpenAdapter
) -> None:
    with pytest.raises(InvalidBaseUrl):
        open_adapter(replace(account, base_url=base_url), PRODUCTION).test_connection()


def test_it_refuses_a_real_provider_outside_production(
    account: ProviderAccountRecord, open_adapter: OpenAdapter
) -> None:
    with pytest.raises(RealHostRefused, match="not production"):
        open_adapter(replace(account, base_url="https://8.8.8.8")).test_connection()


Resolver = Callable[..., list[Any]]


def _resolver(monkeypatch: pytest.MonkeyPatch, name: str, addresses: list[str]) -> list[str]:
    """Makes one name lead to the addresses given, one look-up after the other; returns what was asked."""
    real: Resolver = socket.getaddrinfo
    asked: list[str] = []

    def getaddrinfo(host: str, *args: Any, **more: Any) -> list[Any]:
        if host != name:
            return real(host, *args, **more)
        asked.append(host)
        address = addresses[min(len(asked), len(addresses)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_it_refuses_a_name_that_leads_inside_this_network(
    account: ProviderAccountRecord, open_adapter: OpenAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    _resolver(monkeypatch, "provider.test", ["10.0.0.8"])

    with pytest.raises(InvalidBaseUrl, match=r"provider\.test leads to 10\.0\.0\.8"):
        open_adapter(replace(account, base_url="https://provider.test"), PRODUCTION).test_connection()


def test_it_connects_to_the_very_address_it_judged(
    sandbox: SandboxControl, sandbox_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _resolver(monkeypatch, "provider.test", ["127.0.0.1", "10.0.0.8"])
    rules = AddressRules(allow_sandbox=True, allow_real_hosts=False)
    with httpx.Client(transport=CheckedTransport(rules), trust_env=False) as client:
        answer = client.get(sandbox_url.replace("127.0.0.1", "provider.test") + "/shipstation/stores")

    # The sandbox answers only to this machine's own names, so 400 shows that the Host header was kept.
    assert answer.status_code == 400
    assert asked == ["provider.test"]


def test_it_says_when_a_name_cannot_be_looked_up(
    account: ProviderAccountRecord, open_adapter: OpenAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_knows(*args: Any, **more: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)

    with pytest.raises(Transient, match=r"provider\.test cannot be looked up"):
        open_adapter(replace(account, base_url="https://provider.test"), PRODUCTION).test_connection()
