"""Who merchants are: facts, what they lack, and the checks of staff."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.merchants.traders import Checked, FactState, LackCode, Said, TraderField
from resolvers.context import BadInput
from resolvers.effects import Refusal
from resolvers.quality import traders as resolvers
from schema.common import ONCE, Info, Problem, idempotency_key, row_id
from schema.rules import OWN, AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from domain.merchants.traders import Fact
    from resolvers.quality.traders import TraderRecord as RecordRow

CHECKS = Staff(frozenset({resolvers.ROLE.value}))
READS = AnyOf((Scope(resolvers.READ), CHECKS))


@ruled(OWN)
@strawberry.type
class TraderFact:
    """A fact of a trader, and how far it can be relied on."""

    field: TraderField = strawberry.field(description="Which.")
    value: str = strawberry.field(description="What the merchant says.")
    state: FactState = strawberry.field(description="How far it can be relied on today.")
    evidence: str | None = strawberry.field(description="What the merchant names as proof.")
    given_at: datetime = strawberry.field(description="When it was said; it names this value.")
    checked_against: str | None = strawberry.field(description="What it was compared with.")
    checked_at: datetime | None = strawberry.field(description="When.")
    valid_until: date | None = strawberry.field(description="Day until which the check holds.")
    note: str | None = strawberry.field(description="What is to be corrected.")

    @classmethod
    def of(cls, row: "Fact", day: date) -> Self:
        return cls(
            field=row.field,
            value=row.value,
            state=row.on(day),
            evidence=row.evidence,
            given_at=row.given_at,
            checked_against=row.checked_against,
            checked_at=row.checked_at,
            valid_until=row.valid_until,
            note=row.note,
        )


@ruled(OWN)
@strawberry.type
class TraderLack:
    """A fact that must be known, and why it does not count."""

    field: TraderField = strawberry.field(description="Which.")
    code: LackCode = strawberry.field(description="Why.")


@ruled(OWN)
@strawberry.type
class TraderRecord:
    """All that is known of who a merchant is."""

    merchant_id: strawberry.ID = strawberry.field(description="A UUID.")
    facts: list[TraderFact] = strawberry.field(description="What is known. At most 21.")
    lacks: list[TraderLack] = strawberry.field(
        description="What must be known in the Union and is not. At most 13."
    )
    due_at: datetime | None = strawberry.field(
        description="When offers in the Union are hidden if it still lacks something."
    )
    stopped_at: datetime | None = strawberry.field(description="Since when they are.")

    @classmethod
    def of(cls, row: "RecordRow") -> Self:
        deadline = row.deadline
        return cls(
            merchant_id=strawberry.ID(str(row.merchant_id)),
            facts=[TraderFact.of(each, row.day) for each in row.facts],
            lacks=[TraderLack(field=each.field, code=each.code) for each in row.lacks],
            due_at=deadline.due_at if deadline else None,
            stopped_at=deadline.stopped_at if deadline else None,
        )


@ruled(OWN)
@strawberry.type
class TraderCheckRefused(Problem):
    """`MERCHANT_UNKNOWN`, `TRADER_FACT_CHANGED`."""


CheckTraderFactResult = Annotated[
    TraderRecord | TraderCheckRefused,
    strawberry.union("CheckTraderFactResult", description="The record, or a refusal."),
]


@strawberry.input
class TraderFactInput:
    """A fact of yours."""

    field: TraderField = strawberry.field(description="Which.")
    value: str = strawberry.field(description="1 to 400 characters, in the form of the field.")
    evidence: str | None = strawberry.field(
        default=None, description="What proves it: an extract, an address on the web, a document."
    )


@strawberry.input
class SetTraderFactsInput:
    """Who you are."""

    facts: list[TraderFactInput] = strawberry.field(description="Each field at most once.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class CheckTraderFactInput:
    """What a comparison with a source found."""

    merchant: strawberry.ID = strawberry.field(description="The merchant's UUID.")
    field: TraderField = strawberry.field(description="Which fact.")
    given_at: datetime = strawberry.field(description="`givenAt` of the value that was compared.")
    holds: bool = strawberry.field(description="`true`: verified; `false`: disputed.")
    checked_against: str = strawberry.field(description="The official source, with its reference.")
    idempotency_key: str = strawberry.field(description=ONCE)
    note: str | None = strawberry.field(
        default=None, description="What is to be corrected; needed where it does not hold."
    )
    valid_until: date | None = strawberry.field(
        default=None, description="Day after which it must be checked again."
    )


_TOLD = {
    "MERCHANT_UNKNOWN": ("There is no such merchant.", "merchant", None),
    "TRADER_FACT_CHANGED": (
        "The merchant has not given this value, or gave another since.",
        "givenAt",
        "Read `traderRecord` again.",
    ),
}


@strawberry.type
class TradersQuery:
    """Queries of traders; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READS})
    async def trader_record(
        self,
        info: Info,
        merchant: Annotated[
            strawberry.ID | None, strawberry.argument(description="For staff: the merchant's UUID.")
        ] = None,
    ) -> TraderRecord | None:
        """Who you are, as far as we know it, and what is lacking. Needs `quality:read`."""
        of = row_id(merchant, "Merchant", "merchant")
        found = await resolvers.record(info.context, of)
        return TraderRecord.of(found) if found else None


@strawberry.type
class TradersMutation:
    """Mutations of traders; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": Scope(resolvers.WRITE), "bulk": False})
    async def set_trader_facts(
        self,
        info: Info,
        input: Annotated[SetTraderFactsInput, strawberry.argument(description="Your facts.")],
    ) -> TraderRecord:
        """Say who you are; what is new waits to be checked. Needs `offers:write`."""
        said = [Said(each.field, each.value, each.evidence) for each in input.facts]
        key = idempotency_key(input.idempotency_key)
        return TraderRecord.of(await resolvers.give(info.context, said, key))

    @strawberry.mutation(metadata={"rule": CHECKS})
    async def check_trader_fact(
        self,
        info: Info,
        input: Annotated[CheckTraderFactInput, strawberry.argument(description="The finding.")],
    ) -> CheckTraderFactResult:
        """Note what you found when you compared a fact with an official source. Staff only."""
        merchant = row_id(input.merchant, "Merchant", "merchant")
        if merchant is None:
            raise BadInput("`merchant` is not the id of a Merchant.", argument="merchant")
        state = FactState.VERIFIED if input.holds else FactState.DISPUTED
        checked = Checked(
            input.field,
            resolvers.given_at(input.given_at),
            state,
            input.checked_against,
            input.note,
            input.valid_until,
        )
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.check(info.context, merchant, checked, key)
        if isinstance(found, Refusal):
            message, path, hint = _TOLD[found.code]
            return TraderCheckRefused(
                code=found.code,
                message=message,
                path=["input", path],
                hint=hint,
                request_id=strawberry.ID(info.context.request_id),
            )
        return TraderRecord.of(found)
