"""Which cases of the reference of rules are proven, and by which test."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from domain.markets.rules import RuleKind
from domain.money import Currency

F = TypeVar("F", bound=Callable[..., None])
PROVEN: list[str] = []
RATE, GUARANTEE = RuleKind.VAT_STANDARD_RATE, RuleKind.GUARANTEE_CONFORMITY
TODAY = date(2026, 11, 23)


def golden(*cases: str) -> Callable[[F], F]:
    """The cases of the reference that a test proves."""

    def noted(test: F) -> F:
        PROVEN.extend(cases)
        return test

    return noted


def day(text: str) -> date:
    return date.fromisoformat(text)


def minor(text: str, currency: Currency = Currency.EUR) -> int:
    return int(Decimal(text).scaleb(currency.digits))
