"""The schema as served: roots, and what a client may learn of an error."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry import relay
from strawberry.types import ExecutionContext

from resolvers.accounts.keys import key as api_key
from resolvers.catalog import products, variants
from resolvers.context import BadInput, Refused
from resolvers.markets import by_id as market_by_id
from resolvers.offers.feeds import feed as feed_by_id
from resolvers.offers.feeds import run as feed_run
from resolvers.offers.listing import offer as offer_by_id
from resolvers.offers.proposals import proposal as proposal_by_id
from schema.accounts.audit import AuditQuery
from schema.accounts.keys import ApiKey, KeysMutation, KeysQuery
from schema.accounts.people import PeopleMutation, PeopleQuery
from schema.catalog import CatalogQuery, Product, Variant
from schema.common import Info, Node, NodeId
from schema.docstrings import describe
from schema.markets import Market, MarketsQuery
from schema.offers.feeds import Feed, FeedRun, FeedsMutation, FeedsQuery
from schema.offers.listing import ListingQuery
from schema.offers.live import LiveSubscription
from schema.offers.moderation import ModerationMutation
from schema.offers.offer import Offer
from schema.offers.proposals import ProductProposal, ProposalsMutation, ProposalsQuery
from schema.offers.sandbox import SandboxMutation, SandboxQuery
from schema.offers.search import SearchQuery
from schema.ranking import RankingQuery
from schema.rules import PUBLIC, rules_of


@strawberry.type
class Query(
    MarketsQuery,
    PeopleQuery,
    KeysQuery,
    CatalogQuery,
    SearchQuery,
    ListingQuery,
    FeedsQuery,
    RankingQuery,
    ProposalsQuery,
    AuditQuery,
    SandboxQuery,
):
    """What can be read."""

    @strawberry.field(metadata={"rule": PUBLIC})
    def version(self) -> str:
        """Version of the server."""
        return "0.1.0"

    @strawberry.field(metadata={"rule": PUBLIC})
    async def node(self, info: Info, id: NodeId) -> Node | None:
        """Any object that has an id; `null` for one that is not there, or not yours."""
        try:
            found = relay.GlobalID.from_id(str(id))
            row_id = UUID(found.node_id)
        except (ValueError, relay.GlobalIDValueError):
            raise BadInput("`id` is not an id of this server.", argument="id") from None
        reader = _READERS.get(found.type_name)
        if reader is None:
            raise BadInput("`id` is not an id of this server.", argument="id")
        return await reader(info, row_id)


@strawberry.type
class Mutation(
    PeopleMutation,
    KeysMutation,
    FeedsMutation,
    ProposalsMutation,
    ModerationMutation,
    SandboxMutation,
):
    """What can be changed. Safe to repeat with the same idempotency key; sign-in takes none."""


async def _api_key(info: Info, row_id: UUID) -> Node | None:
    row = await api_key(info.context, row_id)
    return ApiKey.of(row, info.context.now) if row else None


@strawberry.type
class Subscription(LiveSubscription):
    """What can be followed, over a WebSocket or server-sent events."""


async def _market(_info: Info, row_id: UUID) -> Node | None:
    row = await market_by_id(row_id)
    return Market.of(row) if row else None


async def _product(_info: Info, row_id: UUID) -> Node | None:
    [row] = await products([row_id])
    return Product.of(row) if row else None


async def _variant(_info: Info, row_id: UUID) -> Node | None:
    [row] = await variants([row_id])
    return Variant.of(row) if row else None


async def _offer(info: Info, row_id: UUID) -> Node | None:
    row = await offer_by_id(row_id)
    return Offer.of(row, info.context) if row else None


async def _feed(info: Info, row_id: UUID) -> Node | None:
    row = await feed_by_id(info.context, row_id)
    return Feed.of(row) if row else None


async def _feed_run(info: Info, row_id: UUID) -> Node | None:
    row = await feed_run(info.context, row_id)
    return FeedRun.of(row) if row else None


async def _proposal(info: Info, row_id: UUID) -> Node | None:
    row = await proposal_by_id(info.context, row_id)
    return ProductProposal.of(row, info) if row else None


_READERS: dict[str, Callable[[Info, UUID], Awaitable[Node | None]]] = {
    "ApiKey": _api_key,
    "Market": _market,
    "Product": _product,
    "Variant": _variant,
    "Offer": _offer,
    "Feed": _feed,
    "FeedRun": _feed_run,
    "ProductProposal": _proposal,
}


class Schema(strawberry.Schema):
    """Logs only the errors that nobody foresaw: a refusal is an answer."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        surprises = [e for e in errors if _unforeseen(e)]
        if surprises:
            super().process_errors(surprises, execution_context)


def _unforeseen(error: GraphQLError) -> bool:
    cause = error.original_error
    return cause is not None and not isinstance(cause, Refused | GraphQLError)


def served(made: strawberry.Schema) -> strawberry.Schema:
    """A schema that may be served: described, every field with its rule. Raises: Unruled."""
    rules_of(made._schema)  # strawberry has no public name for it
    return describe(made)


schema = served(
    Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Market, Product, Variant, Offer, FeedRun],
    )
)
