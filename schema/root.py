"""The schema as served: roots, and what a client may learn of an error."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry import relay
from strawberry.types import ExecutionContext

from resolvers.accounts.approvals import approval as approval_by_id
from resolvers.accounts.keys import key as api_key
from resolvers.accounts.members import member as member_by_id
from resolvers.accounts.organisations import organisation_by_id
from resolvers.accounts.sites import site as site_by_id
from resolvers.aftersales.cases import case as case_by_id
from resolvers.catalog import products, variants
from resolvers.context import BadInput, Refused
from resolvers.markets import by_id as market_by_id
from resolvers.offers.feeds import feed as feed_by_id
from resolvers.offers.listing import offer as offer_by_id
from resolvers.offers.previews import preview as feed_preview
from resolvers.offers.proposals import proposal as proposal_by_id
from resolvers.offers.runs import run as feed_run
from resolvers.orders.purchases import purchase as purchase_by_id
from resolvers.orders.reading import order as order_by_id
from resolvers.orders.reading import order_line as order_line_by_id
from resolvers.partners.bulk import operation as bulk_operation
from resolvers.partners.deliveries import delivery as webhook_delivery
from resolvers.partners.endpoints import endpoint as webhook_endpoint
from resolvers.raas.fleets import asset as asset_by_id
from resolvers.raas.fleets import fleet as fleet_by_id
from resolvers.raas.fleets import run as fleet_import_by_id
from resolvers.raas.reading import lot as lot_by_id
from resolvers.shipments.reading import shipment as shipment_by_id
from resolvers.trade_in.reading import one as trade_in_by_id
from resolvers.units.attachments import attachment as attachment_by_id
from resolvers.units.certificates import certificate as certificate_by_id
from resolvers.units.reading import unit as unit_by_id
from schema.accounts.acting import ActingMutation, ActingQuery
from schema.accounts.approvals import Approval, ApprovalsMutation, ApprovalsQuery
from schema.accounts.audit import AuditQuery
from schema.accounts.keys import ApiKey, KeysMutation, KeysQuery
from schema.accounts.member_shapes import Member
from schema.accounts.members import MembersMutation, MembersQuery
from schema.accounts.organisations import (
    Organisation,
    OrganisationsMutation,
    OrganisationsQuery,
)
from schema.accounts.people import PeopleMutation, PeopleQuery
from schema.accounts.sites import Site, SitesMutation, SitesQuery
from schema.aftersales.cases import Case, CasesQuery
from schema.aftersales.withdrawing import WithdrawalMutation
from schema.catalog import CatalogQuery, Product, Variant
from schema.common import Info, Node, NodeId
from schema.docstrings import describe
from schema.impact import ImpactQuery
from schema.markets import Market, MarketsQuery
from schema.markets.rules import RulesMutation, RulesQuery
from schema.offers.feed_previews import FeedPreview, FeedPreviewsMutation, FeedPreviewsQuery
from schema.offers.feed_run_changes import FeedRunsMutation
from schema.offers.feed_runs import FeedRun, FeedRunsQuery
from schema.offers.feed_setup import FeedSetupMutation
from schema.offers.feeds import Feed, FeedsQuery
from schema.offers.listing import ListingQuery
from schema.offers.live import LiveSubscription
from schema.offers.moderation import ModerationMutation
from schema.offers.offer import Offer
from schema.offers.own import OwnOffersQuery
from schema.offers.proposals import ProductProposal, ProposalsMutation, ProposalsQuery
from schema.offers.sandbox import SandboxMutation, SandboxQuery
from schema.offers.search import SearchQuery
from schema.offers.writing import OffersMutation
from schema.orders.carts import CartsMutation, CartsQuery
from schema.orders.checkout import CheckoutMutation, CheckoutQuery
from schema.orders.finance import FinanceQuery
from schema.orders.fulfilment import FulfilmentMutation, FulfilmentQuery
from schema.orders.line import OrderLine
from schema.orders.order import Order, OrdersQuery, OrdersSubscription
from schema.orders.purchases import Purchase, PurchasesQuery
from schema.orders.refunds import RefundsMutation, RefundsQuery
from schema.orders.tax import InvoicesQuery
from schema.partners.bulk import BulkMutation, BulkOperation, BulkQuery, BulkSubscription
from schema.partners.changes import WebhooksMutation
from schema.partners.deliveries import WebhookDeliveriesQuery, WebhookDelivery
from schema.partners.endpoints import WebhookEndpoint, WebhookEndpointsQuery
from schema.quality import QualityMutation, QualityQuery
from schema.raas.asset_shapes import Asset
from schema.raas.capabilities import CapabilitiesMutation
from schema.raas.custody import CustodyMutation
from schema.raas.fleet_changes import FleetsMutation
from schema.raas.fleet_imports import (
    FleetImport,
    FleetImportsQuery,
    FleetImportsSubscription,
)
from schema.raas.fleets import Fleet, FleetsQuery
from schema.raas.handover import HandoverQuery
from schema.raas.lot_changes import LotsMutation
from schema.raas.lots import Lot, LotsQuery, LotsSubscription
from schema.raas.processing import ProcessingMutation, ProcessingQuery
from schema.raas.receiving import ReceivingMutation
from schema.raas.refresh import RefreshMutation, RefreshQuery
from schema.raas.settling import SettlingMutation
from schema.ranking.competitions import RankingQuery
from schema.ranking.live import RankingSubscription
from schema.ranking.repricing import RepricingMutation, RepricingQuery
from schema.rules import PUBLIC, rules_of
from schema.shipments.accounts import CarrierAccountsMutation, CarrierAccountsQuery
from schema.shipments.health import TrackingHealthQuery
from schema.shipments.labels import LabelsMutation, LabelsQuery
from schema.shipments.scorecards import ScorecardsQuery
from schema.shipments.shipping import ShippingMutation
from schema.shipments.tracking import Shipment, TrackingQuery, TrackingSubscription
from schema.trade_in.bids import TradeInBidsMutation, TradeInBidsQuery
from schema.trade_in.competitions import TradeInCompetitionsQuery
from schema.trade_in.credits import TradeInCreditsMutation
from schema.trade_in.declaring import TradeInQuery
from schema.trade_in.order_changes import TradeInOrdersMutation
from schema.trade_in.orders import TradeIn, TradeInOrdersQuery, TradeInOrdersSubscription
from schema.trade_in.programmes import TradeInProgrammesMutation, TradeInProgrammesQuery
from schema.trade_in.quotes import TradeInQuotesMutation, TradeInQuotesQuery
from schema.trade_in.saved import SavedDevicesMutation, SavedDevicesQuery
from schema.units.attachments import Attachment, AttachmentsQuery
from schema.units.certificates import Certificate, CertificatesMutation, CertificatesQuery
from schema.units.reading import UnitsQuery
from schema.units.records import UnitsMutation
from schema.units.unit import Unit
from schema.units.verification import VerificationQuery


@strawberry.type
class Query(
    MarketsQuery,
    RulesQuery,
    PeopleQuery,
    ActingQuery,
    OrganisationsQuery,
    SitesQuery,
    MembersQuery,
    ApprovalsQuery,
    KeysQuery,
    CatalogQuery,
    ImpactQuery,
    VerificationQuery,
    CertificatesQuery,
    AttachmentsQuery,
    SearchQuery,
    ListingQuery,
    FeedsQuery,
    OwnOffersQuery,
    FeedRunsQuery,
    FeedPreviewsQuery,
    RankingQuery,
    RepricingQuery,
    QualityQuery,
    ProposalsQuery,
    AuditQuery,
    OrdersQuery,
    InvoicesQuery,
    TrackingQuery,
    ScorecardsQuery,
    LabelsQuery,
    FulfilmentQuery,
    WebhookEndpointsQuery,
    WebhookDeliveriesQuery,
    BulkQuery,
    SandboxQuery,
    CarrierAccountsQuery,
    TrackingHealthQuery,
    CasesQuery,
    CartsQuery,
    CheckoutQuery,
    PurchasesQuery,
    RefundsQuery,
    FinanceQuery,
    TradeInOrdersQuery,
    LotsQuery,
    TradeInQuery,
    TradeInQuotesQuery,
    TradeInBidsQuery,
    TradeInCompetitionsQuery,
    SavedDevicesQuery,
    TradeInProgrammesQuery,
    UnitsQuery,
    HandoverQuery,
    ProcessingQuery,
    RefreshQuery,
    FleetsQuery,
    FleetImportsQuery,
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
    FleetsMutation,
    ActingMutation,
    OrganisationsMutation,
    SitesMutation,
    MembersMutation,
    ApprovalsMutation,
    RulesMutation,
    KeysMutation,
    CertificatesMutation,
    FeedSetupMutation,
    FeedPreviewsMutation,
    FeedRunsMutation,
    OffersMutation,
    RepricingMutation,
    QualityMutation,
    ProposalsMutation,
    ModerationMutation,
    SandboxMutation,
    WebhooksMutation,
    BulkMutation,
    CarrierAccountsMutation,
    FulfilmentMutation,
    ShippingMutation,
    LabelsMutation,
    WithdrawalMutation,
    CartsMutation,
    CheckoutMutation,
    RefundsMutation,
    TradeInOrdersMutation,
    LotsMutation,
    TradeInQuotesMutation,
    TradeInBidsMutation,
    SavedDevicesMutation,
    TradeInProgrammesMutation,
    UnitsMutation,
    CustodyMutation,
    ReceivingMutation,
    ProcessingMutation,
    SettlingMutation,
    TradeInCreditsMutation,
    RefreshMutation,
    CapabilitiesMutation,
):
    """What can be changed. Safe to repeat with the same idempotency key; sign-in takes none."""


async def _api_key(info: Info, row_id: UUID) -> Node | None:
    row = await api_key(info.context, row_id)
    return ApiKey.of(row, info.context.now) if row else None


async def _organisation(info: Info, row_id: UUID) -> Node | None:
    row = await organisation_by_id(info.context, row_id)
    return Organisation.of(row) if row else None


async def _site(info: Info, row_id: UUID) -> Node | None:
    row = await site_by_id(info.context, row_id)
    return Site.of(row) if row else None


async def _member(info: Info, row_id: UUID) -> Node | None:
    row = await member_by_id(info.context, row_id)
    return Member.of(row) if row else None


async def _approval(info: Info, row_id: UUID) -> Node | None:
    row = await approval_by_id(info.context, row_id)
    return Approval.of(row, info.context.now) if row else None


@strawberry.type
class Subscription(
    LiveSubscription,
    RankingSubscription,
    OrdersSubscription,
    TrackingSubscription,
    BulkSubscription,
    TradeInOrdersSubscription,
    LotsSubscription,
    FleetImportsSubscription,
):
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


async def _webhook_endpoint(info: Info, row_id: UUID) -> Node | None:
    row = await webhook_endpoint(info.context, row_id)
    return WebhookEndpoint.of(row) if row else None


async def _webhook_delivery(info: Info, row_id: UUID) -> Node | None:
    row = await webhook_delivery(info.context, row_id)
    return WebhookDelivery.of(row) if row else None


async def _feed_preview(info: Info, row_id: UUID) -> Node | None:
    row = await feed_preview(info.context, row_id)
    return FeedPreview.of(row) if row else None


async def _bulk_operation(info: Info, row_id: UUID) -> Node | None:
    row = await bulk_operation(info.context, row_id)
    return BulkOperation.of(row) if row else None


async def _case(info: Info, row_id: UUID) -> Node | None:
    row = await case_by_id(info.context, row_id)
    return Case.of(row, info.context.now) if row else None


async def _order(info: Info, row_id: UUID) -> Node | None:
    row = await order_by_id(info.context, row_id)
    return Order.of(row) if row else None


async def _order_line(info: Info, row_id: UUID) -> Node | None:
    row = await order_line_by_id(info.context, row_id)
    return OrderLine.of(row) if row else None


async def _shipment(info: Info, row_id: UUID) -> Node | None:
    row = await shipment_by_id(info.context, row_id)
    return Shipment.of(row) if row else None


async def _purchase(info: Info, row_id: UUID) -> Node | None:
    row = await purchase_by_id(info.context, row_id)
    return Purchase.of(row) if row else None


async def _trade_in(info: Info, row_id: UUID) -> Node | None:
    row = await trade_in_by_id(info.context, row_id)
    return TradeIn.of(row, info) if row else None


async def _certificate(info: Info, row_id: UUID) -> Node | None:
    row = await certificate_by_id(info.context, row_id)
    return Certificate.of(row, info) if row else None


async def _attachment(info: Info, row_id: UUID) -> Node | None:
    row = await attachment_by_id(info.context, row_id)
    return Attachment.of(row, info) if row else None


async def _lot(info: Info, row_id: UUID) -> Node | None:
    row = await lot_by_id(info.context, row_id)
    return Lot.of(row) if row else None


async def _unit(info: Info, row_id: UUID) -> Node | None:
    row = await unit_by_id(info.context, row_id)
    return Unit.of(row) if row else None


async def _fleet(info: Info, row_id: UUID) -> Node | None:
    row = await fleet_by_id(info.context, row_id)
    return Fleet.of(row) if row else None


async def _asset(info: Info, row_id: UUID) -> Node | None:
    row = await asset_by_id(info.context, row_id)
    fleet = await fleet_by_id(info.context, row.fleet_id) if row else None
    return Asset.of(row, fleet.currency) if row and fleet else None


async def _fleet_import(info: Info, row_id: UUID) -> Node | None:
    row = await fleet_import_by_id(info.context, row_id)
    return FleetImport.of(row) if row else None


_READERS: dict[str, Callable[[Info, UUID], Awaitable[Node | None]]] = {
    "ApiKey": _api_key,
    "Attachment": _attachment,
    "Certificate": _certificate,
    "Market": _market,
    "Product": _product,
    "Variant": _variant,
    "Offer": _offer,
    "Feed": _feed,
    "FeedRun": _feed_run,
    "ProductProposal": _proposal,
    "Organisation": _organisation,
    "Site": _site,
    "Member": _member,
    "Approval": _approval,
    "WebhookEndpoint": _webhook_endpoint,
    "WebhookDelivery": _webhook_delivery,
    "BulkOperation": _bulk_operation,
    "FeedPreview": _feed_preview,
    "Case": _case,
    "Order": _order,
    "OrderLine": _order_line,
    "Shipment": _shipment,
    "Purchase": _purchase,
    "TradeIn": _trade_in,
    "Lot": _lot,
    "Unit": _unit,
    "Fleet": _fleet,
    "Asset": _asset,
    "FleetImport": _fleet_import,
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
        types=[Market, Product, Variant, Offer, FeedRun, BulkOperation],
    )
)
