"""What best becomes of a device, by the order repair, resell, donate, parts, recycle, destroy.

Each step that is passed over says why, in a code and in the amounts that decided.
Source: docs/fleets.md, "Disposition".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.raas import Disposition
from domain.raas.conditions import cracked, works
from domain.raas.terms import Costs, Medium
from domain.trade_in import TradeInGrade


class StepReason(StrEnum):
    """Why a step is passed over, or chosen."""

    NOTHING_TO_REPAIR = "NOTHING_TO_REPAIR"
    VALUE_UNKNOWN = "VALUE_UNKNOWN"
    REPAIR_COSTS_MORE = "REPAIR_COSTS_MORE"
    REPAIR_PAYS = "REPAIR_PAYS"
    NOT_WORKING = "NOT_WORKING"
    BELOW_HANDLING = "BELOW_HANDLING"
    SALE_PAYS = "SALE_PAYS"
    SCREEN_BROKEN = "SCREEN_BROKEN"
    TOO_OLD = "TOO_OLD"
    STILL_USEFUL = "STILL_USEFUL"
    PARTS_BELOW_WORK = "PARTS_BELOW_WORK"
    PARTS_PAY = "PARTS_PAY"
    CANNOT_BE_ERASED = "CANNOT_BE_ERASED"
    MATERIALS_LEFT = "MATERIALS_LEFT"
    NOTHING_ELSE = "NOTHING_ELSE"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a device. Units: minor units; whole years since the purchase.

    Shapes: `value` is the median as it is, `sound` that of a working one of the same configuration.
    """

    grade: TradeInGrade
    value: int | None
    sound: int | None
    years: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the order, and what decided about it. Units: minor units.

    Shapes: `gain` stands against `cost`, where amounts decided.
    """

    disposition: Disposition
    reason: StepReason
    gain: int | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Recommended:
    """What is recommended, and the steps before it, with the chosen one last."""

    disposition: Disposition
    steps: tuple[Step, ...]


def recommend(facts: Facts, costs: Costs) -> Recommended:
    """The first step that makes sense for a device, and why those before it do not."""
    steps: list[Step] = []
    for disposition in Disposition:
        step = _STEPS[disposition](facts, costs)
        steps.append(step)
        if step.reason in _CHOSEN:
            return Recommended(disposition, tuple(steps))
    raise AssertionError("the last step is always taken")


def _repair(facts: Facts, costs: Costs) -> Step:
    if works(facts.grade) and not cracked(facts.grade):
        return Step(Disposition.REPAIR, StepReason.NOTHING_TO_REPAIR)
    if facts.sound is None:
        return Step(Disposition.REPAIR, StepReason.VALUE_UNKNOWN)
    cost = costs.repair_screen if cracked(facts.grade) else 0
    cost += 0 if works(facts.grade) else costs.repair_dead
    gain = facts.sound - (facts.value or 0)
    pays = gain > cost and facts.sound - cost >= costs.handling
    reason = StepReason.REPAIR_PAYS if pays else StepReason.REPAIR_COSTS_MORE
    return Step(Disposition.REPAIR, reason, gain, cost)


def _resell(facts: Facts, costs: Costs) -> Step:
    if not works(facts.grade):
        return Step(Disposition.RESELL, StepReason.NOT_WORKING)
    if facts.value is None:
        return Step(Disposition.RESELL, StepReason.VALUE_UNKNOWN)
    pays = facts.value > costs.handling
    reason = StepReason.SALE_PAYS if pays else StepReason.BELOW_HANDLING
    return Step(Disposition.RESELL, reason, facts.value, costs.handling)


def _donate(facts: Facts, costs: Costs) -> Step:
    if not works(facts.grade):
        return Step(Disposition.DONATE, StepReason.NOT_WORKING)
    if cracked(facts.grade):
        return Step(Disposition.DONATE, StepReason.SCREEN_BROKEN)
    if facts.years is not None and facts.years > costs.donate_years:
        return Step(Disposition.DONATE, StepReason.TOO_OLD)
    return Step(Disposition.DONATE, StepReason.STILL_USEFUL)


def _parts(facts: Facts, costs: Costs) -> Step:
    if facts.sound is None:
        return Step(Disposition.PARTS, StepReason.VALUE_UNKNOWN)
    gain = facts.sound * costs.parts_share_bp // 10_000
    pays = gain > costs.parts_work
    reason = StepReason.PARTS_PAY if pays else StepReason.PARTS_BELOW_WORK
    return Step(Disposition.PARTS, reason, gain, costs.parts_work)


def _recycle(facts: Facts, costs: Costs) -> Step:
    if not works(facts.grade) and costs.medium is Medium.SOLDERED:
        return Step(Disposition.RECYCLE, StepReason.CANNOT_BE_ERASED)
    return Step(Disposition.RECYCLE, StepReason.MATERIALS_LEFT)


def _destroy(_facts: Facts, _costs: Costs) -> Step:
    return Step(Disposition.DESTROY, StepReason.NOTHING_ELSE)


_STEPS: Final[Mapping[Disposition, Callable[[Facts, Costs], Step]]] = {
    Disposition.REPAIR: _repair,
    Disposition.RESELL: _resell,
    Disposition.DONATE: _donate,
    Disposition.PARTS: _parts,
    Disposition.RECYCLE: _recycle,
    Disposition.DESTROY: _destroy,
}
_CHOSEN: Final = frozenset(
    {
        *(StepReason.REPAIR_PAYS, StepReason.SALE_PAYS, StepReason.STILL_USEFUL),
        *(StepReason.PARTS_PAY, StepReason.MATERIALS_LEFT, StepReason.NOTHING_ELSE),
    }
)

_EN: Final[Mapping[StepReason, str]] = {
    StepReason.NOTHING_TO_REPAIR: "It works and nothing is broken.",
    StepReason.VALUE_UNKNOWN: "There are too few prices to know its value.",
    StepReason.REPAIR_COSTS_MORE: "The repair costs more than it adds.",
    StepReason.REPAIR_PAYS: "The repair adds more than it costs.",
    StepReason.NOT_WORKING: "It does not work.",
    StepReason.BELOW_HANDLING: "It is worth less than fetching, testing and erasing it.",
    StepReason.SALE_PAYS: "It can be sold for more than handling it costs.",
    StepReason.SCREEN_BROKEN: "Its screen or case is broken.",
    StepReason.TOO_OLD: "It is too old to be used safely.",
    StepReason.STILL_USEFUL: "Somebody can still use it.",
    StepReason.PARTS_BELOW_WORK: "Its parts are worth less than taking it apart.",
    StepReason.PARTS_PAY: "Its parts are worth more than taking it apart.",
    StepReason.CANNOT_BE_ERASED: "It does not start, and its storage cannot be taken out.",
    StepReason.MATERIALS_LEFT: "Its materials can be recovered.",
    StepReason.NOTHING_ELSE: "What holds data must be destroyed first; the rest is recycled.",
}
_FR: Final[Mapping[StepReason, str]] = {
    StepReason.NOTHING_TO_REPAIR: "Il fonctionne et rien n'est cassé.",
    StepReason.VALUE_UNKNOWN: "Trop peu de prix pour connaître sa valeur.",
    StepReason.REPAIR_COSTS_MORE: "La réparation coûte plus qu'elle n'apporte.",
    StepReason.REPAIR_PAYS: "La réparation apporte plus qu'elle ne coûte.",
    StepReason.NOT_WORKING: "Il ne fonctionne pas.",
    StepReason.BELOW_HANDLING: "Il vaut moins que son enlèvement, son test et son effacement.",
    StepReason.SALE_PAYS: "Il se vend plus cher que ne coûte son traitement.",
    StepReason.SCREEN_BROKEN: "Son écran ou sa coque est cassé.",
    StepReason.TOO_OLD: "Il est trop ancien pour un usage sûr.",
    StepReason.STILL_USEFUL: "Quelqu'un peut encore s'en servir.",
    StepReason.PARTS_BELOW_WORK: "Ses pièces valent moins que le démontage.",
    StepReason.PARTS_PAY: "Ses pièces valent plus que le démontage.",
    StepReason.CANNOT_BE_ERASED: "Il ne démarre pas et son stockage ne peut être retiré.",
    StepReason.MATERIALS_LEFT: "Ses matières peuvent être récupérées.",
    StepReason.NOTHING_ELSE: "Le support de données est détruit d'abord ; le reste est recyclé.",
}
WORDS: Final = {"en": _EN, "fr": _FR}
