"""What is said of a device, read and held to its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from domain.money import Currency, Money
from domain.units.proofs import (
    Diagnostic,
    Erasure,
    ErasureMethod,
    ErasureResult,
    ErasureTechnique,
)
from models.units import Acquisition
from resolvers.context import BadInput, stored_text

LONGEST: Final = 120
MOST_TESTS: Final = 100
MOST_MINOR: Final = 10**11


@dataclass(frozen=True, slots=True)
class DiagnosticSaid:
    """A test as it was sent. Units: `battery_health` per cent."""

    protocol: str
    passed: bool
    at: datetime
    battery_health: int | None
    tests: Sequence[tuple[str, bool]]

    def read(self) -> Diagnostic:
        """The same, held to its limits. Raises: BadInput."""
        if len(self.tests) > MOST_TESTS:
            raise BadInput(f"`tests` are {MOST_TESTS} at most.", argument="diagnostic.tests")
        if self.battery_health is not None and not 0 <= self.battery_health <= 100:
            raise BadInput("`batteryHealth` is 0 to 100.", argument="diagnostic.batteryHealth")
        named = [(said(name, "diagnostic.tests", 60), passed) for name, passed in self.tests]
        results = {name: all(p for n, p in named if n == name) for name, _ in named}
        return Diagnostic(
            said(self.protocol, "diagnostic.protocol"),
            self.passed,
            zoned(self.at, "diagnostic.at"),
            self.battery_health,
            results,
        )


@dataclass(frozen=True, slots=True)
class ErasureSaid:
    """An erasure as it was sent."""

    result: ErasureResult
    at: datetime
    standard: str | None
    method: ErasureMethod | None
    technique: ErasureTechnique | None
    tool: str | None
    certificate: str | None
    encrypted: bool

    def read(self) -> Erasure:
        """The same, held to its limits. Raises: BadInput."""
        return Erasure(
            self.result,
            zoned(self.at, "erasure.at"),
            maybe(self.standard, "erasure.standard"),
            self.method,
            self.technique,
            maybe(self.tool, "erasure.tool"),
            maybe(self.certificate, "erasure.certificateRef"),
            self.encrypted,
        )


@dataclass(frozen=True, slots=True)
class AcquisitionSaid:
    """What was paid, as it was sent."""

    price: Decimal
    currency: Currency
    document: str
    supplier: str
    bought_on: date | None
    country: str | None = None
    imported: bool = False

    def read(self) -> Acquisition:
        """The same, held to its limits. Raises: BadInput."""
        minor = _minor(self.price, self.currency)
        named = said(self.document, "acquisition.document")
        country = None if self.country is None else _country(self.country)
        told = (minor, self.currency.value, named, self.supplier, self.bought_on)
        return Acquisition(*told, country=country, imported=self.imported)


def _country(text: str) -> str:
    found = text.strip().upper()
    if not (len(found) == 2 and found.isascii() and found.isalpha()):
        message = "`country` is two letters, as `FR`."
        raise BadInput(message, argument="acquisition.country")
    return found


def _minor(amount: Decimal, currency: Currency) -> int:
    try:
        minor = Money.of(amount, currency).minor
    except (ValueError, InvalidOperation):
        minor = -1
    if not 0 <= minor <= MOST_MINOR:
        message = f"`price` is no amount of {currency}."
        raise BadInput(message, argument="acquisition.price")
    return minor


def finite(value: Decimal | None, argument: str) -> Decimal | None:
    """A number as it was sent. Raises: BadInput for what is none."""
    if value is not None and not value.is_finite():
        message = f"`{argument}` is not a finite number."
        raise BadInput(message, argument=argument, reason="NOT_A_NUMBER")
    return value


def zoned(at: datetime, argument: str) -> datetime:
    """A time as it was sent. Raises: BadInput for one without a zone."""
    if at.tzinfo is None:
        raise BadInput(f"`{argument}` needs a zone, such as `Z`.", argument=argument)
    return at


def maybe(text: str | None, argument: str) -> str | None:
    """A text that may be left out. Raises: BadInput."""
    return said(text, argument) if text else None


def said(text: str, argument: str, longest: int = LONGEST) -> str:
    """A text as it was sent, held to its length. Raises: BadInput."""
    found = stored_text(text.strip(), argument)
    if not 0 < len(found) <= longest:
        raise BadInput(f"`{argument}` is 1 to {longest} characters.", argument=argument)
    return found
