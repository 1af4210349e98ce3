"""What an organisation itself emits: lines of scopes 1, 2 and 3, their sum and how sure it is.

It is accounting. Nothing here is added to what was avoided, or deducted from it: the types have no
operation that takes both.
Source: docs/impact.md, "Inventories"; GHG Protocol, Corporate Standard.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from domain.impact import InputFault

_SCOPES = (1, 2, 3)
_CATEGORIES = range(1, 16)


@dataclass(frozen=True, slots=True)
class Emission:
    """One activity of an organisation's own.

    Shapes: `category` of scope 3 from 1 to 15, None in scopes 1 and 2; `deviation` is the relative
    standard deviation of the line, 0.05 for 5 %.
    Units: `factor` kg CO2e for each unit of `amount`.
    """

    scope: int
    amount: Decimal
    factor: Decimal
    deviation: Decimal
    category: int | None = None

    @property
    def kg(self) -> Decimal:
        """What it emits, kg CO2e."""
        return self.amount * self.factor


@dataclass(frozen=True, slots=True)
class Emitted:
    """A sum of lines. Units: kg CO2e; `deviation` relative to the sum, None for a sum of zero."""

    kg: Decimal
    sigma: Decimal
    deviation: Decimal | None


def emitted(lines: Sequence[Emission]) -> Emitted | InputFault:
    """The sum of lines whose errors are independent: they add by their squares.

    Refuses: a scope or category that there is not, a negative amount, factor or deviation.
    """
    for n, line in enumerate(lines):
        if bad := _fault(line):
            return InputFault(f"lines[{n}].{bad.field}", bad.code)
    with localcontext(Context(prec=28)):
        kg = sum((line.kg for line in lines), Decimal(0))
        sigma = sum(((line.kg * line.deviation) ** 2 for line in lines), Decimal(0)).sqrt()
        return Emitted(kg, sigma, sigma / kg if kg else None)


def _fault(line: Emission) -> InputFault | None:
    if line.scope not in _SCOPES:
        return InputFault("scope", "UNKNOWN")
    known = line.category in _CATEGORIES if line.scope == 3 else line.category is None
    if not known:
        return InputFault("category", "UNKNOWN")
    for name in ("amount", "factor", "deviation"):
        if getattr(line, name) < 0:
            return InputFault(name, "NEGATIVE")
    return None
