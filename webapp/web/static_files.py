"""Static files: compressed once and kept, and cached for good when their address names their content.

The name comes before the path, `/static/4c0ffee123/js/main.js`, so that what a file refers to next to itself, as
modules do that import one another, has it too.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

import brotli
from flask import Flask, Response, abort, current_app, request
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as BaseResponse

VERSION = re.compile(r"[0-9a-f]{10}")
TEXT_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Of the 85 kB all files come to, level 11 would save some 10 kB more, for most of a second at the first visit.
BROTLI_LEVEL = 9
FOR_GOOD = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=300"


def install(app: Flask) -> None:
    """Answer Flask's static route from here."""
    app.view_functions["static"] = _serve


def address(folder: str, path: str) -> str:
    """Where a static file is found below the static URL.

    The caller keeps it: a page asks often, and a changed file comes with a new start.
    """
    return f"{_version(Path(folder) / path)}/{path}"


def _serve(filename: str) -> BaseResponse:
    version, path = _parts(filename)
    found = safe_join(current_app.static_folder or "", path)
    if found is None or not Path(found).is_file():
        abort(404)
    file = Path(found)
    response = _text(file) if file.suffix in TEXT_TYPES else current_app.send_static_file(path)
    response.headers["Cache-Control"] = FOR_GOOD if version == _version(file) else FOR_A_WHILE
    return response


def _parts(filename: str) -> tuple[str | None, str]:
    """The version a path begins with, if it does, and the path."""
    first, _, rest = filename.partition("/")
    return (first, rest) if VERSION.fullmatch(first) else (None, filename)


def _text(file: Path) -> BaseResponse:
    """A text file, with Brotli where the browser takes it; Flask-Compress does the rest."""
    changed = file.stat().st_mtime_ns
    takes_brotli = request.accept_encodings.quality("br") > 0
    body = _brotli(file, changed) if takes_brotli else file.read_bytes()
    response = Response(body, mimetype=TEXT_TYPES[file.suffix])
    response.set_etag(f"{_version(file)}{'-br' if takes_brotli else ''}")
    if takes_brotli:
        response.content_encoding = "br"
    return response.make_conditional(request)


def _version(file: Path) -> str:
    """The hash of all files of a folder, so that those that belong together are of one version."""
    beside = sorted(path for path in file.parent.iterdir() if path.is_file())
    return _hash(tuple((path, path.stat().st_mtime_ns) for path in beside))


@lru_cache(maxsize=64)
def _hash(files: tuple[tuple[Path, int], ...]) -> str:
    digest = hashlib.sha256()
    for file, _changed in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:10]


@lru_cache(maxsize=256)
def _brotli(file: Path, _changed: int) -> bytes:
    compressed: bytes = brotli.compress(file.read_bytes(), quality=BROTLI_LEVEL)
    return compressed
