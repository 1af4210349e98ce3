"""The data of a device: each medium is erased, verified, validated, or it is destroyed.

Source: docs/fleets.md, "Processing"; NIST SP 800-88 Rev. 2.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from domain.raas import AssetState, Disposition
from domain.units.proofs import ErasureMethod, ErasureTechnique

_T = ErasureTechnique
_M = ErasureMethod


class MediumType(StrEnum):
    """What data is held on."""

    FLASH = "FLASH"
    SSD = "SSD"
    HDD = "HDD"
    TAPE = "TAPE"
    OPTICAL = "OPTICAL"


class MediumState(StrEnum):
    """How far the data of one medium is gone. Only `VALIDATED` and `DESTROYED` are ends."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    VERIFIED = "VERIFIED"
    VALIDATED = "VALIDATED"
    FAILED = "FAILED"
    QUARANTINED = "QUARANTINED"
    DESTROYED = "DESTROYED"


_S = MediumState
_ENDED = {_S.FAILED, _S.QUARANTINED, _S.DESTROYED}
_TRIED = {_S.SUCCEEDED, _S.VERIFIED, _S.VALIDATED, *_ENDED}
MOVES: Mapping[MediumState, frozenset[MediumState]] = {
    _S.PENDING: frozenset(_TRIED - {_S.QUARANTINED}),
    _S.SUCCEEDED: frozenset({_S.VERIFIED, _S.VALIDATED, *_ENDED}),
    _S.VERIFIED: frozenset({_S.VALIDATED, *_ENDED}),
    _S.FAILED: frozenset(_TRIED),
    _S.QUARANTINED: frozenset(_TRIED),
}


class ErasingFault(StrEnum):
    """Why a try to erase a medium is not taken."""

    ENDED = "ENDED"
    STRONGER_METHOD_NEEDED = "STRONGER_METHOD_NEEDED"
    TECHNIQUE_NOT_FOR_MEDIUM = "TECHNIQUE_NOT_FOR_MEDIUM"
    TECHNIQUE_NOT_OF_METHOD = "TECHNIQUE_NOT_OF_METHOD"
    VERIFICATION_MISSING = "VERIFICATION_MISSING"
    VALIDATOR_MISSING = "VALIDATOR_MISSING"
    TIMES_INVALID = "TIMES_INVALID"
    NOT_VERIFIED = "NOT_VERIFIED"
    FACTS_MISSING = "FACTS_MISSING"
    NOTHING_NEW = "NOTHING_NEW"


MOST_TRIES: Final = 2
"""Failures of one method after which a medium is set aside for the next."""
_STRENGTH: Final = {_M.CLEAR: 0, _M.PURGE: 1, _M.DESTROY: 2}
_OF: Final[Mapping[ErasureMethod, frozenset[ErasureTechnique]]] = {
    _M.CLEAR: frozenset({_T.OVERWRITE, _T.BLOCK_ERASE, _T.FACTORY_RESET}),
    _M.PURGE: frozenset(
        {_T.BLOCK_ERASE, _T.CRYPTO_ERASE, _T.SANITIZE_COMMAND, _T.FACTORY_RESET, _T.DEGAUSS}
    ),
    _M.DESTROY: frozenset({_T.SHRED, _T.DISINTEGRATE, _T.INCINERATE}),
}
_MAGNETIC: Final = frozenset({MediumType.HDD, MediumType.TAPE})


@dataclass(frozen=True, slots=True)
class Verification:
    """That the technique ran. Units: `sample_bp` of the medium that was read back."""

    method: str
    sample_bp: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Validation:
    """That the result suffices, as a person decided."""

    by: str
    passed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Try:
    """One erasure of one medium, with what a certificate of it tells.

    Shapes: `encrypted` says that there is evidence that encryption was on before; `log_sha256` is
    of the tool's own log, in hex.
    """

    method: ErasureMethod
    technique: ErasureTechnique
    tool: str
    tool_version: str
    operator: str
    operator_role: str
    place: str
    started_at: datetime
    ended_at: datetime
    succeeded: bool
    standard: str = "NIST_800_88"
    revision: str = "2"
    encrypted: bool = False
    log_sha256: str | None = None
    licence: str | None = None
    verification: Verification | None = None
    validation: Validation | None = None

    def facts(self) -> dict[str, Any]:
        """The same as JSON, the validation apart."""
        found = {k: v for k, v in asdict(self).items() if k != "validation"}
        times = {"started_at": self.started_at.isoformat(), "ended_at": self.ended_at.isoformat()}
        return found | times


@dataclass(frozen=True, slots=True)
class Medium:
    """A medium and how far it is; `failures` are those of `method`, the last that was tried."""

    type: MediumType
    state: MediumState = MediumState.PENDING
    method: ErasureMethod | None = None
    failures: int = 0
    removable: bool = False


def effective(
    method: ErasureMethod, technique: ErasureTechnique, *, encrypted: bool
) -> ErasureMethod:
    """What an erasure counts as: a factory reset is a `CLEAR` unless encryption was shown."""
    if technique is _T.FACTORY_RESET and method is _M.PURGE and not encrypted:
        return _M.CLEAR
    return method


def tried(medium: Medium, given: Try, now: datetime) -> Medium | ErasingFault:
    """A medium after a try to erase it.

    Refuses: after an end; a weaker method than is needed; a technique that the medium or the method
    has not; times that cannot be; a validation without a verification; what says no more than the
    try before it.
    """
    method = effective(given.method, given.technique, encrypted=given.encrypted)
    if fault := _fault(medium, given, method, now):
        return fault
    failures = medium.failures if method is medium.method else 0
    if _failed(given):
        failures += 1
        state = _S.QUARANTINED if failures >= MOST_TRIES else _S.FAILED
    else:
        state = _reached(given, method)
    if state not in MOVES[medium.state]:
        return ErasingFault.NOTHING_NEW
    return Medium(medium.type, state, method, failures, medium.removable)


def _fault(medium: Medium, given: Try, method: ErasureMethod, now: datetime) -> ErasingFault | None:
    if medium.state in {MediumState.VALIDATED, MediumState.DESTROYED}:
        return ErasingFault.ENDED
    return (
        _badly_told(given, now)
        or _wrong_technique(medium.type, given.technique, method)
        or _too_weak(medium, method)
    )


def _badly_told(given: Try, now: datetime) -> ErasingFault | None:
    if not all((given.tool, given.tool_version, given.operator, given.operator_role)):
        return ErasingFault.FACTS_MISSING
    if not given.started_at <= given.ended_at <= now:
        return ErasingFault.TIMES_INVALID
    if given.validation is None:
        return None
    if given.verification is None:
        return ErasingFault.VERIFICATION_MISSING
    return None if given.validation.by else ErasingFault.VALIDATOR_MISSING


def _wrong_technique(
    medium: MediumType, technique: ErasureTechnique, method: ErasureMethod
) -> ErasingFault | None:
    if technique is _T.DEGAUSS and medium not in _MAGNETIC:
        return ErasingFault.TECHNIQUE_NOT_FOR_MEDIUM
    return None if technique in _OF[method] else ErasingFault.TECHNIQUE_NOT_OF_METHOD


def _too_weak(medium: Medium, method: ErasureMethod) -> ErasingFault | None:
    """A medium that was set aside needs the next method; there is none after destruction."""
    last, spent = medium.method, medium.state is MediumState.QUARANTINED
    if last is None or method is _M.DESTROY:
        return None
    needed = _STRENGTH[last] + (1 if spent else 0)
    return ErasingFault.STRONGER_METHOD_NEEDED if _STRENGTH[method] < needed else None


def _failed(given: Try) -> bool:
    verified = given.verification is None or given.verification.passed
    validated = given.validation is None or given.validation.passed
    return not (given.succeeded and verified and validated)


def _reached(given: Try, method: ErasureMethod) -> MediumState:
    if given.validation is not None:
        return MediumState.DESTROYED if method is _M.DESTROY else MediumState.VALIDATED
    return MediumState.SUCCEEDED if given.verification is None else MediumState.VERIFIED


def validated(medium: Medium, given: Validation) -> Medium | ErasingFault:
    """A medium after a person looked at the result of its last try.

    Refuses: one that was not verified; nobody's word.
    """
    if medium.state is not MediumState.VERIFIED:
        return ErasingFault.NOT_VERIFIED
    if not given.by:
        return ErasingFault.VALIDATOR_MISSING
    if given.passed:
        destroyed = medium.method is _M.DESTROY
        state = MediumState.DESTROYED if destroyed else MediumState.VALIDATED
        return Medium(medium.type, state, medium.method, medium.failures, medium.removable)
    failures = medium.failures + 1
    state = MediumState.QUARANTINED if failures >= MOST_TRIES else MediumState.FAILED
    return Medium(medium.type, state, medium.method, failures, medium.removable)


def erased(media: Iterable[Medium], *, storage: bool) -> AssetState | None:
    """Where a diagnosed device stands by its media; None while one is not at its end.

    A device that holds no data is `ERASED`. One medium that was destroyed inside the device
    destroys it; a drive that can be taken out does not.
    """
    found = list(media)
    if not storage:
        return AssetState.ERASED
    if not found:
        return None
    states = {each.state for each in found}
    if states <= {MediumState.VALIDATED, MediumState.DESTROYED}:
        inside = any(m.state is MediumState.DESTROYED and not m.removable for m in found)
        return AssetState.DESTROYED if inside else AssetState.ERASED
    if states & {MediumState.QUARANTINED, MediumState.DESTROYED}:
        return AssetState.ERASURE_FAILED
    return None


class DispositionFault(StrEnum):
    """Why a disposition is not taken."""

    ERASURE_NOT_VALIDATED = "ERASURE_NOT_VALIDATED"
    EVIDENCE_REQUIRED = "EVIDENCE_REQUIRED"
    REASON_REQUIRED = "REASON_REQUIRED"
    PARTNER_REQUIRED = "PARTNER_REQUIRED"
    PARTNER_NOT_CERTIFIED = "PARTNER_NOT_CERTIFIED"
    DEVICE_DESTROYED = "DEVICE_DESTROYED"


CERTIFIED: Final = frozenset({"R2V3", "E_STEWARDS", "ISO_14001", "ADISA", "RECQ"})
_PROVED: Final = frozenset(
    {Disposition.DONATE, Disposition.PARTS, Disposition.RECYCLE, Disposition.DESTROY}
)
_HANDED_ON: Final = frozenset({Disposition.DONATE, Disposition.RECYCLE, Disposition.DESTROY})
_WASTE: Final = frozenset({Disposition.RECYCLE, Disposition.DESTROY})


@dataclass(frozen=True, slots=True)
class Partner:
    """Whom a device goes to: the schemes whose certificate is valid on the day."""

    kind: str
    valid: frozenset[str] = field(default_factory=frozenset)


def disposition_fault(
    state: AssetState,
    to: Disposition,
    reason: str | None,
    partner: Partner | None,
    *,
    proof: bool,
) -> DispositionFault | None:
    """Why a device may not go this way; None if it may.

    Nothing but destruction is open to a device whose erasure was not validated.
    """
    if state is AssetState.DESTROYED and to not in _WASTE:
        return DispositionFault.DEVICE_DESTROYED
    clean = state in {AssetState.ERASED, AssetState.DESTROYED}
    if not clean and to is not Disposition.DESTROY:
        return DispositionFault.ERASURE_NOT_VALIDATED
    if to not in _PROVED:
        return None
    if not (reason or "").strip():
        return DispositionFault.REASON_REQUIRED
    return _unproved(to, partner) if proof else DispositionFault.EVIDENCE_REQUIRED


def _unproved(to: Disposition, partner: Partner | None) -> DispositionFault | None:
    if to in _HANDED_ON and partner is None:
        return DispositionFault.PARTNER_REQUIRED
    if to in _WASTE and partner is not None and not partner.valid & CERTIFIED:
        return DispositionFault.PARTNER_NOT_CERTIFIED
    return None
