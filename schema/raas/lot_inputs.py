"""What organisations and merchants send about lots."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from domain.money import Currency, Money
from domain.raas import Disposition
from domain.raas.lots import (
    AWARD_DAYS,
    CONFIRM_DAYS,
    ESS_FIRST_HOURS,
    AntiSnipe,
    AssetFilter,
    LotRules,
    Weights,
)
from resolvers.context import BadInput
from schema.common import ONCE, row_id

LOT = "Id of the `Lot`."


@strawberry.input
class LotAssetFilterInput:
    """Which devices of a fleet: all that are matched, in no lot, and fit every list given."""

    dispositions: list[Disposition] | None = strawberry.field(
        default=None, description="Recommended to become one of these."
    )
    categories: list[str] | None = strawberry.field(
        default=None, description="Codes of categories, up to 100."
    )
    sites: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Ids of sites of yours, up to 100."
    )

    def read(self) -> AssetFilter:
        """The same for the use case."""
        sites = None if self.sites is None else [row(s, "Site", "sites") for s in self.sites[:100]]
        kinds = None if self.dispositions is None else [d.value for d in self.dispositions]
        return AssetFilter(kinds, self.categories[:100] if self.categories else None, sites)


@strawberry.input
class CreateLotInput:
    """Of what a lot is made: of the `assets`, or of all that fit the `filter`."""

    fleet_id: strawberry.ID = strawberry.field(description="Id of the `Fleet`.")
    title: str = strawberry.field(description="For bidders, up to 120 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)
    assets: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Ids of up to 5,000 `Asset`s."
    )
    filter: LotAssetFilterInput | None = strawberry.field(
        default=None, description="Up to 50,000 devices; with neither, all that are free."
    )


@strawberry.input
class LotWeightsInput:
    """What a bid is scored by: basis points that are 10,000 together."""

    price: int = strawberry.field(default=7000, description="For the amount, beside the highest.")
    quality: int = strawberry.field(default=1500, description="For the quality of the merchant.")
    in_country: int = strawberry.field(default=500, description="For work in the lot's country.")
    reuse: int = strawberry.field(default=700, description="For the share that is reused.")
    ess: int = strawberry.field(default=300, description="For a solidarity actor.")


@strawberry.input
class AntiSnipeInput:
    """A bid in the last seconds of an open lot moves its end."""

    window_seconds: int = strawberry.field(description="How near to the end: 1 to 86,400.")
    extend_seconds: int = strawberry.field(description="Until how long after the bid.")
    most: int = strawberry.field(description="How many times: 1 to 100.")


@strawberry.input
class LotRulesInput:
    """By what a lot is decided. Bidders read all of it, the reserve of a sealed lot apart."""

    bids_until: datetime = strawberry.field(description="When bidding ends: within 90 days.")
    reserve: Decimal | None = strawberry.field(
        default=None, description="A bid below is out. In `currency`."
    )
    currency: Currency | None = strawberry.field(
        default=None, description="That of the fleet's market; needed beside `reserve`."
    )
    sealed: bool = strawberry.field(
        default=True, description="Nobody, you included, reads a bid before bidding ends."
    )
    in_country_only: bool = strawberry.field(
        default=False, description="Only who works on devices in the fleet's country may bid."
    )
    min_quality_bp: int | None = strawberry.field(
        default=None, description="The least quality index of a bidder: 0 to 10,000."
    )
    ess_share_bp: int = strawberry.field(
        default=0, description="The share of the devices that solidarity actors are shown first."
    )
    ess_first_hours: int = strawberry.field(
        default=ESS_FIRST_HOURS, description="For how long, and who else may bid only then."
    )
    weights: LotWeightsInput = strawberry.field(
        default_factory=LotWeightsInput, description="What a bid is scored by."
    )
    auto_award: bool = strawberry.field(
        default=False, description="The best bid is awarded as soon as bids are opened."
    )
    anti_snipe: AntiSnipeInput | None = strawberry.field(
        default=None, description="For open lots alone."
    )
    show_organisation: bool = strawberry.field(
        default=False, description="Whether bidders are told whose the lot is."
    )
    confirm_days: int = strawberry.field(
        default=CONFIRM_DAYS, description="Working days in which the winner confirms: 1 to 30."
    )
    award_days: int = strawberry.field(
        default=AWARD_DAYS, description="Working days in which you award: 1 to 60."
    )

    def read(self) -> LotRules:
        """The same for the use case. Raises: BadInput."""
        if self.bids_until.tzinfo is None:
            raise BadInput("`bidsUntil` needs its zone.", argument="bidsUntil")
        if self.reserve is not None and self.currency is None:
            raise BadInput("`reserve` needs its `currency`.", argument="currency")
        reserve = minor(self.reserve, self.currency, "reserve") if self.currency else None
        snipe, weights = self.anti_snipe, self.weights
        return LotRules(
            bids_until=self.bids_until,
            reserve_minor=reserve,
            sealed=self.sealed,
            in_country_only=self.in_country_only,
            min_quality_bp=self.min_quality_bp,
            ess_share_bp=self.ess_share_bp,
            ess_first_hours=self.ess_first_hours,
            weights=Weights(
                weights.price, weights.quality, weights.in_country, weights.reuse, weights.ess
            ),
            auto_award=self.auto_award,
            anti_snipe=AntiSnipe(snipe.window_seconds, snipe.extend_seconds, snipe.most)
            if snipe
            else None,
            show_organisation=self.show_organisation,
            confirm_days=self.confirm_days,
            award_days=self.award_days,
        )


def _snipe(given: AntiSnipeInput) -> AntiSnipe:
    return AntiSnipe(given.window_seconds, given.extend_seconds, given.most)


@strawberry.input
class PublishLotInput:
    """Which draft is put to bid, and how."""

    lot_id: strawberry.ID = strawberry.field(description=LOT)
    rules: LotRulesInput = strawberry.field(description="By what it is decided.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ChangeLotInput:
    """What is to change of a lot; what is left out stays."""

    lot_id: strawberry.ID = strawberry.field(description=LOT)
    idempotency_key: str = strawberry.field(description=ONCE)
    title: str | None = strawberry.field(default=None, description="Up to 120 characters.")
    add_assets: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Ids of up to 5,000 `Asset`s of the fleet."
    )
    remove_assets: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Ids of up to 5,000 `Asset`s of the lot."
    )
    rules: LotRulesInput | None = strawberry.field(
        default=None, description="All of them anew, of a lot that is published."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refused where the lot has another by now."
    )


@strawberry.input
class CancelLotInput:
    """Which lot is taken back."""

    lot_id: strawberry.ID = strawberry.field(description=LOT)
    reason: str = strawberry.field(description="In your words, up to 500 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class AwardLotInput:
    """Which bid is chosen."""

    lot_id: strawberry.ID = strawberry.field(description=LOT)
    idempotency_key: str = strawberry.field(description=ONCE)
    bid_id: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the `LotBid`; without one, the best."
    )
    reason: str | None = strawberry.field(
        default=None, description="Needed for another than the best; up to 500 characters."
    )


@strawberry.input
class BidOnLotInput:
    """What you bid. A bid of yours before is withdrawn."""

    lot_id: strawberry.ID = strawberry.field(description=LOT)
    version: int = strawberry.field(description="The `version` of the lot that you looked at.")
    amount: Decimal = strawberry.field(description='For all of it, such as `"11400.00"`.')
    currency: Currency = strawberry.field(description="That of the lot.")
    idempotency_key: str = strawberry.field(description=ONCE)
    reuse_commitment_bp: int = strawberry.field(
        default=0, description="The share of the devices that you will put to use again."
    )
    valid_until: datetime | None = strawberry.field(
        default=None, description="After bidding ends, within 180 days; else 60 days after it."
    )
    note: str | None = strawberry.field(
        default=None, description="For the organisation, up to 200 characters; sealed too."
    )


@strawberry.input
class OneLotInput:
    """Which lot."""

    lot_id: strawberry.ID = strawberry.field(description=LOT)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class DeclineAwardInput:
    """Which lot you do not take."""

    lot_id: strawberry.ID = strawberry.field(description=LOT)
    reason: str = strawberry.field(description="In your words, up to 500 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)


def row(given: strawberry.ID, kind: str, argument: str) -> UUID:
    """The row that a required id names. Raises: BadInput."""
    found = row_id(given, kind, argument)
    if found is None:
        raise BadInput(f"`{argument}` is not the id of a {kind}.", argument=argument)
    return found


def minor(amount: Decimal | None, currency: Currency, argument: str) -> int | None:
    """An amount in minor units. Raises: BadInput for more decimals than the currency has."""
    if amount is None:
        return None
    try:
        return Money.of(amount, currency).minor
    except ValueError as error:
        message = f"`{argument}` is not an amount of {currency}."
        raise BadInput(message, reason="NOT_AN_AMOUNT", argument=argument) from error
