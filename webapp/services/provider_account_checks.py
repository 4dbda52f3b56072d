"""What an administrator wants an account to be, and everything that may be wrong with it, field by field."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from webapp.errors import Refused
from webapp.extensions import settings as running
from webapp.providers.account_kinds import AccountKind, AddressSetting
from webapp.providers.addresses import AddressRules
from webapp.providers.base import ProviderError
from webapp.providers.shapes import JsonValue

NAME_LENGTH, ADDRESS_LENGTH = 120, 255
NEEDED = "This is needed, so enter it."
CREDENTIAL_LENGTH = 4_000  # Refresh tokens have some hundreds of characters.


class WrongFields(Refused):
    """Something about these fields cannot be; `problems` has a sentence for each, by the field's name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("Nothing was saved. " + " ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Wish:
    """What was entered. Credentials that are not among `credentials` stay as they are, unless they are `dropped`.

    `settings` has a value for each declared setting, None where the adapter's default is to stand.
    """

    name: str
    base_url: str
    settings: Mapping[str, JsonValue]
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    dropped: frozenset[str] = frozenset()
    channel_ids: frozenset[int] = frozenset()

    @property
    def parameters(self) -> dict[str, Any]:
        """What makes a request the same as another one; of the credentials a digest under our own key."""
        typed = json.dumps(dict(self.credentials), sort_keys=True).encode()
        return {
            "name": self.name,
            "base_url": self.base_url,
            "settings": dict(self.settings),
            "credentials": hmac.new(running().secret_key.encode(), typed, hashlib.sha256).hexdigest(),
            "dropped": sorted(self.dropped),
            "channel_ids": sorted(self.channel_ids),
        }

    def credentials_after(self, held: Mapping[str, str]) -> dict[str, str]:
        """What is stored once this is so."""
        return {name: value for name, value in {**held, **self.credentials}.items() if name not in self.dropped}


def check_addresses(kind: AccountKind, wish: Wish) -> None:
    """Raises WrongFields, and writes to the log, for an address that is not called from here.

    Names are looked up, which may take seconds: to be called with no transaction open.
    """
    rules = AddressRules(allow_sandbox=not running().is_production, allow_real_hosts=running().allow_real_hosts)
    problems = {}
    for name, address in _addresses(kind, wish.base_url, wish.settings):
        try:
            rules.check_reachable(address)
        except ProviderError as error:
            problems[name] = error.message
    if problems:
        raise WrongFields(problems)


def check_credentials(
    kind: AccountKind, wish: Wish, held: Mapping[str, str], before: "Destination | None"
) -> None:
    """Raises WrongFields for what is missing, and for what must be entered anew.

    Credentials go where the account leads. When that is another place than they were entered for, they are entered
    again: whoever may change an address must not be able to have stored secrets sent to it.
    """
    after = wish.credentials_after(held)
    moves = before is not None and not Destination.of(kind, wish.base_url, wish.settings) <= before
    problems: dict[str, str] = {}
    for one in kind.credentials:
        if one.name not in after and one.is_required:
            problems[credential_field(one.name)] = NEEDED
        elif moves and one.name in after and one.name not in wish.credentials:
            problems[credential_field(one.name)] = (
                "The account leads to another address now. Enter this again, so that nothing stored is sent there."
            )
    if not problems and (incomplete := kind.incomplete(frozenset(after))):
        problems[credential_field(kind.credentials[0].name)] = incomplete
    if problems:
        raise WrongFields(problems)


@dataclass(frozen=True)
class Destination:
    """The hosts to which an account's credentials go."""

    places: frozenset[tuple[str, str, int | None]]

    @classmethod
    def of(cls, kind: AccountKind, base_url: str, settings: Mapping[str, Any]) -> "Destination":
        """Raises no error: an address that cannot be read leads nowhere."""
        return cls(frozenset(_place(address) for _, address in _addresses(kind, base_url, settings)))

    def __le__(self, other: "Destination") -> bool:
        return self.places <= other.places


def credential_field(name: str) -> str:
    """The form's name of the field for a credential."""
    return f"credential_{name}"


def setting_field(name: str) -> str:
    """The form's name of the field for a setting."""
    return f"setting_{name}"


def _addresses(kind: AccountKind, base_url: str, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "base_url", base_url
    for one in kind.settings:
        if isinstance(one, AddressSetting) and settings.get(one.name):
            yield setting_field(one.name), str(settings[one.name])


def _place(address: str) -> tuple[str, str, int | None]:
    try:
        url = httpx.URL(address.strip())
    except httpx.InvalidURL:
        return "", "", None
    return url.scheme, url.host, url.port
