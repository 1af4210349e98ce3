"""Where a purchase is sent: what an address needs before anything can be sent there.

Source: UPU S42 (elements of an address); the lengths are what carriers' APIs take.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

MOST_STREET_LINES: Final = 3
LONGEST_LINE: Final = 70
LONGEST_NAME: Final = 70
LONGEST_CODE: Final = 12
LONGEST_PHONE: Final = 20


@dataclass(frozen=True, slots=True)
class Address:
    """A person's, or a company's, place. `country` is ISO 3166-1 alpha-2."""

    name: str
    street: tuple[str, ...]
    city: str
    postal_code: str
    country: str
    company: str | None = None
    region: str | None = None
    phone: str | None = None

    def stored(self) -> dict[str, Any]:
        """The address as JSON, under the names of the API."""
        found = {_API.get(name, name): value for name, value in asdict(self).items()}
        return {name: value for name, value in found.items() if value is not None}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Address":
        """The address that `stored` gave; what other parts keep beside it is left aside."""
        known = {_FIELD.get(name, name): value for name, value in stored.items()}
        known["street"] = tuple(known["street"])
        return cls(**{name: known[name] for name in cls.__slots__ if name in known})


_API: Final = {"postal_code": "postalCode"}
_FIELD: Final = {api: name for name, api in _API.items()}


@dataclass(frozen=True, slots=True)
class BadAddress:
    """A field of an address cannot be used; `field` is its name in the API."""

    field: str


def tidy(given: Address) -> Address | BadAddress:
    """The address without idle spaces, its country in capitals.

    Refuses: a name, street, city, postal code or country that is lacking; a text that is too long
    or has control characters; a country that is not two letters.
    """
    street = tuple(line for each in given.street if (line := _plain(each)))
    found = Address(
        name=_plain(given.name),
        street=street,
        city=_plain(given.city),
        postal_code=_plain(given.postal_code).upper(),
        country=_plain(given.country).upper(),
        company=_plain(given.company or "") or None,
        region=_plain(given.region or "") or None,
        phone=_plain(given.phone or "") or None,
    )
    wrong = _wrong(found)
    return found if wrong is None else BadAddress(wrong)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _wrong(address: Address) -> str | None:
    """The name of the first field that cannot be used."""
    fits = {
        "name": 1 <= len(address.name) <= LONGEST_NAME,
        "street": 1 <= len(address.street) <= MOST_STREET_LINES
        and all(len(line) <= LONGEST_LINE for line in address.street),
        "city": 1 <= len(address.city) <= LONGEST_LINE,
        "postalCode": 1 <= len(address.postal_code) <= LONGEST_CODE,
        "country": len(address.country) == 2
        and address.country.isascii()
        and address.country.isalpha(),
        "company": len(address.company or "") <= LONGEST_NAME,
        "region": len(address.region or "") <= LONGEST_LINE,
        "phone": len(address.phone or "") <= LONGEST_PHONE,
    }
    texts = {**address.stored(), "street": "".join(address.street)}
    return next(
        (name for name, fit in fits.items() if not fit or not texts.get(name, "-").isprintable()),
        None,
    )
