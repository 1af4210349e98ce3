"""What is refused about devices: one type for each code, with what a program is told beside it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import strawberry

from resolvers.effects import Refusal
from schema.accounts import Told, told
from schema.common import Info, InvalidTransition, Problem
from schema.rules import OWN, ruled


@ruled(OWN)
@strawberry.type
class ImeiInvalid(Problem):
    """What was given is no IMEI, or one is needed."""

    reason: str = strawberry.field(
        description="`NOT_DIGITS` `LENGTH` `CHECK_DIGIT` `MISSING` `SAME_TWICE`."
    )
    field: str = strawberry.field(description="`imei` or `imei2`.")


@ruled(OWN)
@strawberry.type
class SerialInvalid(Problem):
    """What was given is no serial number, or one is needed."""


@ruled(OWN)
@strawberry.type
class ImeiAlreadySold(Problem):
    """The device is being sold already, or was and may yet be returned."""

    field: str = strawberry.field(description="`imei`, `imei2` or `serial`.")


@ruled(OWN)
@strawberry.type
class ImeiBlacklisted(Problem):
    """The device is on a list of stolen or blocked ones and must not be sold."""


@ruled(OWN)
@strawberry.type
class DiagnosticMissing(Problem):
    """No device leaves without a diagnostic that it passed."""

    reason: str = strawberry.field(
        description="`NONE_GIVEN` `NOT_PASSED` `FROM_THE_FUTURE` `BATTERY_LOW`."
    )


@ruled(OWN)
@strawberry.type
class ErasureProofMissing(Problem):
    """No device that holds data leaves without an erasure whose result was validated."""

    reason: str = strawberry.field(
        description="`NONE_GIVEN` `NOT_VALIDATED` `HAS_STORAGE` `FACTS_MISSING` "
        "`METHOD_NOT_SHOWN` `DEVICE_DESTROYED` `FROM_THE_FUTURE`."
    )


@ruled(OWN)
@strawberry.type
class UnitUnknown(Problem):
    """There is no such device of yours."""


@ruled(OWN)
@strawberry.type
class UnitNotInHand(Problem):
    """The device is with somebody else: it was shipped, or has not come in yet."""


@ruled(OWN)
@strawberry.type
class VariantUnknown(Problem):
    """There is no such variant in the catalogue."""


@ruled(OWN)
@strawberry.type
class ErasureRefused(Problem):
    """The erasure cannot be as it was told."""

    reason: str = strawberry.field(
        description="`DEGAUSS_ON_FLASH` `METHOD_NOT_SHOWN` `FROM_THE_FUTURE` "
        "`ENDED_BEFORE_IT_BEGAN` `FACTS_MISSING` `METHOD_NOT_NEXT`."
    )


Made = Callable[[Told, Mapping[str, Any]], Problem]
TEXTS: Final[Mapping[str, tuple[str, str | None]]] = {
    "IMEI_INVALID": ("The IMEI cannot be used: {reason}.", "15 digits; dial *#06# to see them."),
    "SERIAL_INVALID": ("The serial number cannot be used.", "4 to 40 letters and digits."),
    "IMEI_ALREADY_SOLD": ("This device is being sold already.", "Check the number on the device."),
    "IMEI_BLACKLISTED": ("This device is on a list of stolen ones.", "Do not ship it."),
    "DIAGNOSTIC_MISSING": ("The diagnostic does not let the device leave: {reason}.", None),
    "ERASURE_PROOF_MISSING": ("The erasure does not let the device leave: {reason}.", None),
    "UNIT_UNKNOWN": ("There is no such device of yours.", "`units` lists them."),
    "UNIT_NOT_IN_HAND": ("The device is not with you now.", "`unit` tells what happened to it."),
    "VARIANT_UNKNOWN": ("There is no such variant.", "`search` finds its id."),
    "ERASURE_REFUSED": ("The erasure cannot be as it was told: {reason}.", None),
}
PLAIN: Final[Mapping[str, type[Problem]]] = {
    "SERIAL_INVALID": SerialInvalid,
    "IMEI_BLACKLISTED": ImeiBlacklisted,
    "UNIT_UNKNOWN": UnitUnknown,
    "UNIT_NOT_IN_HAND": UnitNotInHand,
    "VARIANT_UNKNOWN": VariantUnknown,
}
WITH_FACTS: Final[Mapping[str, Made]] = {
    "INVALID_TRANSITION": lambda t, f: InvalidTransition(
        **t, from_=f["from"], to=f["to"], allowed=list(f["allowed"])
    ),
    "IMEI_INVALID": lambda t, f: ImeiInvalid(**t, reason=f["reason"], field=f["field"]),
    "IMEI_ALREADY_SOLD": lambda t, f: ImeiAlreadySold(**t, field=f["field"]),
    "DIAGNOSTIC_MISSING": lambda t, f: DiagnosticMissing(**t, reason=f["reason"]),
    "ERASURE_PROOF_MISSING": lambda t, f: ErasureProofMissing(**t, reason=f["reason"]),
    "ERASURE_REFUSED": lambda t, f: ErasureRefused(**t, reason=f["reason"]),
}
_MOVED = ("The erasure is {from} and cannot become {to}.", "`unit { media }` tells its state.")


def problem(info: Info, refusal: Refusal, path: list[str]) -> Any:
    """The type of a refusal, with its facts. Raises: KeyError for a code without one."""
    message, hint = TEXTS.get(refusal.code, _MOVED)
    texts = told(info, refusal.code, message.format(**refusal.facts), path, hint)
    if plain := PLAIN.get(refusal.code):
        return plain(**texts)
    return WITH_FACTS[refusal.code](texts, refusal.facts)
