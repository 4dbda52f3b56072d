"""Which addresses may be called at all, checked on the name and again on the very address connected to."""

import socket
import ssl
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx
import structlog

from webapp.providers.base import ProviderError, Rejected, Transient

log = structlog.get_logger()

Address = IPv4Address | IPv6Address


class InvalidBaseUrl(ProviderError):
    """The account's address is not one this product calls."""

    code = "provider_invalid_base_url"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RealHostRefused(ProviderError):
    """Outside production a real provider is not called unless a setting allows it."""

    code = "provider_real_host_refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class WrongAddress(Rejected):
    """Somebody is there, but it is not the provider's API."""

    code = "provider_wrong_address"


class Unreachable(Transient):
    """Nobody is there, or nobody answers."""

    code = "provider_unreachable"


class CertificateRefused(Unreachable):
    """Whoever is there cannot prove to be this host, so nothing was said."""

    code = "provider_certificate_refused"


class AddressRules:
    """What one installation may reach: the sandbox on this machine, real providers, or both."""

    def __init__(self, *, allow_sandbox: bool, allow_real_hosts: bool) -> None:
        self._allow_sandbox = allow_sandbox
        self._allow_real_hosts = allow_real_hosts

    def check_url(self, base_url: str) -> httpx.URL:
        """The address as one that may be called: https, or http to this machine's sandbox.

        Looks at the text only; addresses behind a name are judged when connecting. Raises InvalidBaseUrl, and
        writes that to the log, since nothing is sent that could be kept as an exchange.
        """
        try:
            return self._checked(base_url)
        except InvalidBaseUrl as refusal:
            log.warning("provider_address_refused", reason=refusal.message)
            raise

    def _checked(self, base_url: str) -> httpx.URL:
        try:
            url = httpx.URL(base_url.strip())
        except httpx.InvalidURL as error:
            raise InvalidBaseUrl(f"The provider account's address cannot be read: {error}.") from None
        if url.scheme not in ("https", "http") or not url.host:
            raise InvalidBaseUrl("The provider account's address must begin with https:// and name a host.")
        if url.userinfo or url.query or url.fragment:
            raise InvalidBaseUrl("The provider account's address must hold no user, password, “?” or “#” part.")
        if url.scheme == "http" and not _names_this_machine(url.host):
            raise InvalidBaseUrl(f"{url.host} may only be called over https, so that nobody can listen.")
        return url

    def check_reachable(self, base_url: str) -> httpx.URL:
        """The same, and what is behind the name as well: for an address that is about to be stored.

        Raises what check_url and addresses_of raise, and writes every refusal to the log.
        """
        url = self.check_url(base_url)
        try:
            self.addresses_of(url.host, url.port or 443)
        except ProviderError as refusal:
            log.warning("provider_address_refused", reason=refusal.message)
            raise
        return url

    def addresses_of(self, host: str, port: int) -> list[str]:
        """The addresses of a host, each allowed, IPv4 first.

        Raises InvalidBaseUrl when any of them lies inside this network, RealHostRefused when real providers
        are not called here, Unreachable when the name cannot be looked up now.
        """
        addresses = _look_up(host, port)
        for address in addresses:
            self._check_address(host, address)
        return [str(address) for address in sorted(addresses, key=lambda address: address.version)]

    def _check_address(self, host: str, address: Address) -> None:
        if address.is_loopback:
            if not self._allow_sandbox:
                raise InvalidBaseUrl(f"{host} is this machine; only practice mode may call its sandbox.")
        elif not address.is_global or address.is_multicast:
            raise InvalidBaseUrl(f"{host} leads to {address}, which is not an address on the internet.")
        elif not self._allow_real_hosts:
            raise RealHostRefused(
                f"{host} is a real provider and this is not production. Use the sandbox's address in the "
                "provider account, or allow real hosts in the settings."
            )


class CheckedTransport(httpx.BaseTransport):
    """Looks a host up once, judges its addresses, and connects to exactly the one that was judged.

    A name that answers differently the second time (DNS rebinding) therefore gains nothing. TLS still
    verifies the certificate against the name.
    """

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules
        self._inner = httpx.HTTPTransport(verify=_trusted(), trust_env=False)
        self._attempts = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        addresses = self._rules.addresses_of(host, request.url.port or 443)
        try:
            return self._inner.handle_request(_aimed_at(request, addresses[self._attempts % len(addresses)]))
        except httpx.ConnectError:
            # The next attempt tries the next address of the same host.
            self._attempts += 1
            raise

    def close(self) -> None:
        self._inner.close()


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Who may vouch for a host; reading the authorities' certificates takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=False)


def _aimed_at(request: httpx.Request, address: str) -> httpx.Request:
    """The same request, Host header and all, sent to an address instead of looking its name up again."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def _names_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _look_up(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(
            f"The name {host} cannot be looked up. Check the account's address and the network."
        ) from None
    return list(dict.fromkeys(_address(str(entry[4][0])) for entry in found))


def _address(text: str) -> Address:
    """The address itself; one IPv4 address in IPv6 clothing is judged as what it is."""
    address = ip_address(text.partition("%")[0])
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
