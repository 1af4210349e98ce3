"""Whether to keep, repair or sell a device, as far as it can be said without seeing it.

A device that works saves most by being used on: what its making cost the climate is spread over
more years. Source: docs/trade-in.md, "Keep it, or sell it".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.money import divide_half_even
from domain.trade_in import TradeInGrade
from domain.trade_in.questionnaire import works


class Advice(StrEnum):
    """What we would do."""

    KEEP = "KEEP"
    REPAIR = "REPAIR"
    TRADE_IN = "TRADE_IN"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the making of a device weighs, a year of its use: so far, and if used some years on.

    Units: grams of CO2e a year. `years` counts from the release of the model, one at least: the
    device itself may be younger.
    """

    years: int
    now_g: int
    longer_years: int
    longer_g: int


LONGER: Final = 2
_REPAIRABLE: Final = TradeInGrade.FUNCTIONAL_CRACKED


def advice_of(grade: TradeInGrade) -> Advice:
    """What to do with a device of this grade that nobody needs to part with."""
    if grade is _REPAIRABLE:
        return Advice.REPAIR
    return Advice.KEEP if works(grade) else Advice.TRADE_IN


def keeping(new_g: int | None, age_months: int | None) -> Keeping | None:
    """What keeping does; None where the making, or the age of the model, is not known."""
    if new_g is None or age_months is None:
        return None
    years = max(1, -(-age_months // 12))
    longer = years + LONGER
    return Keeping(years, divide_half_even(new_g, years), longer, divide_half_even(new_g, longer))


_EN: Final[Mapping[Advice, str]] = {
    Advice.KEEP: (
        "It works: to use it on spares more than to sell it. Sell it if you will not use it."
    ),
    Advice.REPAIR: (
        "It works and has a crack: ask what a repair costs. If that is at most 30 % of a new one, "
        "repair it and keep it."
    ),
    Advice.TRADE_IN: (
        "It does not work: if a repair would cost more than 30 % of a new one, sell it. A workshop "
        "repairs it, or saves its parts."
    ),
}
_FR: Final[Mapping[Advice, str]] = {
    Advice.KEEP: (
        "Il fonctionne : continuer à l'utiliser épargne plus que le vendre. Vendez-le si vous ne "
        "l'utilisez plus."
    ),
    Advice.REPAIR: (
        "Il fonctionne et il est fêlé : demandez le prix d'une réparation. Si elle coûte au plus "
        "30 % d'un neuf, réparez-le et gardez-le."
    ),
    Advice.TRADE_IN: (
        "Il ne fonctionne pas : si une réparation coûte plus de 30 % d'un neuf, vendez-le. Un "
        "atelier le répare ou sauve ses pièces."
    ),
}


def explain(advice: Advice, language: str) -> str:
    """The advice for a person, in `en` or `fr`."""
    return (_FR if language == "fr" else _EN)[advice]
