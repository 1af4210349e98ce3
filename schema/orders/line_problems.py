"""What is refused about orders: one type for each code, with what a program is told beside it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import strawberry

from resolvers.orders.refusals import Refusal
from schema.accounts import Told, told
from schema.common import Info, Problem, global_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.rules import OWN, ruled


@ruled(OWN)
@strawberry.type
class OrderUnknown(Problem):
    """There is no such order of yours, or the line is of another."""


@ruled(OWN)
@strawberry.type
class OrderLineUnknown(Problem):
    """There is no such line of yours."""


@ruled(OWN)
@strawberry.type
class AcceptanceDeadlinePassed(Problem):
    """The line can no longer be accepted or refused: it is being cancelled."""

    accept_by: datetime = strawberry.field(description="When the deadline was.")


@ruled(OWN)
@strawberry.type
class PartialAcceptanceDisabled(Problem):
    """You want orders whole, and other lines of this one would be left."""

    missing: list[strawberry.ID] = strawberry.field(
        description="Ids of the `OrderLine`s that are left. At most 100."
    )


@ruled(OWN)
@strawberry.type
class CancellationNotRequested(Problem):
    """The customer has not asked to cancel this line."""


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
class UnitAlreadyAttached(Problem):
    """The line has a device. Send `replace` to give it another."""


@ruled(OWN)
@strawberry.type
class UnitNotAttached(Problem):
    """A line cannot be shipped before `attachUnit`."""

    order_line: strawberry.ID = strawberry.field(description="Id of the `OrderLine`.")


@ruled(OWN)
@strawberry.type
class MarginNotEligible(Problem):
    """The device may not be sold under the margin scheme, which the line was sold under."""

    reason: str = strawberry.field(
        description="`IMPORTED` `VAT_INVOICE` `BOUGHT_OUTSIDE`, or what the rules refuse."
    )


@ruled(OWN)
@strawberry.type
class MarginEvidenceMissing(Problem):
    """A line under the margin scheme leaves with the evidence of what was paid for the device."""

    order_line: strawberry.ID = strawberry.field(description="Id of the `OrderLine`.")
    missing: list[str] = strawberry.field(
        description="`acquisition`, or of it `boughtOn` `country` `currency`. At most 3."
    )


@ruled(OWN)
@strawberry.type
class TrackingDuplicate(Problem):
    """A parcel on its way has this number of this carrier already."""


Made = Callable[[Told, Mapping[str, Any]], Problem]
_TEXTS: Mapping[str, tuple[str, str | None]] = {
    "ORDER_UNKNOWN": ("There is no such order.", "`orders` lists yours."),
    "ORDER_LINE_UNKNOWN": ("There is no such order line.", "`orders` lists yours."),
    "INVALID_TRANSITION": (
        "The line is {from} and cannot become {to}.",
        "`order` tells its state.",
    ),
    "ACCEPTANCE_DEADLINE_PASSED": ("The line was to be accepted by {acceptBy}.", None),
    "PARTIAL_ACCEPTANCE_DISABLED": (
        "Other lines of the order would be left.",
        "Name them too, or allow parts with `setFulfilmentSettings`.",
    ),
    "CANCELLATION_NOT_REQUESTED": ("Nobody asked to cancel this line.", None),
    "IMEI_INVALID": ("The IMEI cannot be used: {reason}.", "15 digits; dial *#06# to see them."),
    "SERIAL_INVALID": ("The serial number cannot be used.", "4 to 40 letters and digits."),
    "IMEI_ALREADY_SOLD": ("This device is being sold already.", "Check the number on the device."),
    "IMEI_BLACKLISTED": ("This device is on a list of stolen ones.", "Do not ship it."),
    "DIAGNOSTIC_MISSING": ("The diagnostic does not let the device leave: {reason}.", None),
    "ERASURE_PROOF_MISSING": ("The erasure does not let the device leave: {reason}.", None),
    "UNIT_ALREADY_ATTACHED": ("The line has a device.", "Send `replace: true`."),
    "UNIT_NOT_ATTACHED": ("A line has no device yet.", "`attachUnit` names it."),
    "NOT_ELIGIBLE": (
        "This device may not be sold under the margin scheme: {reason}.",
        "Attach another device, or cancel the line.",
    ),
    "MARGIN_EVIDENCE_MISSING": (
        "The margin scheme needs what was paid for the device: {missing}.",
        "`attachUnit` again with `replace: true` and the whole `acquisition`.",
    ),
    "TRACKING_DUPLICATE": (
        "A parcel on its way has this number.",
        "One parcel may carry several lines of an order: name them in one call.",
    ),
}
_PLAIN: Mapping[str, type[Problem]] = {
    "ORDER_UNKNOWN": OrderUnknown,
    "ORDER_LINE_UNKNOWN": OrderLineUnknown,
    "CANCELLATION_NOT_REQUESTED": CancellationNotRequested,
    "SERIAL_INVALID": SerialInvalid,
    "IMEI_BLACKLISTED": ImeiBlacklisted,
    "UNIT_ALREADY_ATTACHED": UnitAlreadyAttached,
    "TRACKING_DUPLICATE": TrackingDuplicate,
}
_WITH_FACTS: Mapping[str, Made] = {
    "INVALID_TRANSITION": lambda t, f: InvalidTransition(
        **t, from_=f["from"], to=f["to"], allowed=list(f["allowed"])
    ),
    "ACCEPTANCE_DEADLINE_PASSED": lambda t, f: AcceptanceDeadlinePassed(
        **t, accept_by=datetime.fromisoformat(f["acceptBy"])
    ),
    "PARTIAL_ACCEPTANCE_DISABLED": lambda t, f: PartialAcceptanceDisabled(
        **t, missing=[_line(each) for each in f["missing"]]
    ),
    "IMEI_INVALID": lambda t, f: ImeiInvalid(**t, reason=f["reason"], field=f["field"]),
    "IMEI_ALREADY_SOLD": lambda t, f: ImeiAlreadySold(**t, field=f["field"]),
    "DIAGNOSTIC_MISSING": lambda t, f: DiagnosticMissing(**t, reason=f["reason"]),
    "ERASURE_PROOF_MISSING": lambda t, f: ErasureProofMissing(**t, reason=f["reason"]),
    "NOT_ELIGIBLE": lambda t, f: MarginNotEligible(**t, reason=f["reason"]),
    "MARGIN_EVIDENCE_MISSING": lambda t, f: MarginEvidenceMissing(
        **t, order_line=_line(f["line"]), missing=list(f["missing"])
    ),
    "UNIT_NOT_ATTACHED": lambda t, f: UnitNotAttached(**t, order_line=_line(f["line"])),
}


def problem(info: Info, refusal: Refusal, path: list[str]) -> Any:
    """The type of a refusal, with its facts. Raises: KeyError for a code without one."""
    message, hint = _TEXTS[refusal.code]
    texts = told(info, refusal.code, message.format(**refusal.facts), path, hint)
    if plain := _PLAIN.get(refusal.code):
        return plain(**texts)
    return _WITH_FACTS[refusal.code](texts, refusal.facts)


def _line(line_id: str) -> strawberry.ID:
    return strawberry.ID(str(global_id("OrderLine", line_id)))
