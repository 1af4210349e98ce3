"""What is refused about lots from their contract on: a type for each code, with its facts."""

from collections.abc import Callable, Mapping
from typing import Any

import strawberry

from domain.raas.wording_custody import WORDINGS
from resolvers.catalog import language
from resolvers.orders.refusals import Refusal
from schema.accounts import Told, told
from schema.common import Info, Locale, Problem
from schema.offers.feed_run_changes import InvalidTransition
from schema.orders.line_problems import ImeiInvalid, SerialInvalid
from schema.rules import HOLDER, ruled


def _explanation(root: Problem, locale: Locale = "en") -> str:
    """What is wrong and what to do, in a language: `en` or `fr`."""
    message, hint = WORDINGS[language(locale)][root.code]
    said = message.format(reason=getattr(root, "reason", ""))
    return f"{said} {hint}" if hint else said


EXPLAINED: Any = strawberry.field(resolver=_explanation)


@ruled(HOLDER)
@strawberry.type
class HandoverUnknown(Problem):
    """There is no such lot of yours from its contract on."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class WindowInvalid(Problem):
    """The window of a pickup is over, ends before it begins, or is longer than 14 days."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class PickupExists(Problem):
    """A pickup of the lot is scheduled."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class PickupUnknown(Problem):
    """No pickup of the lot is scheduled."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class PickupCodeInvalid(Problem):
    """The code opens no pickup: it is wrong, spent, or it is not the time."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class SealRequired(Problem):
    """What is sealed, or whose seal is looked at, has a number."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class NotYoursToTell(Problem):
    """Another side tells this step."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class OutOfOrder(Problem):
    """Something later has been told of it."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class FromTheFuture(Problem):
    """The moment has not come."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class CustodyEnded(Problem):
    """The custody of it has ended: it is sold, taken apart, recycled or lost."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class IncidentUnknown(Problem):
    """The lot has no such incident that is open."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class IdentityMissing(Problem):
    """Nothing says which device it is."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class AssetNotInLot(Problem):
    """The lot has no such device, or this cannot be done to it."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class MediaRequired(Problem):
    """Devices of the category hold data, and no medium was named."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class MediumUnknown(Problem):
    """The device has no such medium."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class ErasureNotValidated(Problem):
    """No erasure of the device was validated: it can only be destroyed."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class EvidenceRequired(Problem):
    """A file that shows it is needed."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class ReasonRequired(Problem):
    """A reason is needed."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class PartnerRequired(Problem):
    """Nobody was named who takes the device."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class PartnerNotCertified(Problem):
    """The partner has no certificate that is valid today."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class PartnerUnknown(Problem):
    """You have no such partner."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class DeviceDestroyed(Problem):
    """What is left of the device can only be recycled."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class DisputeExists(Problem):
    """It is disputed already."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class DisputeUnknown(Problem):
    """There is no such dispute of a lot of yours."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class DisputeEnded(Problem):
    """The dispute was answered, or has ended."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class DecisionAmountInvalid(Problem):
    """The amount is less than nothing, more than the share, or has too many decimals."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class PayoutNotDue(Problem):
    """The statement may change yet, or was paid."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class AttachmentUnknown(Problem):
    """A file that was named is not one of yours."""

    explanation: str = EXPLAINED
    attachments: list[strawberry.ID] = strawberry.field(description="Ids of those. At most 10.")


@ruled(HOLDER)
@strawberry.type
class CustodyGap(Problem):
    """A step before this one was not told."""

    explanation: str = EXPLAINED
    after: str | None = strawberry.field(
        description="The last step that was; `null` where none was."
    )


@ruled(HOLDER)
@strawberry.type
class SerialNotInManifest(Problem):
    """Nobody declared the device; it was kept as an incident."""

    explanation: str = EXPLAINED
    scanned: str = strawberry.field(description="What was scanned.")


@ruled(HOLDER)
@strawberry.type
class ErasureInvalid(Problem):
    """The erasure, or its validation, cannot be taken."""

    explanation: str = EXPLAINED
    reason: str = strawberry.field(
        description="`ENDED` `STRONGER_METHOD_NEEDED` `TECHNIQUE_NOT_FOR_MEDIUM` "
        "`TECHNIQUE_NOT_OF_METHOD` `VERIFICATION_MISSING` `VALIDATOR_MISSING` "
        "`TIMES_INVALID` `NOT_VERIFIED` `FACTS_MISSING` `NOTHING_NEW`."
    )


@ruled(HOLDER)
@strawberry.type
class GradeUnknown(Problem):
    """The grade, or that which was declared, has no factor."""

    explanation: str = EXPLAINED
    grades: list[str] = strawberry.field(description="Those that have one. At most 20.")


@ruled(HOLDER)
@strawberry.type
class DisputeWindowClosed(Problem):
    """The time in which this could be disputed is over."""

    explanation: str = EXPLAINED
    until: str | None = strawberry.field(description="When it ended.")


Made = Callable[[Told, Mapping[str, Any]], Problem]
_PLAIN: Mapping[str, type[Problem]] = {
    "HANDOVER_UNKNOWN": HandoverUnknown,
    "WINDOW_INVALID": WindowInvalid,
    "PICKUP_EXISTS": PickupExists,
    "PICKUP_UNKNOWN": PickupUnknown,
    "PICKUP_CODE_INVALID": PickupCodeInvalid,
    "SEAL_REQUIRED": SealRequired,
    "NOT_YOURS_TO_TELL": NotYoursToTell,
    "OUT_OF_ORDER": OutOfOrder,
    "FROM_THE_FUTURE": FromTheFuture,
    "CUSTODY_ENDED": CustodyEnded,
    "INCIDENT_UNKNOWN": IncidentUnknown,
    "IDENTITY_MISSING": IdentityMissing,
    "ASSET_NOT_IN_LOT": AssetNotInLot,
    "MEDIA_REQUIRED": MediaRequired,
    "MEDIUM_UNKNOWN": MediumUnknown,
    "ERASURE_NOT_VALIDATED": ErasureNotValidated,
    "EVIDENCE_REQUIRED": EvidenceRequired,
    "REASON_REQUIRED": ReasonRequired,
    "PARTNER_REQUIRED": PartnerRequired,
    "PARTNER_NOT_CERTIFIED": PartnerNotCertified,
    "PARTNER_UNKNOWN": PartnerUnknown,
    "DEVICE_DESTROYED": DeviceDestroyed,
    "DISPUTE_EXISTS": DisputeExists,
    "DISPUTE_UNKNOWN": DisputeUnknown,
    "DISPUTE_ENDED": DisputeEnded,
    "DECISION_AMOUNT_INVALID": DecisionAmountInvalid,
    "PAYOUT_NOT_DUE": PayoutNotDue,
    "SERIAL_INVALID": SerialInvalid,
}
_WITH_FACTS: Mapping[str, Made] = {
    "INVALID_TRANSITION": lambda t, f: InvalidTransition(
        **t, from_=f["from"], to=f["to"], allowed=list(f["allowed"])
    ),
    "IMEI_INVALID": lambda t, f: ImeiInvalid(**t, reason=f["reason"], field=f["field"]),
    "ATTACHMENT_UNKNOWN": lambda t, f: AttachmentUnknown(
        **t, attachments=[strawberry.ID(each) for each in f["attachments"]]
    ),
    "CUSTODY_GAP": lambda t, f: CustodyGap(**t, after=f["after"]),
    "SERIAL_NOT_IN_MANIFEST": lambda t, f: SerialNotInManifest(**t, scanned=f["scanned"]),
    "ERASURE_INVALID": lambda t, f: ErasureInvalid(**t, reason=f["reason"]),
    "GRADE_UNKNOWN": lambda t, f: GradeUnknown(**t, grades=list(f["grades"])),
    "DISPUTE_WINDOW_CLOSED": lambda t, f: DisputeWindowClosed(**t, until=f["until"]),
}


def problem(
    info: Info, refusal: Refusal, path: list[str], own: Mapping[str, type[Problem]] | None = None
) -> Any:
    """The type of a refusal, with its facts; `own` are further types without any.

    Raises: KeyError for a code without one.
    """
    message, hint = WORDINGS["en"][refusal.code]
    texts = told(info, refusal.code, message.format(**refusal.facts), path, hint)
    plain = {**_PLAIN, **(own or {})}
    if refusal.code in plain:
        return plain[refusal.code](**texts)
    return _WITH_FACTS[refusal.code](texts, refusal.facts)
