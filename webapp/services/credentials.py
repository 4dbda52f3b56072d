"""Provider credentials at rest: encrypted with the first key, readable with any, so that keys can rotate."""

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from webapp.errors import ConfigurationError
from webapp.extensions import settings


def encrypt(credentials: Mapping[str, str]) -> bytes:
    """The encrypted form to store."""
    return _cipher().encrypt(json.dumps(dict(credentials)).encode())


def decrypt(stored: bytes) -> dict[str, str]:
    """The credentials in clear; raises ConfigurationError when no key fits."""
    try:
        credentials: dict[str, str] = json.loads(_cipher().decrypt(stored))
    except InvalidToken:
        raise ConfigurationError(
            "The stored credentials cannot be read with CREDENTIAL_KEYS. Add the key they were written with."
        ) from None
    return credentials


def is_current(stored: bytes) -> bool:
    """Whether it is encrypted with the first key."""
    try:
        Fernet(settings().credential_keys[0]).decrypt(stored)
    except InvalidToken:
        return False
    return True


def renewed(stored: bytes) -> bytes | None:
    """The same under the first key; None when no key fits."""
    try:
        return _cipher().rotate(stored)
    except InvalidToken:
        return None


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings().credential_keys])
