"""Staff decide what the catalogue holds: proposals and duplicates."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain import InvalidTransition as Stands
from domain.catalog.proposals import RejectionReason
from resolvers.offers import decisions
from resolvers.offers import proposals as resolvers
from resolvers.offers.decisions import Decision, Kind, MergeCode
from schema.accounts import told
from schema.common import ONCE, Info, Problem, global_id, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.offers.proposals import (
    MODERATION,
    ProductProposal,
    ProposalUnknown,
    elsewhere,
    object_of,
    unknown,
)
from schema.rules import ruled

strawberry.enum(MergeCode, description="Why two are not made one.")


@strawberry.input
class TakeProposalInput:
    """Which proposal you look at."""

    id: strawberry.ID = strawberry.field(description="Id of the `ProductProposal`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RejectProposalInput:
    """Which proposal is not taken, and why."""

    id: strawberry.ID = strawberry.field(description="Id of the `ProductProposal`.")
    reason: RejectionReason = strawberry.field(description="Told to every merchant that waits.")
    idempotency_key: str = strawberry.field(description=ONCE)
    note: str | None = strawberry.field(
        default=None, description="What they are told beside it, 500 characters."
    )


@strawberry.input
class NewProductInput:
    """A model that the catalogue does not have."""

    brand: str = strawberry.field(description="Name or alias of the brand; a new one is made.")
    category: str = strawberry.field(description="Code of a category without others below it.")
    model: str = strawberry.field(description="Name of the model, without the brand.")
    release_date: date | None = strawberry.field(default=None, description="First day of sale.")
    weight_grams: int | None = strawberry.field(
        default=None, description="What it weighs; its category's default if not given."
    )


@strawberry.input
class NewVariantInput:
    """A variant that the catalogue does not have: of `product`, or of `newProduct`."""

    attributes: JSON = strawberry.field(description="Values by attribute, as its category says.")
    product: strawberry.ID | None = strawberry.field(
        default=None, description="Id of a `Product` that is there."
    )
    new_product: NewProductInput | None = strawberry.field(
        default=None, description="The model, where it is not there."
    )
    mpn: str | None = strawberry.field(
        default=None, description="The maker's part number; the proposal's if not given."
    )


@strawberry.input
class PublishProposalInput:
    """What a proposal becomes: one of `variant` and `newVariant`."""

    id: strawberry.ID = strawberry.field(description="Id of the `ProductProposal`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    variant: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the `Variant` that it is: the number is added to it."
    )
    new_variant: NewVariantInput | None = strawberry.field(
        default=None, description="What is added to the catalogue."
    )


@strawberry.input
class MergeInput:
    """Which of two goes, and which stays."""

    from_: strawberry.ID = strawberry.field(name="from", description="Id of the one that goes.")
    into: strawberry.ID = strawberry.field(description="Id of the one that stays.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(MODERATION)
@strawberry.type
class ProposalMoved:
    """The proposal moved, or will within seconds where `deciding` says so."""

    proposal: ProductProposal = strawberry.field(description="The proposal.")


@ruled(MODERATION)
@strawberry.type
class ProductFault:
    """Something that the catalogue cannot hold."""

    path: str = strawberry.field(description="The input: `attributes.storage_gb`.")
    code: str = strawberry.field(description="Stable word for programs.")
    hint: str = strawberry.field(description="What to change.")


@ruled(MODERATION)
@strawberry.type
class ProductInvalid(Problem):
    """The catalogue cannot hold this."""

    faults: list[ProductFault] = strawberry.field(description="Every reason. At most 50.")


@ruled(MODERATION)
@strawberry.type
class CatalogueMerging:
    """Within seconds the one is the other: its id and slug lead there, with all its offers."""

    from_: strawberry.relay.GlobalID = strawberry.field(name="from", description="Goes.")
    into: strawberry.relay.GlobalID = strawberry.field(description="Stays.")


@ruled(MODERATION)
@strawberry.type
class MergeRefused(Problem):
    """These two are not made one."""

    why: MergeCode = strawberry.field(description="Why not.")


TakeProposalResult = Annotated[
    ProposalMoved | ProposalUnknown | InvalidTransition,
    strawberry.union("TakeProposalResult", description="The proposal, or a refusal."),
]
RejectProposalResult = Annotated[
    ProposalMoved | ProposalUnknown | InvalidTransition,
    strawberry.union("RejectProposalResult", description="The proposal, or a refusal."),
]
PublishProposalResult = Annotated[
    ProposalMoved | ProposalUnknown | InvalidTransition | ProductInvalid,
    strawberry.union("PublishProposalResult", description="The proposal, or a refusal."),
]
MergeResult = Annotated[
    CatalogueMerging | MergeRefused,
    strawberry.union("MergeResult", description="What becomes one, or a refusal."),
]
_MOST_FAULTS = 50
_HINTS = {
    MergeCode.NOT_FOUND: "Name two that are in the catalogue.",
    MergeCode.SAME: "Name two.",
    MergeCode.CATEGORY_DIFFERS: "Both must be of one category.",
}


@strawberry.type
class ModerationMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": MODERATION})
    async def take_proposal(
        self,
        info: Info,
        input: Annotated[TakeProposalInput, strawberry.argument(description="Which one.")],
    ) -> TakeProposalResult:
        """Begin to look at a submitted proposal. For moderation."""
        proposal_id = row_id(input.id, "ProductProposal", "id")
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.take(info.context, proposal_id, key) if proposal_id else None
        match found:
            case None:
                return unknown(info)
            case Stands():
                return elsewhere(info, found)
            case row:
                return ProposalMoved(proposal=ProductProposal.of(row, info))

    @strawberry.mutation(metadata={"rule": MODERATION})
    async def reject_proposal(
        self,
        info: Info,
        input: Annotated[RejectProposalInput, strawberry.argument(description="Which, and why.")],
    ) -> RejectProposalResult:
        """Do not take a product into the catalogue. For moderation."""
        proposal_id = row_id(input.id, "ProductProposal", "id")
        key = idempotency_key(input.idempotency_key)
        if proposal_id is None:
            return unknown(info)
        match await resolvers.reject(info.context, proposal_id, input.reason, input.note, key):
            case None:
                return unknown(info)
            case Stands() as found:
                return elsewhere(info, found)
            case row:
                return ProposalMoved(proposal=ProductProposal.of(row, info))

    @strawberry.mutation(metadata={"rule": MODERATION})
    async def publish_proposal(
        self,
        info: Info,
        input: Annotated[PublishProposalInput, strawberry.argument(description="What it is.")],
    ) -> PublishProposalResult:
        """Take a product into the catalogue, for all who wait for it. For moderation."""
        proposal_id = row_id(input.id, "ProductProposal", "id")
        key = idempotency_key(input.idempotency_key)
        if proposal_id is None:
            return unknown(info)
        decision = _decision(input)
        if decision is None:
            fault = ProductFault(
                path="newVariant",
                code="ONE_OF",
                hint="Name one of `variant` and `newVariant`, and one product in the latter.",
            )
            return ProductInvalid(**told(info, *_INVALID), faults=[fault])
        match await resolvers.publish(info.context, proposal_id, decision, key):
            case None:
                return unknown(info)
            case Stands() as found:
                return elsewhere(info, found)
            case resolvers.Faulty(faults):
                told_ = [ProductFault(path=f.path, code=f.code, hint=f.hint) for f in faults]
                return ProductInvalid(**told(info, *_INVALID), faults=told_[:_MOST_FAULTS])
            case row:
                return ProposalMoved(proposal=ProductProposal.of(row, info))

    @strawberry.mutation(metadata={"rule": MODERATION})
    async def merge_variants(
        self,
        info: Info,
        input: Annotated[MergeInput, strawberry.argument(description="Ids of two `Variant`s.")],
    ) -> MergeResult:
        """Make one variant of two that are the same thing. For moderation, of all markets."""
        return await _merge(info, Kind.VARIANT, input)

    @strawberry.mutation(metadata={"rule": MODERATION})
    async def merge_products(
        self,
        info: Info,
        input: Annotated[MergeInput, strawberry.argument(description="Ids of two `Product`s.")],
    ) -> MergeResult:
        """Make one product of two that are the same model. For moderation, of all markets."""
        return await _merge(info, Kind.PRODUCT, input)


async def _merge(info: Info, kind: Kind, input: MergeInput) -> CatalogueMerging | MergeRefused:
    key = idempotency_key(input.idempotency_key)
    old, new = row_id(input.from_, kind.value, "from"), row_id(input.into, kind.value, "into")
    why = MergeCode.NOT_FOUND
    if old is not None and new is not None:
        refused = await decisions.merge(info.context, kind, old, new, key)
        if refused is None:
            return CatalogueMerging(
                from_=global_id(kind.value, old), into=global_id(kind.value, new)
            )
        why = refused
    said = ("MERGE_REFUSED", "These two are not made one.", ["input"], _HINTS[why])
    return MergeRefused(**told(info, *said), why=why)


def _decision(input: PublishProposalInput) -> Decision | None:
    """What the input asks for; None where it names none, or several."""
    new = input.new_variant
    if (input.variant is None) == (new is None):
        return None
    if new is None:
        return Decision(variant=row_id(input.variant, "Variant", "variant"))
    if (new.product is None) == (new.new_product is None):
        return None
    attributes = object_of(new.attributes)
    if new.new_product is None:
        product = row_id(new.product, "Product", "product")
        return Decision(product=product, mpn=new.mpn, attributes=attributes)
    made = new.new_product
    return Decision(
        brand=made.brand,
        category=made.category,
        model=made.model,
        release_date=made.release_date,
        weight_grams=made.weight_grams,
        mpn=new.mpn,
        attributes=attributes,
    )


_INVALID = (
    "PRODUCT_INVALID",
    "The catalogue cannot hold this.",
    ["input"],
    "`faults` names everything that does not fit.",
)
