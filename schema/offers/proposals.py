"""Products that the catalogue does not know: proposed by merchants, decided about by staff."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry.scalars import JSON

from domain import InvalidTransition as Stands
from domain.catalog import is_restricted
from domain.catalog.proposals import ProposalState, RejectionReason
from resolvers.offers import proposals as resolvers
from schema.accounts import told
from schema.catalog import Variant, variant_of
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Node,
    NodeId,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.offers.feed_run_changes import InvalidTransition
from schema.rules import AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from models.offers.proposals import Proposal as Row

MODERATION = Staff(frozenset({resolvers.ROLE}))
READ = AnyOf((MODERATION, Scope(resolvers.READ)))
WRITE = Scope(resolvers.WRITE)

strawberry.enum(ProposalState, description="Where a proposal stands.")
strawberry.enum(RejectionReason, description="Why a product is not taken into the catalogue.")


@ruled(MODERATION)
@strawberry.type
class ProposalMerchant:
    """A merchant that waits for the product, in its own words."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Id of the merchant.")
    name: str = strawberry.field(description="The merchant.")
    brand: str = strawberry.field(description="The brand, as it wrote it.")
    model: str = strawberry.field(description="The model, as it wrote it.")
    title: str | None = strawberry.field(description="The title, as it wrote it.")
    offers: int = strawberry.field(description="How many of its offers waited when it joined.")


@ruled(MODERATION)
@strawberry.type
class LikelyDuplicate:
    """A variant that the product may be."""

    score: float = strawberry.field(description="How alike they are: 0 to 1.")
    variant: Variant = strawberry.field(description="The variant.")


@ruled(READ)
@strawberry.type
class ProductProposal(Node):
    """A product that the catalogue does not know; to a merchant, in its own words."""

    gtin: str | None = strawberry.field(description="Trade item number of 14 digits.")
    gtin_restricted: bool = strawberry.field(
        description="Whether the number is of a range used inside companies, which names nothing."
    )
    mpn: str | None = strawberry.field(description="The maker's part number.")
    brand: str = strawberry.field(description="Who makes it.")
    model: str = strawberry.field(description="Name of the model.")
    title: str | None = strawberry.field(description="As it is sold.")
    category: str | None = strawberry.field(description="Code of the category that was guessed.")
    attributes: JSON = strawberry.field(description="Attributes as they were sent.")
    state: ProposalState = strawberry.field(description="Where it stands.")
    deciding: bool = strawberry.field(
        description="Whether staff decided, and the catalogue follows within seconds."
    )
    reason: RejectionReason | None = strawberry.field(description="Why it was rejected.")
    note: str | None = strawberry.field(description="What staff say to the merchants.")
    offers: int = strawberry.field(description="Offers that waited: yours; to staff, all.")
    created_at: datetime = strawberry.field(description="When it was made.")
    due_at: datetime = strawberry.field(
        description="12 working hours after that: Monday to Friday, 9 to 18 in `timeZone`."
    )
    time_zone: str = strawberry.field(description="Whose working hours count.")
    working_hours_left: float | None = strawberry.field(
        description="Working hours until `dueAt`, below 0 if overdue; `null` once decided."
    )
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    row: strawberry.Private["Row"]

    @strawberry.field
    async def variant(self, info: Info) -> Variant | None:
        """The variant that it became, or was found to be."""
        found = self.row.variant_id
        return await variant_of(info, found) if found else None

    @strawberry.field(metadata={"rule": MODERATION})
    async def merchants(self, info: Info) -> list[ProposalMerchant]:
        """Who waits for it, for staff; most offers first. At most 100."""
        return [
            ProposalMerchant(
                id=global_id("Merchant", each.merchant_id),
                name=each.name,
                brand=each.brand,
                model=each.model,
                title=each.title,
                offers=each.offers,
            )
            for each in await resolvers.supporters(info.context, self.row.id)
        ]

    @strawberry.field(metadata={"rule": MODERATION})
    async def duplicates(self, info: Info) -> list[LikelyDuplicate]:
        """Variants of the same brand that it may be, most alike first, for staff. At most 10."""
        return [
            LikelyDuplicate(score=score, variant=Variant.of(variant))
            for variant, score in await resolvers.likely(info.context, self.row)
        ]

    @classmethod
    def of(cls, row: "Row", info: Info) -> Self:
        open_ = row.decided_at is None
        left = resolvers.working_left(row, info.context.now).total_seconds() / 3600
        return cls(
            id=global_id("ProductProposal", row.id),
            gtin=row.gtin,
            gtin_restricted=row.gtin is not None and is_restricted(row.gtin),
            mpn=row.mpn,
            brand=row.brand,
            model=row.model,
            title=row.title,
            category=row.category,
            attributes=JSON(row.attributes),
            state=row.state,
            deciding=row.decision is not None and row.state is ProposalState.IN_REVIEW,
            reason=row.reason,
            note=row.note,
            offers=row.offers,
            created_at=row.created_at,
            due_at=row.due_at,
            time_zone=row.time_zone,
            working_hours_left=round(left, 2) if open_ else None,
            decided_at=row.decided_at,
            row=row,
        )


@ruled(READ)
@strawberry.type
class ProductProposalConnection:
    """Proposals, page by page."""

    edges: list[Edge[ProductProposal]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.input
class ProposeProductInput:
    """A product that you sell and the catalogue does not know."""

    brand: str = strawberry.field(description="Who makes it.")
    model: str = strawberry.field(description="Name of the model, without the brand.")
    idempotency_key: str = strawberry.field(description=ONCE)
    gtin: str | None = strawberry.field(default=None, description="8, 12, 13 or 14 digits.")
    mpn: str | None = strawberry.field(
        default=None, description="The maker's part number: this or `gtin` must be there."
    )
    title: str | None = strawberry.field(default=None, description="As you sell it.")
    category: str | None = strawberry.field(
        default=None, description="Code of its category, if you know it."
    )
    attributes: JSON | None = strawberry.field(
        default=None, description="Values by attribute, as of its category. At most 20."
    )


@ruled(WRITE)
@strawberry.type
class ProductProposed:
    """You wait for the product; offers of it appear by themselves once it is known."""

    proposal: ProductProposal = strawberry.field(description="The proposal.")


@ruled(WRITE)
@strawberry.type
class ProductKnown(Problem):
    """The catalogue has this number."""

    variant: Variant = strawberry.field(description="What it stands for.")


@ruled(WRITE)
@strawberry.type
class ProposalLimitReached(Problem):
    """As many of your proposals are open as may be."""

    limit: int = strawberry.field(description="How many there may be.")


@ruled(READ)
@strawberry.type
class ProposalUnknown(Problem):
    """There is no such proposal in your markets."""


ProposeProductResult = Annotated[
    ProductProposed | ProductKnown | ProposalLimitReached,
    strawberry.union("ProposeProductResult", description="The proposal, or a refusal."),
]

InState = Annotated[
    ProposalState | None, strawberry.argument(description="Only those in this state.")
]


@strawberry.type
class ProposalsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def product_proposals(
        self, info: Info, state: InState = None, first: First = 24, after: After = None
    ) -> ProductProposalConnection:
        """What you wait for, newest first; to staff, what their markets wait for, due first.

        Needs a merchant's key with `offers:read`, or moderation.
        """
        page = await resolvers.proposals(info.context, state, first, after)
        return ProductProposalConnection(
            edges=edges(page, lambda row: ProductProposal.of(row, info)),
            page_info=page_info(page, after),
        )

    @strawberry.field(metadata={"rule": READ})
    async def product_proposal(self, info: Info, id: NodeId) -> ProductProposal | None:
        """One proposal; `null` for one that is not yours. Needs `offers:read`, or moderation."""
        proposal_id = row_id(id, "ProductProposal", "id")
        row = await resolvers.proposal(info.context, proposal_id) if proposal_id else None
        return ProductProposal.of(row, info) if row else None


@strawberry.type
class ProposalsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def propose_product(
        self,
        info: Info,
        input: Annotated[ProposeProductInput, strawberry.argument(description="The product.")],
    ) -> ProposeProductResult:
        """Propose a product, or join those who wait for it. Needs `offers:write`."""
        key = idempotency_key(input.idempotency_key)
        attributes = object_of(input.attributes)
        wanted = resolvers.Wanted(
            gtin=input.gtin,
            mpn=input.mpn,
            brand=input.brand,
            model=input.model,
            title=input.title,
            category=input.category,
            attributes=attributes,
        )
        match await resolvers.propose(info.context, wanted, key):
            case resolvers.Known(variant_id):
                variant = await variant_of(info, variant_id)
                return ProductKnown(**told(info, *_KNOWN), variant=variant)
            case resolvers.TooMany(limit):
                return ProposalLimitReached(**told(info, *_FULL), limit=limit)
            case row:
                return ProductProposed(proposal=ProductProposal.of(row, info))


def object_of(value: object) -> dict[str, Any]:
    """A JSON value that is an object; any other is taken as one without fields."""
    return value if isinstance(value, dict) else {}


Words = tuple[str, str, list[str], str]
_KNOWN: Words = (
    "PRODUCT_KNOWN",
    "The catalogue has this number.",
    ["input", "gtin"],
    "Offers with it need no proposal.",
)
_FULL: Words = (
    "PROPOSAL_LIMIT_REACHED",
    "As many of your proposals are open as may be.",
    ["input"],
    "Wait until some are decided: `productProposals` tells.",
)
_UNKNOWN: Words = (
    "PROPOSAL_UNKNOWN",
    "There is no such proposal in your markets.",
    ["input", "id"],
    "`productProposals` lists them.",
)


def unknown(info: Info) -> ProposalUnknown:
    """The refusal of a proposal that is not there."""
    return ProposalUnknown(**told(info, *_UNKNOWN))


def elsewhere(info: Info, found: Stands) -> InvalidTransition:
    """The refusal of a move that a state does not allow."""
    return InvalidTransition(
        **told(
            info,
            "INVALID_TRANSITION",
            f"The proposal is {found.from_state}.",
            ["input", "id"],
            "One that was taken, and not decided, can be decided.",
        ),
        from_=found.from_state,
        to=found.to_state,
        allowed=list(found.allowed),
    )
