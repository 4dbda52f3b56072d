"""Passwords: which are good enough, how they are stored, how one is checked."""

import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.errors import Refused

SHORTEST = 8  # OWASP ASVS 5.0, 6.2.1; the pages recommend fifteen, as it does.
LONGEST = 256  # Far above the 64 that 6.2.9 asks for; more would only be work for the hash.
COMMON = Path(__file__).with_name("common_passwords.txt")

# Argon2id as OWASP advises for t=2: some 25 ms of one core and 19 MiB, so that eight at once fit in 1 GB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def check(password: str, username: str) -> None:
    """Raise Refused, with what to do, for a password that is too short, too long, or the first to be guessed."""
    if len(password) < SHORTEST:
        raise Refused(f"The password is too short. Use at least {SHORTEST} characters; 15 or more are better.")
    if len(password) > LONGEST:
        raise Refused(f"The password is too long. Use at most {LONGEST} characters.")
    if _plain(password) == _plain(username):
        raise Refused("The password is the same as the user name. Choose another one.")
    if _plain(password) in _common():
        raise Refused("This password is one of the most common ones, so it is guessed first. Choose another one.")


def stored_form(password: str) -> str:
    """What the database keeps of a password."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password; without a stored form it takes as long and is always false."""
    try:
        return _hasher.verify(stored or _nobody(), password[:LONGEST]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether it was stored with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


@cache
def _common() -> frozenset[str]:
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
