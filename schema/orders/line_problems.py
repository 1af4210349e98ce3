"""What is refused about orders: one type for each code, with what a program is told beside it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from resolvers.orders.refusals import Refusal
from schema.accounts import told
from schema.common import Info, Problem, global_id
from schema.rules import OWN, ruled
from schema.units import problems as of_units
from schema.units.problems import (
    DiagnosticMissing,
    ErasureProofMissing,
    ImeiAlreadySold,
    ImeiBlacklisted,
    ImeiInvalid,
    Made,
    SerialInvalid,
)

__all__ = [
    "DiagnosticMissing",
    "ErasureProofMissing",
    "ImeiAlreadySold",
    "ImeiBlacklisted",
    "ImeiInvalid",
    "SerialInvalid",
]


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
        description="`IMPORTED` `VAT_INVOICE` `BOUGHT_OUTSIDE` `ABOVE_ITEM_CAP`, or what the rules "
        "refuse."
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


_TEXTS: Mapping[str, tuple[str, str | None]] = {
    **of_units.TEXTS,
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
    **of_units.PLAIN,
    "ORDER_UNKNOWN": OrderUnknown,
    "ORDER_LINE_UNKNOWN": OrderLineUnknown,
    "CANCELLATION_NOT_REQUESTED": CancellationNotRequested,
    "UNIT_ALREADY_ATTACHED": UnitAlreadyAttached,
    "TRACKING_DUPLICATE": TrackingDuplicate,
}
_WITH_FACTS: Mapping[str, Made] = {
    **of_units.WITH_FACTS,
    "ACCEPTANCE_DEADLINE_PASSED": lambda t, f: AcceptanceDeadlinePassed(
        **t, accept_by=datetime.fromisoformat(f["acceptBy"])
    ),
    "PARTIAL_ACCEPTANCE_DISABLED": lambda t, f: PartialAcceptanceDisabled(
        **t, missing=[_line(each) for each in f["missing"]]
    ),
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
