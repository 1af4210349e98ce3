"""How the data of a medium is removed, step by step: one medium has one erasure at a time.

`VERIFIED` says that the technique ran, `VALIDATED` that the result suffices.
Source: NIST SP 800-88 Rev. 2; IEEE 2883-2022; docs/passports.md, "Erasure".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.units.proofs import ErasureMethod, ErasureTechnique


class MediumType(StrEnum):
    """What holds data."""

    HDD = "HDD"
    SSD = "SSD"
    NVME = "NVME"
    EMMC = "EMMC"
    UFS = "UFS"
    SD = "SD"
    OTHER = "OTHER"


class ErasureState(StrEnum):
    """How far the erasure of a medium is."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    VERIFIED = "VERIFIED"
    VALIDATED = "VALIDATED"
    FAILED = "FAILED"
    QUARANTINED = "QUARANTINED"
    DESTROYED = "DESTROYED"


class ErasureStandard(StrEnum):
    """By which book a medium was erased."""

    NIST_800_88 = "NIST_800_88"
    IEEE_2883 = "IEEE_2883"
    HMG_IS5 = "HMG_IS5"


class ErasureFault(StrEnum):
    """What is wrong with an erasure as it is told."""

    DEGAUSS_ON_FLASH = "DEGAUSS_ON_FLASH"
    METHOD_NOT_SHOWN = "METHOD_NOT_SHOWN"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    ENDED_BEFORE_IT_BEGAN = "ENDED_BEFORE_IT_BEGAN"
    FACTS_MISSING = "FACTS_MISSING"
    METHOD_NOT_NEXT = "METHOD_NOT_NEXT"


S, M = ErasureState, ErasureMethod
MOST_TRIES: Final = 2
FLASH: Final = frozenset(set(MediumType) - {MediumType.HDD, MediumType.OTHER})
SOLDERED: Final = frozenset({MediumType.EMMC, MediumType.UFS})
"""Whoever destroys one of these destroys its device."""
_NEXT: Final[Mapping[ErasureMethod, ErasureMethod | None]] = {
    M.CLEAR: M.PURGE,
    M.PURGE: M.DESTROY,
    M.DESTROY: None,
}
_MOVES: Final[Mapping[ErasureState, frozenset[ErasureState]]] = {
    S.PENDING: frozenset({S.RUNNING}),
    S.RUNNING: frozenset({S.SUCCEEDED, S.FAILED}),
    S.SUCCEEDED: frozenset({S.VERIFIED}),
    S.VERIFIED: frozenset({S.VALIDATED, S.FAILED}),
    S.FAILED: frozenset({S.RUNNING, S.QUARANTINED}),
    S.QUARANTINED: frozenset({S.RUNNING, S.DESTROYED}),
    S.VALIDATED: frozenset(),
    S.DESTROYED: frozenset(),
}
_MOST: Final[Mapping[ErasureTechnique, ErasureMethod]] = {
    ErasureTechnique.SHRED: M.DESTROY,
    ErasureTechnique.DISINTEGRATE: M.DESTROY,
    ErasureTechnique.INCINERATE: M.DESTROY,
    ErasureTechnique.DEGAUSS: M.PURGE,
}
_WORDS: Final[Mapping[str, ErasureMethod]] = {
    "basic": M.CLEAR,
    "baseline": M.CLEAR,
    "clear": M.CLEAR,
    "enhanced": M.PURGE,
    "cryptographic": M.PURGE,
    "purge": M.PURGE,
    "physical": M.DESTROY,
    "destroy": M.DESTROY,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an erasure stands. Units: `tries` of the present method, the one that runs included."""

    state: ErasureState = S.PENDING
    method: ErasureMethod | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """A step that cannot follow."""

    state: ErasureState
    to: ErasureState
    allowed: tuple[ErasureState, ...]


def word(text: str) -> ErasureMethod | None:
    """The method that a tool's word stands for; None for a word that nobody uses."""
    first = text.strip().lower().split()
    return _WORDS.get(first[0]) if first else None


def shown(claimed: ErasureMethod, technique: ErasureTechnique, *, encrypted: bool) -> ErasureMethod:
    """The method that a technique shows: a factory reset purges only what was encrypted."""
    if technique is ErasureTechnique.FACTORY_RESET:
        return M.PURGE if encrypted and claimed is not M.CLEAR else M.CLEAR
    return _MOST.get(technique, M.PURGE if claimed is M.DESTROY else claimed)


def technique_fault(technique: ErasureTechnique, medium: MediumType) -> ErasureFault | None:
    """What speaks against a technique on a medium: a magnet does nothing to flash memory."""
    if technique is ErasureTechnique.DEGAUSS and medium in FLASH:
        return ErasureFault.DEGAUSS_ON_FLASH
    return None


def allowed(standing: Standing) -> frozenset[ErasureState]:
    """What may follow."""
    found = _MOVES[standing.state]
    if standing.state is S.FAILED and standing.tries >= MOST_TRIES:
        return found - {S.RUNNING}
    ends = standing.method is not None and _NEXT[standing.method] is None
    if standing.state is S.QUARANTINED and ends:
        return found - {S.RUNNING}
    return found


def next_method(standing: Standing) -> ErasureMethod | None:
    """The method to run next; None where any may be chosen, and where none is left."""
    if standing.state is S.QUARANTINED and standing.method:
        return _NEXT[standing.method]
    return standing.method if standing.state is S.FAILED else None


def move(
    standing: Standing, to: ErasureState, method: ErasureMethod | None = None
) -> Standing | NotAllowed | ErasureFault:
    """The standing after a step; `method` is what runs, for a step to `RUNNING`.

    Refuses: a step that cannot follow; another method than the next one.
    """
    if to not in allowed(standing):
        return NotAllowed(standing.state, to, tuple(sorted(allowed(standing))))
    if to is not S.RUNNING:
        return Standing(to, standing.method, standing.tries)
    wanted = next_method(standing)
    runs = method or wanted
    if runs is None or wanted not in {None, runs}:
        return ErasureFault.METHOD_NOT_NEXT if runs else ErasureFault.FACTS_MISSING
    tries = standing.tries + 1 if standing.state is S.FAILED else 1
    return Standing(to, runs, tries)


def path(standing: Standing, to: ErasureState) -> Sequence[ErasureState]:
    """The steps of one report: a tool tells the end, and means what came before it."""
    ladder = [S.RUNNING, S.SUCCEEDED, S.VERIFIED, S.VALIDATED]
    if to in {S.QUARANTINED, S.DESTROYED}:
        return [to]
    starts = standing.state in {S.PENDING, S.FAILED, S.QUARANTINED}
    if to is S.FAILED:
        return [S.RUNNING, to] if starts else [to]
    if to not in ladder:
        return [to]
    reached = -1 if starts else _index(ladder, standing.state)
    return ladder[reached + 1 : ladder.index(to) + 1] or [to]


def _index(ladder: Sequence[ErasureState], state: ErasureState) -> int:
    return ladder.index(state) if state in ladder else len(ladder)


def independent(operator: str | None, validator: str | None) -> bool:
    """Whether another person than the operator validated: asked for where there are two."""
    if not operator or not validator:
        return False
    return operator.strip().casefold() != validator.strip().casefold()
