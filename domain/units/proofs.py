"""What must be known of a device before it leaves: that it works, and that it holds nobody's data.

Source: docs/orders.md, "Units"; NIST SP 800-88 Rev. 2.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class ErasureMethod(StrEnum):
    """How thoroughly a medium was erased. Source: NIST SP 800-88."""

    CLEAR = "CLEAR"
    PURGE = "PURGE"
    DESTROY = "DESTROY"


class ErasureTechnique(StrEnum):
    """What was done to the medium. Source: IEEE 2883."""

    OVERWRITE = "OVERWRITE"
    BLOCK_ERASE = "BLOCK_ERASE"
    CRYPTO_ERASE = "CRYPTO_ERASE"
    SANITIZE_COMMAND = "SANITIZE_COMMAND"
    FACTORY_RESET = "FACTORY_RESET"
    DEGAUSS = "DEGAUSS"
    SHRED = "SHRED"
    DISINTEGRATE = "DISINTEGRATE"
    INCINERATE = "INCINERATE"


class ErasureResult(StrEnum):
    """How far an erasure came: `VERIFIED` that it ran, `VALIDATED` that the result suffices."""

    SUCCEEDED = "SUCCEEDED"
    VERIFIED = "VERIFIED"
    VALIDATED = "VALIDATED"
    FAILED = "FAILED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class ProofFault(StrEnum):
    """What is wrong with a diagnostic or an erasure."""

    NONE_GIVEN = "NONE_GIVEN"
    NOT_PASSED = "NOT_PASSED"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    BATTERY_LOW = "BATTERY_LOW"
    NOT_VALIDATED = "NOT_VALIDATED"
    HAS_STORAGE = "HAS_STORAGE"
    FACTS_MISSING = "FACTS_MISSING"
    METHOD_NOT_SHOWN = "METHOD_NOT_SHOWN"
    DEVICE_DESTROYED = "DEVICE_DESTROYED"


LOWEST_BATTERY: Final = 80
"""Per cent of the rated capacity below which no device is sold."""

_DESTROYS: Final = frozenset(
    {
        ErasureTechnique.DEGAUSS,
        ErasureTechnique.SHRED,
        ErasureTechnique.DISINTEGRATE,
        ErasureTechnique.INCINERATE,
    }
)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A test of a device. Units: `battery_health` per cent of the rated capacity."""

    protocol: str
    passed: bool
    at: datetime
    battery_health: int | None = None
    tests: Mapping[str, bool] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self) | {"at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was done to the data of a device. Without storage only `result` and `at` are said.

    Shapes: `encrypted` says that there is evidence that the medium was encrypted before.
    """

    result: ErasureResult
    at: datetime
    standard: str | None = None
    method: ErasureMethod | None = None
    technique: ErasureTechnique | None = None
    tool: str | None = None
    certificate: str | None = None
    encrypted: bool = False

    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self) | {"at": self.at.isoformat()}


def diagnostic_fault(given: Diagnostic | None, now: datetime) -> ProofFault | None:
    """What is wrong with a diagnostic; None if the device may leave by it."""
    if given is None:
        return ProofFault.NONE_GIVEN
    if given.at > now:
        return ProofFault.FROM_THE_FUTURE
    if not given.passed or not all(given.tests.values()):
        return ProofFault.NOT_PASSED
    if given.battery_health is not None and given.battery_health < LOWEST_BATTERY:
        return ProofFault.BATTERY_LOW
    return None


def erasure_fault(given: Erasure | None, now: datetime, *, storage: bool) -> ProofFault | None:
    """What is wrong with an erasure; None if the device may leave by it.

    `storage` says that devices of this category hold data. A factory reset is a `PURGE` only where
    the medium was encrypted.
    """
    if given is None:
        return ProofFault.NONE_GIVEN if storage else None
    if given.at > now:
        return ProofFault.FROM_THE_FUTURE
    if given.result is ErasureResult.NOT_APPLICABLE:
        return ProofFault.HAS_STORAGE if storage else None
    if given.result is not ErasureResult.VALIDATED:
        return ProofFault.NOT_VALIDATED
    if not (given.standard and given.method and given.technique and given.tool):
        return ProofFault.FACTS_MISSING
    return _method_fault(given)


def _method_fault(given: Erasure) -> ProofFault | None:
    if given.method is ErasureMethod.DESTROY or given.technique in _DESTROYS:
        return ProofFault.DEVICE_DESTROYED
    reset = given.technique is ErasureTechnique.FACTORY_RESET
    if reset and given.method is ErasureMethod.PURGE and not given.encrypted:
        return ProofFault.METHOD_NOT_SHOWN
    return None
