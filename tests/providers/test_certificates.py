"""A host whose certificate does not verify is told nothing at all."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.providers.conftest import OpenAdapter, OpenAmazon, OpenHero
from webapp.providers.base import Exchange, ProviderAccountRecord, Transient
from webapp.statuses import ExchangeOutcome


class Impostor(BaseHTTPRequestHandler):
    """Answers everything and remembers what it was told."""

    told: list[str] = []

    def do_GET(self) -> None:
        self.told.append(f"{self.path} {dict(self.headers)}")
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    Impostor.told.clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    with HTTPServer(("127.0.0.1", 0), Impostor) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("kind", ["shipstation", "shiphero", "fba"])
def test_it_tells_nothing_to_a_host_that_cannot_prove_who_it_is(
    kind: str,
    impostor: str,
    account: ProviderAccountRecord,
    hero_account: ProviderAccountRecord,
    amazon_account: ProviderAccountRecord,
    open_adapter: OpenAdapter,
    open_hero: OpenHero,
    open_amazon: OpenAmazon,
    exchanges: list[Exchange],
) -> None:
    adapter = {
        "shipstation": lambda: open_adapter(replace(account, base_url=impostor)),
        "shiphero": lambda: open_hero(replace(hero_account, base_url=impostor)),
        "fba": lambda: open_amazon(replace(amazon_account, base_url=impostor)),
    }[kind]()

    with pytest.raises(Transient, match=r"its certificate does not prove.*Nothing was sent"):
        adapter.test_connection()

    assert Impostor.told == []
    assert {(exchange.outcome, exchange.response_status) for exchange in exchanges} == {
        (ExchangeOutcome.REFUSED, None)
    }
