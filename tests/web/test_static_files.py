"""Static files: how long they are kept, and how small they travel."""

import re
import zlib
from pathlib import Path

import brotli
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.page import Page

STYLE = "/static/css/dockside.css"


def fetch(app: Flask, path: str, **headers: str) -> TestResponse:
    return app.test_client().get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_an_address_that_names_the_content_is_kept_for_good(app: Flask, page: Page) -> None:
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)', page.get("/login").response.get_data(as_text=True))
    assert len(addresses) >= 5
    for address in addresses:
        answer = fetch(app, address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", address


@pytest.mark.parametrize("address", [STYLE, f"{STYLE}?v=1", STYLE.replace("/static", "/static/0123456789")])
def test_any_other_address_is_kept_for_minutes(app: Flask, address: str) -> None:
    assert fetch(app, address).headers["Cache-Control"] == "public, max-age=300"


def test_what_a_module_imports_is_of_its_version_and_kept_for_good(app: Flask, page: Page) -> None:
    html = page.get("/login").response.get_data(as_text=True)
    (main,) = re.findall(r'<script type="module" src="([^"]+)"', html)
    here = main.removesuffix("main.js")
    modules = {file.name for file in (Path(app.static_folder or "") / "js").iterdir()}
    imported = set()
    for name in modules:
        answer = fetch(app, f"{here}{name}")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", name
        imported |= set(re.findall(r'^import .*"\./([\w-]+\.js)";$', answer.get_data(as_text=True), re.MULTILINE))
    assert imported | {"main.js"} == modules


@pytest.mark.parametrize("path", [STYLE, "/static/js/forms.js", "/static/brand.svg"])
def test_text_travels_compressed_in_the_way_the_browser_takes(app: Flask, path: str) -> None:
    plain = fetch(app, path)
    assert "Content-Encoding" not in plain.headers
    small = fetch(app, path, Accept_Encoding="gzip, deflate, br, zstd")
    assert small.headers["Content-Encoding"] == "br"
    assert brotli.decompress(small.data) == plain.data
    assert len(small.data) < len(plain.data)
    assert "accept-encoding" in {name.lower() for name in small.vary}
    assert small.headers["ETag"] != plain.headers["ETag"]


def test_a_browser_without_brotli_gets_gzip(app: Flask) -> None:
    answer = fetch(app, STYLE, Accept_Encoding="gzip, deflate")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert zlib.decompress(answer.data, 31) == fetch(app, STYLE).data


@pytest.mark.parametrize("accepted", ["", "gzip", "br"])
def test_what_has_not_changed_is_not_sent_again(app: Flask, accepted: str) -> None:
    first = fetch(app, STYLE, Accept_Encoding=accepted)
    again = fetch(app, STYLE, Accept_Encoding=accepted, If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    assert not again.data


def test_pages_travel_compressed_too(app: Flask) -> None:
    answer = fetch(app, "/login", Accept_Encoding="gzip, deflate, br, zstd")
    assert answer.headers["Content-Encoding"] == "br"
    assert {"accept-encoding", "hx-request"} <= {name.lower() for name in answer.vary}


@pytest.mark.parametrize(
    "path", ["nothing.css", "../wsgi.py", "..%2fwsgi.py", "css", "%2e%2e/wsgi.py", "css/../../wsgi.py"]
)
def test_nothing_outside_the_folder_is_served(app: Flask, path: str) -> None:
    assert fetch(app, f"/static/{path}").status_code == 404


def test_all_a_first_visit_loads_is_small(app: Flask, page: Page) -> None:
    html = page.get("/login").response.get_data(as_text=True)
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', html))
    folder = next(address.removesuffix("main.js") for address in addresses if address.endswith("/main.js"))
    addresses |= {f"{folder}{file.name}" for file in (Path(app.static_folder or "") / "js").iterdir()}
    total = sum(len(fetch(app, address, Accept_Encoding="br").data) for address in addresses)
    assert total <= 150_000
