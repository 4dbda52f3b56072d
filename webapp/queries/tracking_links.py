"""The address where a carrier shows a parcel, for the carriers whose address is public and stable."""

import re
from functools import lru_cache
from urllib.parse import quote

# The addresses as the carriers publish them for links, with the number at its place.
_PAGES = {
    "ups": "https://www.ups.com/track?tracknum={}",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
    "dhl": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "ontrac": "https://www.ontrac.com/tracking/?number={}",
    "lasership": "https://www.ontrac.com/tracking/?number={}",
    "purolator": "https://www.purolator.com/en/shipping/tracker?pin={}",
    "canadapost": "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
    "royalmail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    "australiapost": "https://auspost.com.au/mypost/track/details/{}",
    "amazon": "https://track.amazon.com/tracking/{}",
}
# How providers write carriers whose name does not begin with one of the above.
_OTHER_NAMES = {"stampscom": "usps", "endicia": "usps", "unitedparcel": "ups", "auspost": "australiapost"}
# Numbers that no other carrier hands out.
_SHAPES = (
    (re.compile(r"1Z[0-9A-Z]{16}"), "ups"),
    (re.compile(r"9[2-5][0-9]{18,20}"), "usps"),
    (re.compile(r"TBA[0-9]{9,15}"), "amazon"),
)


def tracking_url(carrier: str | None, tracking_number: str | None) -> str | None:
    """Where the carrier shows this parcel; None when the carrier is not known or the number is none."""
    key = re.sub(r"[\s-]", "", tracking_number or "").upper()
    known = _known(carrier) or _by_shape(key)
    return _PAGES[known].format(quote(key, safe="")) if key and known else None


@lru_cache(maxsize=256)
def _known(carrier: str | None) -> str | None:
    name = re.sub(r"[^a-z]", "", (carrier or "").lower())
    name = next((known for other, known in _OTHER_NAMES.items() if name.startswith(other)), name)
    return next((known for known in _PAGES if name.startswith(known)), None)


def _by_shape(key: str) -> str | None:
    return next((carrier for shape, carrier in _SHAPES if shape.fullmatch(key)), None)
