"""A postal address as it is read from an order and as it is written on a label."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Label

ADDRESS_PARTS = (
    "name",
    "company",
    "email",
    "phone",
    "address1",
    "address2",
    "city",
    "province",
    "province_code",
    "zip",
    "country",
    "country_code",
)
# Where the postal code stands behind the town; elsewhere it stands before it.
_CODE_BEHIND_TOWN = frozenset({"US", "CA", "AU", "GB", "IE", "IN", "NZ", "ZA", "BR", "MX"})


@dataclass(frozen=True)
class Address:
    """One address; empty text where a part is missing."""

    name: str
    company: str
    email: str
    phone: str
    address1: str
    address2: str
    city: str
    province: str
    province_code: str
    zip: str
    country: str
    country_code: str

    @property
    def lines(self) -> list[str]:
        """The address as written on a label, without the name; missing parts leave no gaps."""
        region = self.province_code or self.province
        if self.country_code in _CODE_BEHIND_TOWN:
            town = ", ".join(part for part in (self.city, f"{region} {self.zip}".strip()) if part)
        else:
            town = " ".join(part for part in (self.zip, self.city) if part)
            town = ", ".join(part for part in (town, region) if part)
        parts = (self.company, self.address1, self.address2, town, self.country or self.country_code)
        return [part for part in parts if part]

    @property
    def contact(self) -> list[str]:
        return [part for part in (self.email, self.phone) if part]

    @property
    def text(self) -> str:
        """The whole address in lines, for copying."""
        return "\n".join([self.name, *self.lines] if self.name else self.lines)


def address_columns(table: Any, prefix: str) -> list[Label[str]]:
    """The address columns of a table, labelled with a prefix so that two addresses fit in one row."""
    return [getattr(table, part).label(f"{prefix}_{part}") for part in ADDRESS_PARTS]
