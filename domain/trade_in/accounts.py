"""The bank account that a person is paid to: checked, and shown without its middle.

Source: ISO 13616 (IBAN); the list of countries with their lengths is that of python-stdnum.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stdnum import iban as stdnum_iban
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError

LONGEST_NAME: Final = 70


class AccountFault(StrEnum):
    """Why an account cannot be paid to."""

    MISSING = "MISSING"
    NAME = "NAME"
    LENGTH = "LENGTH"
    COUNTRY = "COUNTRY"
    CHECK_DIGITS = "CHECK_DIGITS"
    FORMAT = "FORMAT"


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account of a person. Shapes: `iban` in capitals without spaces."""

    iban: str
    name: str

    @property
    def shown(self) -> str:
        """The account as its owner is shown it: country and the last four characters."""
        return f"{self.iban[:2]}•• •••• {self.iban[-4:]}"


def account_of(iban: str, name: str) -> BankAccount | AccountFault:
    """The account that a person wrote. Refuses: a name or a number that no bank would take."""
    named = " ".join(name.split())
    if not 1 <= len(named) <= LONGEST_NAME or not named.isprintable():
        return AccountFault.NAME
    if len(iban) > 50:
        return AccountFault.LENGTH
    try:
        return BankAccount(stdnum_iban.validate(iban), named)
    except ValidationError as error:
        faults = (fault for kind, fault in _FAULTS.items() if isinstance(error, kind))
        return next(faults, AccountFault.FORMAT)


_FAULTS: Final = {
    InvalidChecksum: AccountFault.CHECK_DIGITS,
    InvalidComponent: AccountFault.COUNTRY,
    InvalidLength: AccountFault.LENGTH,
}
