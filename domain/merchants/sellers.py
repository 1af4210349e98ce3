"""The yearly report of sellers to a tax authority: who is in it, what lacks, what changed since.

Source: Directive (EU) 2021/514, annex V; docs/rules/reports.md, "Sellers".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from domain.markets.rules import Rule
from domain.merchants.traders import Fact, LegalForm, TraderField
from domain.money import Currency

QUARTERS: Final = 4
_F = TraderField
_ANYBODY: Final = (_F.STREET, _F.CITY, _F.COUNTRY, _F.TAX_NUMBER, _F.TAX_COUNTRY)
_NEEDED: Final = {
    LegalForm.ENTITY: (_F.NAME, *_ANYBODY, _F.REGISTER_NUMBER),
    LegalForm.PERSON: (_F.FIRST_NAME, _F.LAST_NAME, *_ANYBODY, _F.BIRTH_DATE),
}
REPORTED: Final = (
    *(_F.LEGAL_FORM, _F.NAME, _F.FIRST_NAME, _F.LAST_NAME, _F.BIRTH_DATE, _F.STREET),
    *(_F.POSTAL_CODE, _F.CITY, _F.COUNTRY, _F.TAX_NUMBER, _F.TAX_COUNTRY, _F.VAT_NUMBER),
    *(_F.REGISTER, _F.REGISTER_NUMBER, _F.ESTABLISHMENTS, _F.PAYMENT_ACCOUNT, _F.PAYMENT_HOLDER),
)
"""What an authority is told of a seller, where it is known."""


class Message(StrEnum):
    """What a message is to the ones before it."""

    INITIAL = "INITIAL"
    ADDITIONAL = "ADDITIONAL"
    CORRECTIVE = "CORRECTIVE"


class Document(StrEnum):
    """What a seller's part of a message is to the last one of that seller."""

    NEW = "NEW"
    CORRECTED = "CORRECTED"
    DELETED = "DELETED"


CURRENCY_MIXED: Final = "CURRENCY_MIXED"
COUNTRY_OUTSIDE: Final = "COUNTRY_OUTSIDE_UNION"


@dataclass(frozen=True, slots=True)
class Quarter:
    """What a seller earned in a quarter. Units: minor units; `sales` counts activities.

    `paid_minor` is what it was paid or credited, without fees and taxes that were kept.
    """

    paid_minor: int = 0
    sales: int = 0
    fees_minor: int = 0
    taxes_minor: int = 0


@dataclass(frozen=True, slots=True)
class Year:
    """A seller's quarters in one currency."""

    currency: str
    quarters: tuple[Quarter, Quarter, Quarter, Quarter]

    @property
    def sales(self) -> int:
        """Activities of the year."""
        return sum(quarter.sales for quarter in self.quarters)

    @property
    def paid_minor(self) -> int:
        """What it was paid or credited in the year."""
        return sum(quarter.paid_minor for quarter in self.quarters)


def reportable(year: Year, rule: Rule) -> bool:
    """Whether a seller of goods is reported: not with few sales and a small amount, both.

    Shapes: the rule's `sales` is the first count that is too many, `amount` the last that is not.
    """
    small = Decimal(rule.value["amount"]).scaleb(Currency(year.currency).digits)
    few = year.sales < int(rule.value["sales"])
    return not (few and Decimal(year.paid_minor) <= small)


def high_volume(sales: int, amount_minor: int, rule: Rule) -> bool:
    """Whether a seller of **new or unused** goods in the United States must disclose who it is.

    Shapes: `sales` and `amount_minor` are of new goods alone, in twelve months and the rule's
    currency; refurbished devices do not count. The rule's numbers are the first that are too many.
    Source: INFORM Consumers Act, 15 U.S.C. 45f.
    """
    least = Decimal(rule.value["amount"]).scaleb(Currency(rule.value["currency"]).digits)
    return sales >= int(rule.value["sales"]) and Decimal(amount_minor) >= least


def told(facts: Mapping[TraderField, Fact]) -> dict[str, str]:
    """What is known of a seller that is reported, by the names of the fields."""
    return {field.value: facts[field].value for field in REPORTED if field in facts}


def faults(said: Mapping[str, str], years: Sequence[Year], union: frozenset[str]) -> list[str]:
    """Why a seller cannot be reported yet, coded; nothing where it can."""
    form = LegalForm(said.get(_F.LEGAL_FORM, LegalForm.ENTITY))
    none = said.get(_F.REGISTER) == "NONE"
    found = [
        f"{field.value}_MISSING"
        for field in _NEEDED[form]
        if field not in said and not (field is _F.REGISTER_NUMBER and none)
    ]
    if len(years) > 1:
        found.append(CURRENCY_MIXED)
    if _F.COUNTRY in said and said[_F.COUNTRY] not in union:
        found.append(COUNTRY_OUTSIDE)
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What a message said of a seller last: under which reference, and the facts."""

    reference: str
    facts: Mapping[str, Any]
    deleted: bool


def document(
    message: Message, facts: Mapping[str, Any] | None, last: Told | None
) -> Document | None:
    """What becomes of a seller in a message; None: nothing is said of it.

    Shapes: `facts` None: it is not reported any more, or never was.
    """
    known = last is not None and not last.deleted
    if message is not Message.CORRECTIVE:
        return Document.NEW if facts is not None and not known else None
    if last is None or not known:
        return None
    if facts is None:
        return Document.DELETED
    return None if dict(facts) == dict(last.facts) else Document.CORRECTED
