"""Customers of practice orders: a name, an e-mail address and a postal address that belong together."""

import re
import unicodedata
from random import Random

from webapp.services.seeding.names import (
    COMPANY_NAMES,
    FIRST_NAMES,
    LAST_NAMES,
    STREETS,
    STREETS_ABROAD,
    WHOLE_NAMES,
)
from webapp.services.seeding.places import ABROAD, AT_HOME, Place

# In the order of loading.layouts.ADDRESS.
Address = tuple[str, str, str, str, str, str, str, str, str, str, str, str]
_MAIL_HOSTS = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_WITHOUT_DECOMPOSITION = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "\u0131": "i", "ß": "ss", "đ": "d"}
)


class Customers:
    """Draws one customer after another."""

    def __init__(self, random: Random) -> None:
        self._random = random.random
        self._first = [(name, _mail_name(name)) for name in FIRST_NAMES]
        self._last = [(name, _mail_name(name)) for name in LAST_NAMES]

    def draw(self) -> Address:
        """A new customer with a shipping address."""
        random = self._random
        place = self._place()
        name, mail = self._person()
        company = COMPANY_NAMES[int(random() * len(COMPANY_NAMES))] if random() < 0.16 else ""
        email = f"{mail}{int(random() * 1000)}@{_MAIL_HOSTS[int(random() * len(_MAIL_HOSTS))]}"
        if random() < 0.07:
            email = ""
        phone = self._digits(place.calling) if random() < 0.8 else ""
        return (name, company, email, phone, *self._street_and_place(place))

    def elsewhere(self, customer: Address) -> Address:
        """The same customer with a billing address somewhere else."""
        return (*customer[:4], *self._street_and_place(self._place()))

    def _person(self) -> tuple[str, str]:
        random = self._random
        if random() < 0.03:
            return WHOLE_NAMES[int(random() * len(WHOLE_NAMES))]
        first, first_mail = self._first[int(random() * len(self._first))]
        last, last_mail = self._last[int(random() * len(self._last))]
        return f"{first} {last}", f"{first_mail}.{last_mail}"

    def _place(self) -> Place:
        random = self._random
        places = AT_HOME if random() < 0.86 else ABROAD
        return places[int(random() * len(places))]

    def _street_and_place(self, place: Place) -> tuple[str, str, str, str, str, str, str, str]:
        random = self._random
        number = int(random() * 9_800) + 100 if place.country_code == "US" else int(random() * 240) + 1
        streets = STREETS_ABROAD.get(place.country_code, STREETS)
        street = streets[int(random() * len(streets))]
        if place.country_code in {"DE", "ES", "SE", "BR", "MX", "JP"}:
            address1 = f"{street} {number}"
        else:
            address1 = f"{number} {street}"
        address2 = f"Apt {int(random() * 90) + 1}" if random() < 0.18 else ""
        zip_code = self._digits(place.zip)
        return (
            address1,
            address2,
            place.city,
            place.province,
            place.province_code,
            zip_code,
            place.country,
            place.country_code,
        )

    def _digits(self, pattern: str) -> str:
        """The pattern with a digit for each `#`, of which there are at most two."""
        drawn = int(self._random() * 100)
        return pattern.replace("#", str(drawn // 10), 1).replace("#", str(drawn % 10), 1)


def _mail_name(name: str) -> str:
    """A name as it stands in an e-mail address: plain letters only."""
    plain = unicodedata.normalize("NFKD", name.translate(_WITHOUT_DECOMPOSITION)).encode("ascii", "ignore")
    return re.sub(r"[^a-z]", "", plain.decode().lower())
