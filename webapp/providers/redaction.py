"""Takes secrets and personal data out of whatever is stored or shown about a call."""

import re
from base64 import b64encode
from collections.abc import Iterable
from decimal import Decimal
from json import dumps
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import httpx
from lxml import etree

from webapp.providers.shapes import JsonValue, UnexpectedAnswer, parse_json
from webapp.providers.xml import Element, local_name, parse_xml

REDACTED = "[redacted]"
# Enough for a page of orders to be useful to a person, little enough for a row in a database.
MAX_BODY = 16_000
# Only a hint is shown of a page that is not JSON: its beginning says which proxy or portal sent it.
MAX_PLAIN = 300
MAX_MESSAGE = 500
# A shorter credential would blank out ordinary words.
SHORTEST_SECRET = 6
# Of a text that was cut before it was redacted, this much of the end is not shown.
MAX_SECRET = 8_000


def _names(*rows: str) -> frozenset[str]:
    """Field names in lower case without punctuation, so that one spelling stands for all."""
    return frozenset(name for row in rows for name in row.split())


_SECRET = _names(
    "accesstoken apikey apipassword apisecret apitoken authorization bearer clientsecret cookie key password",
    "refreshtoken secret setcookie signature subscriptionkey token xamzaccesstoken xapikey",
)
# Whole objects that describe a person or hold a printed label; everything inside them goes.
_PERSONAL_OBJECTS = _names(
    "address billingaddress billto buyer customer destination destinationaddress formdata labeldata recipient",
    "creditcard paymentcard paymentdetails returnto sender senderdetails shipfrom shippingaddress shipto",
    "taxidentifiers toaddress",
)
_PERSONAL = _names(
    "address1 address2 address3 addressline1 addressline2 addressline3 billtoaccount billtoemail",
    "billtopostalcode buyeremail buyername city company contact customeremail customername customernotes",
    "customerusername email emailaddress firstname fullname giftmessage internalnotes lastname notes",
    "notifyemail phone phonenumber postalcode postcode recipientname requestednotes shipname shiptoemail",
    "shiptoname street street1 street2 street3 username zip zipcode",
    "birthdate birthday cardholder cardholdername cardnumber ccnumber creditcardnumber cvc cvv dateofbirth dob",
    "fax faxnumber iban mobile mobilenumber mobilephone nationalid passportnumber ssn telephone",
    "socialsecuritynumber",
)
_SENSITIVE = _SECRET | _PERSONAL_OBJECTS | _PERSONAL
# Possessive and anchored at the start of a word, so that a megabyte without “@” is read only once.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+")
_BASIC = re.compile(r"\b(basic|bearer)\s+[\w+/=.~-]{6,}", re.IGNORECASE)
# One name and its text, number or list of texts in JSON that cannot be parsed, also when it was cut off.
_TEXT = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_PAIR = re.compile(
    rf'"(?P<key>[^"\\]{{1,60}})"(?P<gap>\s*:\s*)(?P<value>{_TEXT}|[-\d][-+.\deE]*|\[(?:\s*{_TEXT}\s*,?)*+\]?)'
)
# A message in XML that was cut off, and one tag in it with the text that follows.
_XML = re.compile(r"\s*<(?:\?xml\b|[\w.-]{1,60}:?Envelope\b)")
_ELEMENT = re.compile(r"<(?P<key>/?[\w.:-]{1,60})(?P<rest>[^<>]*)>(?P<value>[^<]+)")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Redactor:
    """Knows one account's secrets and removes them, and what names a person, from everything it is given.

    `personal`: field names that do so at one provider only, in lower case without punctuation.
    `auth`: user and password of basic authentication, which are then also known as the header spells them.
    """

    def __init__(
        self, secrets: Iterable[str], personal: frozenset[str] = frozenset(), auth: object = None
    ) -> None:
        self._names = _SENSITIVE | personal
        self._secrets: list[str] = []
        for secret in secrets:
            self.learn(secret)
        if isinstance(auth, tuple):
            self.learn(b64encode(":".join(auth).encode()).decode())

    def learn(self, secret: str) -> None:
        """Remove this from now on too, also as it is written in a form, an address or XML."""
        if len(secret) >= SHORTEST_SECRET and secret not in self._secrets:
            self._secrets += {secret, quote(secret, safe=""), quote_plus(secret), escape(secret)}
            # The longest first, so that a secret that contains another leaves nothing behind.
            self._secrets.sort(key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without this account's secrets, e-mail addresses or authorization values."""
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return _EMAIL.sub(REDACTED, _BASIC.sub(REDACTED, text))

    def message(self, text: str) -> str:
        """A provider's own words on one line, redacted, at most 500 characters."""
        words = " ".join(self.text(text).split())
        return words if len(words) <= MAX_MESSAGE else words[: MAX_MESSAGE - 1] + "…"

    def json(self, value: JsonValue) -> JsonValue:
        """The same JSON without secrets and personal data, amounts as text so that they stay exact."""
        if isinstance(value, dict):
            return {self.text(key): self._field(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.json(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        return str(value) if isinstance(value, Decimal) else value

    def _field(self, key: str, value: JsonValue) -> JsonValue:
        if value is None or isinstance(value, bool):
            return value
        return REDACTED if _plain(key) in self._names else self.json(value)

    def body(self, body: bytes) -> str:
        """A request or response body fit to be stored: redacted, and cut at 16,000 characters."""
        for redacted in (self._json_body, self._xml_body):
            try:
                return _cut(redacted(body), MAX_BODY)
            except UnexpectedAnswer:
                continue
        return self._broken(body.decode("utf-8", "replace").replace("\0", "\ufffd"))

    def _json_body(self, body: bytes) -> str:
        return dumps(self.json(parse_json(body)), ensure_ascii=False)

    def _xml_body(self, body: bytes) -> str:
        root = parse_xml(body)
        if local_name(root).lower() == "html":
            raise UnexpectedAnswer("is a web page")
        self._redact_element(root)
        return str(etree.tostring(root, encoding="unicode"))

    def _redact_element(self, root: Element) -> None:
        """The same elements without secrets and personal data; what a person's holds goes as a whole."""
        waiting = [root]
        while waiting:
            element = waiting.pop()
            for name, value in element.attrib.items():
                element.set(name, self.text(value))
            if _plain(local_name(element)) in self._names and (len(element) or element.text):
                del element[:]
                element.text = REDACTED
                continue
            element.text = element.text and self.text(element.text)
            waiting += element
            for child in element:
                child.tail = child.tail and self.text(child.tail)

    def _broken(self, text: str) -> str:
        """What does not parse as JSON may still be half an order; only its harmless pairs stay."""
        limit = MAX_BODY if text.lstrip()[:1] in ("{", "[") else MAX_PLAIN
        # Redacting before cutting, so that no half of a secret stays; four times the limit is enough to read.
        shown = _PAIR.sub(self._redact_pair, text[: 4 * MAX_BODY])
        if _XML.match(text):
            shown = _ELEMENT.sub(self._redact_text, shown)
        redacted = self.text(shown)
        if len(text) <= 4 * MAX_BODY:
            return _cut(redacted, limit)
        # What follows was never redacted, and the last of what was may be half a secret.
        shown = redacted[: max(0, min(limit, len(redacted) - MAX_SECRET))]
        return f"{shown}… [cut: {len(text):,} characters in all]"

    def _redact_pair(self, match: re.Match[str]) -> str:
        """In broken JSON nobody can tell a person's name from a product's, so every name goes."""
        name, value = _plain(match["key"]), match["value"]
        cut_off = value.startswith('"') and not value.endswith('"')
        if name == "name" or name in self._names or cut_off:
            return f'"{match["key"]}"{match["gap"]}"{REDACTED}"'
        return match[0]

    def _redact_text(self, match: re.Match[str]) -> str:
        """The same for an element of broken XML; what follows the last tag may be half of anything."""
        name = _plain(match["key"].rpartition(":")[2])
        is_cut_off = match.end() == len(match.string)
        if match["value"].strip() and (name == "name" or name in self._names or is_cut_off):
            return f"<{match['key']}{match['rest']}>{REDACTED}"
        return match[0]

    def url(self, url: httpx.URL) -> str:
        """The address without user, fragment, secrets or personal values in its query."""
        pairs = [
            (key, REDACTED if _plain(key) in self._names else value) for key, value in url.params.multi_items()
        ]
        bare = url.copy_with(username=None, password=None, fragment=None)
        return self.text(str(bare.copy_with(params=pairs) if pairs else bare))


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [cut: {len(text):,} characters in all]"
