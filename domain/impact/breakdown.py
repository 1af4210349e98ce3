"""What a result is made of: what new devices would cost, and each thing that is taken off it.

Source: docs/impact.md, "Formulae".
"""

from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from domain.impact import Indicator, Inputs
from domain.impact.engine import Comparison, compared, figures, refurbishing
from domain.impact.extras import ZERO
from domain.impact.factors import FactorSet
from domain.impact.faults import fault
from domain.impact.shown import lines


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a net figure, at the six places of storage; what is taken off is negative.

    Shapes: `name` is `NEW_DEVICE`, or `SERVICE` where only that was published; `REFURBISHING`,
    `FIRST_LIFE`, `REBOUND`; else that of an item on top, such as `PART_BATTERY`.
    """

    name: str
    value: Decimal


def breakdown(inputs: Inputs, factors: FactorSet) -> tuple[Share, ...]:
    """The parts of the net figure of a device, which sum to it to the last stored digit.

    None for inputs that cannot be, and for a device without a number.
    """
    if fault(inputs):
        return ()
    with localcontext(Context(prec=28)):
        of = compared(inputs, factors)
        if not isinstance(of, Comparison):
            return ()
        named = [*_gross(of), ("REBOUND", figures(of).net - figures(of).gross)]
        kept = [(name, value) for name, value in named if value]
        values = lines([value for _, value in kept])
        return tuple(Share(name, v) for (name, _), v in zip(kept, values, strict=True))


def _gross(of: Comparison) -> list[tuple[str, Decimal]]:
    if of.known("N") is None:
        return [("SERVICE", figures(of).gross)]
    spent, _, floored = refurbishing(of)
    counted = of.inputs.indicator is Indicator.GWP and not floored
    items = [(item.name, -item.kg) for item in of.extra.items] if counted else []
    rest = spent + sum((kg for _, kg in items), ZERO)
    burden = of.not_amortised * of.value("N")
    return [("NEW_DEVICE", of.service), ("REFURBISHING", -rest), ("FIRST_LIFE", -burden), *items]
