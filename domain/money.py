"""Money as whole minor units of one currency, and the two exact ways we round.

Our own arithmetic rounds half to even; a tax rule that rounds otherwise passes its mode in.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import Self


class Currency(StrEnum):
    """A currency by its ISO 4217 code."""

    AUD = "AUD"
    BGN = "BGN"
    BRL = "BRL"
    CAD = "CAD"
    CHF = "CHF"
    CNY = "CNY"
    CZK = "CZK"
    DKK = "DKK"
    EUR = "EUR"
    GBP = "GBP"
    HKD = "HKD"
    HUF = "HUF"
    ILS = "ILS"
    INR = "INR"
    ISK = "ISK"
    JPY = "JPY"
    KRW = "KRW"
    MAD = "MAD"
    MXN = "MXN"
    MYR = "MYR"
    NOK = "NOK"
    NZD = "NZD"
    PHP = "PHP"
    PLN = "PLN"
    RON = "RON"
    RSD = "RSD"
    SEK = "SEK"
    SGD = "SGD"
    THB = "THB"
    TRY = "TRY"
    TWD = "TWD"
    UAH = "UAH"
    USD = "USD"
    VND = "VND"
    ZAR = "ZAR"

    __hash__ = str.__hash__

    @property
    def digits(self) -> int:
        """How many decimals the minor unit has.

        Source: ISO 4217, "minor unit".
        """
        return 0 if self in _WITHOUT_MINOR_UNIT else 2


_WITHOUT_MINOR_UNIT = frozenset({Currency.ISK, Currency.JPY, Currency.KRW, Currency.VND})

# Wide enough that no product of ours is rounded before the one rounding that we mean.
_EXACT = Context(prec=200)


def amount_of(minor: int, currency: Currency) -> Decimal:
    """Minor units in the currency's main unit, with exactly its decimals."""
    return Decimal(minor).scaleb(-currency.digits, _EXACT)


class CurrencyMismatch(Exception):
    """Two amounts of different currencies were about to be added or compared."""

    def __init__(self, left: Currency, right: Currency) -> None:
        super().__init__(f"{left} and {right} do not mix")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency.

    Units: `minor` counts minor units: cents for EUR, yen for JPY.
    """

    minor: int
    currency: Currency

    @property
    def amount(self) -> Decimal:
        """The amount in the currency's main unit, with exactly its decimals."""
        return amount_of(self.minor, self.currency)

    @classmethod
    def of(cls, amount: Decimal, currency: Currency) -> Self:
        """Take an amount in the main unit without losing anything.

        Raises: ValueError if it is not finite or has more decimals than the currency.
        """
        if not amount.is_finite():
            raise ValueError(f"{amount} is not an amount")
        minor = amount.scaleb(currency.digits, _EXACT)
        if minor != minor.to_integral_value():
            raise ValueError(f"{currency} has {currency.digits} decimals, {amount} has more")
        return cls(int(minor), currency)

    def __add__(self, other: "Money") -> "Money":
        """The sum. Raises: CurrencyMismatch."""
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The difference, which may be negative. Raises: CurrencyMismatch."""
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        """The same amount owed the other way."""
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Whether this is less. Raises: CurrencyMismatch."""
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        """Whether this is not more. Raises: CurrencyMismatch."""
        return self.minor <= self._same(other)

    def times(self, ratio: Decimal, rounding: str = ROUND_HALF_EVEN) -> "Money":
        """Multiply exactly, then round once to the minor unit.

        Units: `rounding` is a mode of the `decimal` module; half to even unless a tax rule says so.
        """
        product = _EXACT.multiply(Decimal(self.minor), ratio)
        return Money(int(product.to_integral_value(rounding)), self.currency)

    def _same(self, other: "Money") -> int:
        if self.currency is not other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor


def divide_half_even(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, ties to the even one.

    Raises: ZeroDivisionError.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1):
        return quotient + 1
    return quotient
