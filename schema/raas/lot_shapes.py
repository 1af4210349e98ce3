"""What lots are made of, as clients see it: rules, devices, what happened, bids, the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import strawberry

from domain.merchants import MerchantKind
from domain.raas import LotBidState, LotState
from domain.raas.lots import LotActor, LotEventKind, LotRules
from schema.common import Edge, Money, Node, PageInfo, global_id
from schema.merchants import MerchantCard
from schema.rules import Scope, ruled

if TYPE_CHECKING:
    from models.raas.bids import BidRow
    from models.raas.lots import GroupRow, LineRow, LotRow, ManifestRow, MoveRow

READ = Scope("lots:read")


@ruled(READ)
@strawberry.type
class LotWeights:
    """What a bid is scored by: basis points, 10,000 together."""

    price: int = strawberry.field(description="For the amount, beside the highest.")
    quality: int = strawberry.field(description="For the quality of the merchant.")
    in_country: int = strawberry.field(description="For work in the lot's country.")
    reuse: int = strawberry.field(description="For the share that is reused.")
    ess: int = strawberry.field(description="For a solidarity actor.")


@ruled(READ)
@strawberry.type
class LotAntiSnipe:
    """A bid in the last seconds moves the end."""

    window_seconds: int = strawberry.field(description="How near to the end.")
    extend_seconds: int = strawberry.field(description="Until how long after the bid.")
    most: int = strawberry.field(description="How many times.")
    extended: int = strawberry.field(description="How many times it was.")


@ruled(READ)
@strawberry.type
class PublishedLotRules:
    """By what a lot is decided: published with it."""

    reserve: Money | None = strawberry.field(
        description="A bid below is out. Of a sealed lot only its organisation is told."
    )
    in_country_only: bool = strawberry.field(description="Only who works in its country may bid.")
    min_quality_bp: int | None = strawberry.field(description="The least quality of a bidder.")
    ess_share_bp: int = strawberry.field(description="The share shown to solidarity actors first.")
    ess_first_hours: int = strawberry.field(description="For how long.")
    weights: LotWeights = strawberry.field(description="What a bid is scored by.")
    auto_award: bool = strawberry.field(description="Whether the best bid is awarded by itself.")
    anti_snipe: LotAntiSnipe | None = strawberry.field(description="Of an open lot.")
    confirm_days: int = strawberry.field(description="Working days in which the winner confirms.")
    award_days: int = strawberry.field(description="Working days in which it is awarded.")

    @classmethod
    def of(cls, row: "LotRow", rules: LotRules, *, own: bool) -> Self:
        told = own or not row.sealed
        weights, snipe = rules.weights, rules.anti_snipe
        return cls(
            reserve=Money.maybe(rules.reserve_minor, row.currency) if told else None,
            in_country_only=rules.in_country_only,
            min_quality_bp=rules.min_quality_bp,
            ess_share_bp=rules.ess_share_bp,
            ess_first_hours=rules.ess_first_hours,
            weights=LotWeights(
                price=weights.price,
                quality=weights.quality,
                in_country=weights.in_country,
                reuse=weights.reuse,
                ess=weights.ess,
            ),
            auto_award=rules.auto_award,
            anti_snipe=LotAntiSnipe(
                window_seconds=snipe.window_seconds,
                extend_seconds=snipe.extend_seconds,
                most=snipe.most,
                extended=row.extended,
            )
            if snipe
            else None,
            confirm_days=rules.confirm_days,
            award_days=rules.award_days,
        )


@ruled(READ)
@strawberry.type
class LotGroup:
    """Devices of a lot that are alike."""

    category: str | None = strawberry.field(description="Code of the category.")
    manufacturer: str | None = strawberry.field(description="Who made them.")
    model: str | None = strawberry.field(description="Model.")
    grade: str | None = strawberry.field(description="Grade, as declared.")
    disposition: str | None = strawberry.field(description="What is recommended to become of them.")
    assets: int = strawberry.field(description="How many.")

    @classmethod
    def of(cls, row: "GroupRow") -> Self:
        kind = {"category": row.category, "manufacturer": row.manufacturer, "model": row.model}
        return cls(**kind, grade=row.grade, disposition=row.disposition, assets=row.assets)


@ruled(READ)
@strawberry.type
class LotGroupConnection:
    """A page of what a lot holds."""

    edges: list[Edge[LotGroup]] = strawberry.field(description="The groups. At most 100.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(READ)
@strawberry.type
class LotDevice:
    """A device of a lot with its identity."""

    asset_id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    tag: str | None = strawberry.field(description="The organisation's own.")
    imei: str | None = strawberry.field(description="IMEI.")
    serial: str | None = strawberry.field(description="Serial number.")
    category: str | None = strawberry.field(description="Code of the category.")
    manufacturer: str | None = strawberry.field(description="Who made it.")
    model: str | None = strawberry.field(description="Model.")
    grade: str | None = strawberry.field(description="Grade, as declared.")
    condition: str | None = strawberry.field(description="As the organisation says.")
    disposition: str | None = strawberry.field(description="What is recommended to become of it.")

    @classmethod
    def of(cls, row: "LineRow") -> Self:
        names = ("tag", "imei", "serial", "category", "manufacturer", "model", "grade")
        facts = {name: getattr(row, name) for name in (*names, "condition", "disposition")}
        return cls(asset_id=strawberry.ID(str(global_id("Asset", row.asset_id))), **facts)


@ruled(READ)
@strawberry.type
class LotDeviceConnection:
    """A page of the devices of a lot."""

    edges: list[Edge[LotDevice]] = strawberry.field(description="The devices. At most 100.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(READ)
@strawberry.type
class LotManifest:
    """What a version of a lot holds, as it was published; it never changes."""

    version: int = strawberry.field(description="The version of the lot.")
    sha256: str = strawberry.field(description="Of its devices with their identities.")
    assets: int = strawberry.field(description="How many devices.")
    at: datetime = strawberry.field(description="When it was published.")

    @classmethod
    def of(cls, row: "ManifestRow") -> Self:
        return cls(version=row.version, sha256=row.sha256, assets=row.assets, at=row.at)


@ruled(READ)
@strawberry.type
class LotEvent:
    """What happened to a lot."""

    kind: LotEventKind = strawberry.field(description="What it is.")
    from_state: LotState | None = strawberry.field(description="Of a move: where the lot stood.")
    to_state: LotState = strawberry.field(description="Where it stands then.")
    version: int = strawberry.field(description="The version of the lot.")
    actor: LotActor = strawberry.field(description="Who.")
    reason: str | None = strawberry.field(description="A code.")
    note: str | None = strawberry.field(description="Its own words, for the organisation.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: "MoveRow", *, own: bool) -> Self:
        return cls(
            kind=row.kind,
            from_state=row.from_state,
            to_state=row.to_state,
            version=row.version,
            actor=row.actor,
            reason=row.reason,
            note=row.note if own else None,
            at=row.at,
        )


@ruled(READ)
@strawberry.type
class LotScore:
    """What a bid scored: basis points, each part rounded by itself."""

    price: int = strawberry.field(description="For the amount, beside the highest.")
    quality: int = strawberry.field(description="For the quality of the merchant.")
    in_country: int = strawberry.field(description="For work in the lot's country.")
    reuse: int = strawberry.field(description="For the share that is reused.")
    ess: int = strawberry.field(description="For a solidarity actor.")
    total: int = strawberry.field(description="All of it.")

    @classmethod
    def of(cls, parts: dict[str, int]) -> Self:
        return cls(**parts, total=sum(parts.values()))


@ruled(READ)
@strawberry.type
class LotBid(Node):
    """A bid on a lot. What a sealed one says is nobody's to read before bidding ends."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    version: int = strawberry.field(description="The version of the lot that it is for.")
    state: LotBidState = strawberry.field(description="Where it stands.")
    sealed: bool = strawberry.field(description="Whether it is still sealed.")
    amount: Money | None = strawberry.field(description="For the whole lot.")
    reuse_commitment_bp: int | None = strawberry.field(description="The share that is reused.")
    valid_until: datetime | None = strawberry.field(description="Until when it stands.")
    note: str | None = strawberry.field(description="For the organisation.")
    submitted_at: datetime = strawberry.field(description="When it came in.")
    commitment: str = strawberry.field(
        description="SHA-256 of what it says with `salt`: known at once, to compare later."
    )
    salt: str | None = strawberry.field(description="Told once bids are opened.")
    rank: int | None = strawberry.field(description="Its place among those that were scored.")
    score: LotScore | None = strawberry.field(description="What it scored.")
    because: str | None = strawberry.field(
        description="Why it ended: `REPLACED` `WITHDRAWN` `LOT_CHANGED` `LOT_CANCELLED` "
        "`ANOTHER_WON` `DECLINED` `NOT_CONFIRMED_IN_TIME`, or a `LotBidOut`."
    )
    merchant: MerchantCard | None = strawberry.field(
        description="Whose it is: for the merchant, and once bids are opened for the organisation."
    )

    @classmethod
    def of(cls, row: "BidRow", *, named: bool) -> Self:
        return cls(
            id=global_id("LotBid", row.id),
            lot_id=strawberry.ID(str(global_id("Lot", row.lot_id))),
            version=row.version,
            state=row.state,
            sealed=row.sealed is not None and row.amount_minor is None,
            amount=Money.maybe(row.amount_minor, row.currency),
            reuse_commitment_bp=row.reuse_bp,
            valid_until=row.valid_until,
            note=row.note,
            submitted_at=row.submitted_at,
            commitment=row.commitment.hex(),
            salt=row.salt.hex() if row.salt else None,
            rank=row.rank,
            score=LotScore.of(row.parts) if row.parts else None,
            because=row.because,
            merchant=_card(row) if named else None,
        )


def _card(row: "BidRow") -> MerchantCard:
    return MerchantCard(
        id=row.merchant_id,
        name=row.merchant_name,
        legal_name=row.merchant_legal_name,
        kind=MerchantKind(row.merchant_kind),
        country=row.merchant_country,
        since=row.merchant_since,
    )


@ruled(READ)
@strawberry.type
class LotBidConnection:
    """A page of bids."""

    edges: list[Edge[LotBid]] = strawberry.field(description="The bids. At most 100.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(READ)
@strawberry.type
class LotContract:
    """What was agreed, for its two sides: fixed from then on."""

    amount: Money = strawberry.field(description="For the whole lot, as it was bid.")
    merchant: str = strawberry.field(description="Legal name of the merchant.")
    supplier: str = strawberry.field(description="Name of the organisation.")
    reuse_commitment_bp: int = strawberry.field(description="The share that is reused.")
    manifest_sha256: str = strawberry.field(description="Of the devices that it is about.")
    assets: int = strawberry.field(description="How many.")
    at: datetime = strawberry.field(description="When it was confirmed.")
    sha256: str = strawberry.field(description="Of all its facts as canonical JSON.")
    text: str = strawberry.field(description="All its facts as canonical JSON.")

    @classmethod
    def of(cls, facts: dict[str, Any], text: str, sha256: str) -> Self:
        return cls(
            amount=Money.of(facts["amountMinor"], facts["currency"]),
            merchant=facts["merchant"]["legalName"],
            supplier=facts["supplier"]["name"],
            reuse_commitment_bp=facts["reuseCommitmentBp"],
            manifest_sha256=facts["manifest"]["sha256"],
            assets=facts["manifest"]["assets"],
            at=datetime.fromisoformat(facts["confirmedAt"]),
            sha256=sha256,
            text=text,
        )
