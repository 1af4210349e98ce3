"""Whether a certificate holds, step by step: never a bare yes.

A step passes, fails, or is not checked, and each that does not pass says why. `holds` is the one
summary: nothing failed, and form, hash, key and signature were checked.
Source: docs/certificates.md, "Verification".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from domain.canonical import sha256
from domain.units.certificates import ALGORITHM, CertificateState
from domain.units.certificates.envelope import Envelope, Malformed, PublicKey, read
from domain.units.certificates.merkle import HASH_BYTES, root


class Check(StrEnum):
    """What is looked at, in this order."""

    CANONICAL_FORM = "CANONICAL_FORM"
    VERSION = "VERSION"
    HASH = "HASH"
    KEY = "KEY"
    KEY_VALIDITY = "KEY_VALIDITY"
    SIGNATURE = "SIGNATURE"
    PREVIOUS = "PREVIOUS"
    FACTOR_SET = "FACTOR_SET"
    DEVICE_ORDER = "DEVICE_ORDER"
    DEVICE_LIST = "DEVICE_LIST"
    STATUS = "STATUS"


class Outcome(StrEnum):
    """What came of a check."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    NOT_CHECKED = "NOT_CHECKED"


class Reason(StrEnum):
    """Why a check did not pass, or was not made."""

    NOT_AN_ENVELOPE = "NOT_AN_ENVELOPE"
    NOT_CANONICAL = "NOT_CANONICAL"
    VERSION_UNKNOWN = "VERSION_UNKNOWN"
    PAYLOAD_INCOMPLETE = "PAYLOAD_INCOMPLETE"
    HASH_MISMATCH = "HASH_MISMATCH"
    ALGORITHM_UNKNOWN = "ALGORITHM_UNKNOWN"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_NOT_YET_VALID = "KEY_NOT_YET_VALID"
    KEY_EXPIRED = "KEY_EXPIRED"
    KEY_REVOKED = "KEY_REVOKED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    PREVIOUS_MISMATCH = "PREVIOUS_MISMATCH"
    FACTOR_SET_UNKNOWN = "FACTOR_SET_UNKNOWN"
    NO_FACTOR_SET = "NO_FACTOR_SET"
    DEVICES_REORDERED = "DEVICES_REORDERED"
    DEVICE_COUNT_MISMATCH = "DEVICE_COUNT_MISMATCH"
    DEVICE_ROOT_MISMATCH = "DEVICE_ROOT_MISMATCH"
    DEVICES_NOT_LISTED = "DEVICES_NOT_LISTED"
    CERTIFICATE_SUPERSEDED = "CERTIFICATE_SUPERSEDED"
    CERTIFICATE_REVOKED = "CERTIFICATE_REVOKED"
    CERTIFICATE_UNKNOWN = "CERTIFICATE_UNKNOWN"
    NO_REGISTER = "NO_REGISTER"
    STEP_BEFORE_FAILED = "STEP_BEFORE_FAILED"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One check and what came of it; `reason` is there unless it passed."""

    check: Check
    outcome: Outcome
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What the issuer's register says of a certificate.

    Shapes: `previous` is the hash of the issuer's certificate before it; None for its first.
    `sha256` is that of the certificate under this id.
    """

    sha256: str
    state: CertificateState
    previous: str | None


@dataclass(frozen=True, slots=True)
class Register:
    """What is known beside the document.

    `entry` None: the register has no such certificate. `factor_sets`: hashes by id; None where
    nobody can tell.
    """

    entry: Entry | None = None
    factor_sets: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """Every check, in order. `payload` is what was read, signed or not; None for no envelope."""

    steps: tuple[StepResult, ...]
    payload: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def failed(self) -> tuple[StepResult, ...]:
        """The checks that failed."""
        return tuple(step for step in self.steps if step.outcome is Outcome.FAILED)

    @property
    def holds(self) -> bool:
        """Whether nothing failed, and what a signature rests on was checked."""
        passed = {step.check for step in self.steps if step.outcome is Outcome.PASSED}
        return not self.failed and passed >= NEEDED


NEEDED: Final = frozenset(
    {
        Check.CANONICAL_FORM,
        Check.VERSION,
        Check.HASH,
        Check.KEY,
        Check.KEY_VALIDITY,
        Check.SIGNATURE,
    }
)
_REQUIRED: Final = frozenset({"id", "version", "kind", "issued_on", "issuer"})


def verified(
    text: bytes,
    keys: Iterable[PublicKey],
    register: Register | None = None,
    previous: str | None = None,
) -> Verification:
    """Check the file of a certificate.

    `register` None: nobody was asked. `previous` is the hash of the certificate before it, for
    whoever has that file but no register.
    """
    try:
        envelope, same = read(text)
    except Malformed:
        first = _failed(Check.CANONICAL_FORM, Reason.NOT_AN_ENVELOPE)
        later = [check for check in Check if check is not Check.CANONICAL_FORM]
        return Verification((first, *(_unseen(check) for check in later)))
    given = _Given(envelope, {key.key_id: key for key in keys}, register, previous)
    steps = [
        _step(Check.CANONICAL_FORM, None if same else Reason.NOT_CANONICAL),
        _version(envelope.payload),
        _step(Check.HASH, _hash(envelope)),
        *_key_steps(given),
        _previous(given),
        _factor_set(given),
        *_READERS.get(_number(envelope.payload), _unread)(envelope.payload),
        _status(given),
    ]
    return Verification(tuple(steps), envelope.payload)


@dataclass(frozen=True, slots=True)
class _Given:
    envelope: Envelope
    keys: Mapping[str, PublicKey]
    register: Register | None
    previous: str | None

    @property
    def payload(self) -> Mapping[str, Any]:
        return self.envelope.payload


def _step(check: Check, reason: Reason | None) -> StepResult:
    return StepResult(check, Outcome.PASSED) if reason is None else _failed(check, reason)


def _failed(check: Check, reason: Reason) -> StepResult:
    return StepResult(check, Outcome.FAILED, reason)


def _unseen(check: Check, reason: Reason = Reason.STEP_BEFORE_FAILED) -> StepResult:
    return StepResult(check, Outcome.NOT_CHECKED, reason)


def _number(payload: Mapping[str, Any]) -> int:
    found = payload.get("version")
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def _version(payload: Mapping[str, Any]) -> StepResult:
    if _number(payload) not in _READERS:
        return _failed(Check.VERSION, Reason.VERSION_UNKNOWN)
    whole = payload.keys() >= _REQUIRED and _issued(payload) is not None
    return _step(Check.VERSION, None if whole else Reason.PAYLOAD_INCOMPLETE)


def _issued(payload: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(payload["issued_on"])
    except (KeyError, TypeError, ValueError):
        return None


def _hash(envelope: Envelope) -> Reason | None:
    return None if sha256(envelope.written) == envelope.sha256 else Reason.HASH_MISMATCH


def _key_steps(given: _Given) -> Iterator[StepResult]:
    envelope = given.envelope
    key = given.keys.get(envelope.key_id)
    if envelope.alg != ALGORITHM or key is None:
        known = envelope.alg == ALGORITHM
        yield _failed(Check.KEY, Reason.KEY_UNKNOWN if known else Reason.ALGORITHM_UNKNOWN)
        yield _unseen(Check.KEY_VALIDITY)
        yield _unseen(Check.SIGNATURE)
        return
    yield _step(Check.KEY, None)
    yield _step(Check.KEY_VALIDITY, _validity(key, _issued(given.payload)))
    holds = key.signed(envelope.written, envelope.signature)
    yield _step(Check.SIGNATURE, None if holds else Reason.SIGNATURE_INVALID)


def _validity(key: PublicKey, issued_on: date | None) -> Reason | None:
    if key.revoked_on is not None:
        return Reason.KEY_REVOKED
    if issued_on is None:
        return Reason.PAYLOAD_INCOMPLETE
    if issued_on < key.valid_from:
        return Reason.KEY_NOT_YET_VALID
    if key.valid_to is not None and issued_on > key.valid_to:
        return Reason.KEY_EXPIRED
    return None


def _previous(given: _Given) -> StepResult:
    stated = given.payload.get("previous_sha256")
    if given.register is not None:
        entry = given.register.entry
        if entry is None or entry.sha256 != given.envelope.sha256:
            return _unseen(Check.PREVIOUS, Reason.CERTIFICATE_UNKNOWN)
        return _step(Check.PREVIOUS, None if stated == entry.previous else Reason.PREVIOUS_MISMATCH)
    if given.previous is None:
        return _unseen(Check.PREVIOUS, Reason.NO_REGISTER)
    return _step(Check.PREVIOUS, None if stated == given.previous else Reason.PREVIOUS_MISMATCH)


def _factor_set(given: _Given) -> StepResult:
    stated = given.payload.get("factor_set")
    if not isinstance(stated, Mapping):
        return _unseen(Check.FACTOR_SET, Reason.NO_FACTOR_SET)
    sets = given.register.factor_sets if given.register is not None else None
    if sets is None:
        return _unseen(Check.FACTOR_SET, Reason.NO_REGISTER)
    named, hashed = stated.get("id"), stated.get("sha256")
    known = isinstance(named, str) and sets.get(named) == hashed
    return _step(Check.FACTOR_SET, None if known else Reason.FACTOR_SET_UNKNOWN)


def _status(given: _Given) -> StepResult:
    if given.register is None:
        return _unseen(Check.STATUS, Reason.NO_REGISTER)
    entry = given.register.entry
    if entry is None or entry.sha256 != given.envelope.sha256:
        return _failed(Check.STATUS, Reason.CERTIFICATE_UNKNOWN)
    reasons = {
        CertificateState.VALID: None,
        CertificateState.SUPERSEDED: Reason.CERTIFICATE_SUPERSEDED,
        CertificateState.REVOKED: Reason.CERTIFICATE_REVOKED,
    }
    return _step(Check.STATUS, reasons[entry.state])


def _devices_1(payload: Mapping[str, Any]) -> Iterator[StepResult]:
    """The list of version 1: every leaf stands in it once, sorted, and they make the root."""
    listed = leaves_1(payload)
    if listed is None:
        yield _unseen(Check.DEVICE_ORDER, Reason.DEVICES_NOT_LISTED)
        yield _unseen(Check.DEVICE_LIST, Reason.DEVICES_NOT_LISTED)
        return
    ordered = all(_rising(leaves) for leaves in listed)
    yield _step(Check.DEVICE_ORDER, None if ordered else Reason.DEVICES_REORDERED)
    every = [each for leaves in listed for each in leaves]
    yield _step(Check.DEVICE_LIST, _complete(payload, every))


def _complete(payload: Mapping[str, Any], every: list[bytes]) -> Reason | None:
    if len(set(every)) != payload.get("serial_count"):
        return Reason.DEVICE_COUNT_MISMATCH
    found = root(every).hex() if every else None
    return None if found == payload.get("merkle_root") else Reason.DEVICE_ROOT_MISMATCH


def leaves_1(payload: Mapping[str, Any]) -> list[list[bytes]] | None:
    """The leaves of a payload of version 1, list by list; None where it lists none.

    An entry that has no leaf to read counts as one that is not there.
    """
    devices, media = payload.get("devices"), payload.get("erasures")
    if not isinstance(devices, list):
        return None
    entries = media if isinstance(media, list) else []
    held = [each.get("medium") for each in entries if isinstance(each, Mapping)]
    named = [each for each in held if isinstance(each, Mapping) and "leaf" in each]
    return [_leaves(devices), _leaves(named)]


def _leaves(entries: Iterable[Any]) -> list[bytes]:
    found = []
    for entry in entries:
        text = entry.get("leaf") if isinstance(entry, Mapping) else None
        try:
            raw = bytes.fromhex(text) if isinstance(text, str) else b""
        except ValueError:
            continue
        if len(raw) == HASH_BYTES and raw.hex() == text:
            found.append(raw)
    return found


def _rising(leaves: list[bytes]) -> bool:
    return all(one < two for one, two in pairwise(leaves))


def _unread(_payload: Mapping[str, Any]) -> Iterator[StepResult]:
    yield _unseen(Check.DEVICE_ORDER)
    yield _unseen(Check.DEVICE_LIST)


_READERS: Final[Mapping[int, Callable[[Mapping[str, Any]], Iterator[StepResult]]]] = {1: _devices_1}
"""How the devices of each version are read. A version once issued is never taken away."""
