"""What is refused about lots: one type for each code, with what a program is told beside it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import strawberry

from domain.raas.bidders import BidderReason
from resolvers.raas.refusals import Refusal
from schema.accounts import Told, told
from schema.common import Info, Money, Problem, global_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.rules import OWN, ruled


@ruled(OWN)
@strawberry.type
class LotUnknown(Problem):
    """There is no such lot for you."""


@ruled(OWN)
@strawberry.type
class LotFleetUnknown(Problem):
    """There is no such fleet of yours."""


@ruled(OWN)
@strawberry.type
class LotFleetNotValued(Problem):
    """Lots are made of a fleet once it is valued."""

    state: str = strawberry.field(description="Where the fleet stands.")


@ruled(OWN)
@strawberry.type
class LotEmpty(Problem):
    """There is no device that the lot would hold."""


@ruled(OWN)
@strawberry.type
class LotTooLarge(Problem):
    """A lot holds fewer devices."""

    most: int = strawberry.field(description="How many it may hold.")


@ruled(OWN)
@strawberry.type
class AssetNotAvailable(Problem):
    """Devices are in another lot, not matched to the catalogue, or not of this fleet or lot."""

    assets: list[strawberry.ID] = strawberry.field(description="Which. At most 100.")
    count: int = strawberry.field(description="How many.")


@ruled(OWN)
@strawberry.type
class AssetWithoutIdentity(Problem):
    """Data is to be erased, and a device without IMEI or serial is in no certificate."""

    assets: list[strawberry.ID] = strawberry.field(description="Which. At most 100.")
    count: int = strawberry.field(description="How many.")


@ruled(OWN)
@strawberry.type
class LotRulesInvalid(Problem):
    """A rule cannot be."""

    field: str = strawberry.field(description="Which, such as `weights`.")
    reason: str = strawberry.field(
        description="`NOT_IN_THE_FUTURE` `TOO_FAR` `NOT_POSITIVE` `OUT_OF_RANGE` "
        "`NOT_10000_TOGETHER` `LOT_IS_SEALED` `LEAVES_NO_TIME_FOR_OTHERS` `LOT_IS_A_DRAFT` "
        "`OTHER_CURRENCY`."
    )


@ruled(OWN)
@strawberry.type
class LotStale(Problem):
    """Somebody changed the lot meanwhile."""

    current_version: int = strawberry.field(description="The version that it has now.")


@ruled(OWN)
@strawberry.type
class BiddingClosed(Problem):
    """Bids are not taken any more."""

    bids_until: datetime | None = strawberry.field(description="When bidding ended.")


@ruled(OWN)
@strawberry.type
class LotChangedSinceBid(Problem):
    """The lot is not the one that you looked at."""

    version: int = strawberry.field(description="The version that it has now.")


@ruled(OWN)
@strawberry.type
class BidderNotQualified(Problem):
    """You may not bid on this lot."""

    reasons: list[BidderReason] = strawberry.field(description="All of them. At most 10.")
    quality_bp: int | None = strawberry.field(description="Your quality for the lot.")
    min_quality_bp: int | None = strawberry.field(description="The least that the lot asks for.")
    available_from: datetime | None = strawberry.field(
        description="When it is the turn of others than solidarity actors."
    )


@ruled(OWN)
@strawberry.type
class BelowReserve(Problem):
    """The bid is lower than the organisation takes. Told of open lots alone."""

    reserve: Money = strawberry.field(description="The least that it takes.")


@ruled(OWN)
@strawberry.type
class LotBidUnknown(Problem):
    """There is no such bid that counts."""


@ruled(OWN)
@strawberry.type
class BidsStillSealed(Problem):
    """The bids were not opened yet: they are a moment after bidding ends."""


@ruled(OWN)
@strawberry.type
class AwardReasonRequired(Problem):
    """Another bid than the best one needs a reason, which stays with the lot."""

    rank: int = strawberry.field(description="The place of the bid.")


@ruled(OWN)
@strawberry.type
class ConfirmationDeadlinePassed(Problem):
    """The award can no longer be confirmed."""

    confirm_by: datetime | None = strawberry.field(description="When the deadline was.")


Made = Callable[[Told, Mapping[str, Any]], Problem]
_TEXTS: Mapping[str, tuple[str, str | None]] = {
    "LOT_UNKNOWN": ("There is no such lot for you.", "`lots` or `lotsOpen` lists them."),
    "FLEET_UNKNOWN": ("There is no such fleet of yours.", None),
    "FLEET_NOT_VALUED": ("The fleet is {state}.", "Value it first."),
    "LOT_EMPTY": ("The lot would hold no device.", "Name devices that are free."),
    "LOT_TOO_LARGE": ("A lot holds up to {most} devices.", "Make several lots."),
    "ASSET_NOT_AVAILABLE": (
        "{count} devices cannot be taken, or are not there.",
        "A device is in one lot at a time, and matched to the catalogue.",
    ),
    "ASSET_WITHOUT_IDENTITY": (
        "{count} devices have no IMEI and no serial number.",
        "Send the fleet's file again with their identities.",
    ),
    "LOT_RULES_INVALID": ("`{field}` cannot be: {reason}.", None),
    "STALE": ("The lot was changed meanwhile.", "Read it again."),
    "BIDDING_CLOSED": ("Bids are not taken any more.", None),
    "LOT_CHANGED_SINCE_BID": ("The lot was changed.", "Read it again, then bid on its `version`."),
    "BIDDER_NOT_QUALIFIED": ("You may not bid on this lot.", None),
    "BELOW_RESERVE": ("The bid is below the reserve.", None),
    "LOT_BID_UNKNOWN": ("There is no such bid that counts.", None),
    "BIDS_STILL_SEALED": ("The bids were not opened yet.", "Try again in a minute."),
    "AWARD_REASON_REQUIRED": ("A bid of rank {rank} needs a reason.", "Send `reason`."),
    "CONFIRMATION_DEADLINE_PASSED": ("The award can no longer be confirmed.", None),
    "INVALID_TRANSITION": ("A lot that is {from} does not become {to}.", None),
}
_PLAIN: Mapping[str, type[Problem]] = {
    "LOT_UNKNOWN": LotUnknown,
    "FLEET_UNKNOWN": LotFleetUnknown,
    "LOT_EMPTY": LotEmpty,
    "LOT_BID_UNKNOWN": LotBidUnknown,
    "BIDS_STILL_SEALED": BidsStillSealed,
}


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _assets(facts: Mapping[str, Any]) -> dict[str, Any]:
    ids = [strawberry.ID(str(global_id("Asset", each))) for each in facts["assets"]]
    return {"assets": ids, "count": facts["count"]}


_WITH_FACTS: Mapping[str, Made] = {
    "INVALID_TRANSITION": lambda t, f: InvalidTransition(
        **t, from_=f["from"], to=f["to"], allowed=list(f["allowed"])
    ),
    "FLEET_NOT_VALUED": lambda t, f: LotFleetNotValued(**t, state=f["state"]),
    "LOT_TOO_LARGE": lambda t, f: LotTooLarge(**t, most=f["most"]),
    "ASSET_NOT_AVAILABLE": lambda t, f: AssetNotAvailable(**t, **_assets(f)),
    "ASSET_WITHOUT_IDENTITY": lambda t, f: AssetWithoutIdentity(**t, **_assets(f)),
    "LOT_RULES_INVALID": lambda t, f: LotRulesInvalid(**t, field=f["field"], reason=f["reason"]),
    "STALE": lambda t, f: LotStale(**t, current_version=f["currentVersion"]),
    "BIDDING_CLOSED": lambda t, f: BiddingClosed(**t, bids_until=_at(f["bidsUntil"])),
    "LOT_CHANGED_SINCE_BID": lambda t, f: LotChangedSinceBid(**t, version=f["version"]),
    "BIDDER_NOT_QUALIFIED": lambda t, f: BidderNotQualified(
        **t,
        reasons=[BidderReason(each) for each in f["reasons"]],
        quality_bp=f["qualityBp"],
        min_quality_bp=f["minQualityBp"],
        available_from=_at(f["from"]),
    ),
    "BELOW_RESERVE": lambda t, f: BelowReserve(**t, reserve=Money.of(f["minor"], f["currency"])),
    "AWARD_REASON_REQUIRED": lambda t, f: AwardReasonRequired(**t, rank=f["rank"]),
    "CONFIRMATION_DEADLINE_PASSED": lambda t, f: ConfirmationDeadlinePassed(
        **t, confirm_by=_at(f["confirmBy"])
    ),
}


def problem(info: Info, refusal: Refusal, *path: str) -> Any:
    """The type of a refusal, with its facts. Raises: KeyError for a code without one."""
    message, hint = _TEXTS[refusal.code]
    at = ["input", *(path or ("lotId",))]
    texts = told(info, refusal.code, message.format(**refusal.facts), at, hint)
    if plain := _PLAIN.get(refusal.code):
        return plain(**texts)
    return _WITH_FACTS[refusal.code](texts, refusal.facts)
