"""The schema as served: roots, and what a client may learn of an error."""

from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry import relay
from strawberry.types import ExecutionContext

from resolvers.context import BadInput, Refused
from schema.accounts.acting import ActingMutation, ActingQuery
from schema.accounts.approvals import ApprovalsMutation, ApprovalsQuery
from schema.accounts.audit import AuditQuery
from schema.accounts.keys import KeysMutation, KeysQuery
from schema.accounts.members import MembersMutation, MembersQuery
from schema.accounts.organisations import (
    OrganisationsMutation,
    OrganisationsQuery,
)
from schema.accounts.people import PeopleMutation, PeopleQuery
from schema.accounts.sites import SitesMutation, SitesQuery
from schema.aftersales.cases import CasesQuery
from schema.aftersales.withdrawing import WithdrawalMutation
from schema.catalog import CatalogQuery, Product, Variant
from schema.common import Info, Node, NodeId
from schema.docstrings import describe
from schema.impact import ImpactQuery
from schema.impact.claims import ClaimsQuery
from schema.impact.paths import ImpactPathsQuery
from schema.impact.sums import ImpactSumsQuery
from schema.markets import Market, MarketsQuery
from schema.markets.drafting import DraftingMutation, DraftingQuery
from schema.markets.launching import LaunchingMutation, LaunchingQuery
from schema.markets.rates import RatesMutation, RatesQuery
from schema.markets.rule_changes import RuleChangesMutation, RuleChangesQuery
from schema.markets.rules import RulesQuery
from schema.nodes import READERS
from schema.offers.deriving import DerivingMutation, DerivingQuery
from schema.offers.feed_previews import FeedPreviewsMutation, FeedPreviewsQuery
from schema.offers.feed_run_changes import FeedRunsMutation
from schema.offers.feed_runs import FeedRun, FeedRunsQuery
from schema.offers.feed_setup import FeedSetupMutation
from schema.offers.feeds import FeedsQuery
from schema.offers.listing import ListingQuery
from schema.offers.live import LiveSubscription
from schema.offers.moderation import ModerationMutation
from schema.offers.offer import Offer
from schema.offers.own import OwnOffersQuery
from schema.offers.proposals import ProposalsMutation, ProposalsQuery
from schema.offers.reductions import ReductionsMutation, ReductionsQuery
from schema.offers.sandbox import SandboxMutation, SandboxQuery
from schema.offers.search import SearchQuery
from schema.offers.writing import OffersMutation
from schema.orders.carts import CartsMutation, CartsQuery
from schema.orders.checkout import CheckoutMutation, CheckoutQuery
from schema.orders.finance import FinanceQuery
from schema.orders.fulfilment import FulfilmentMutation, FulfilmentQuery
from schema.orders.order import OrdersQuery, OrdersSubscription
from schema.orders.parts import PricePartsQuery
from schema.orders.purchases import PurchasesQuery
from schema.orders.refunds import RefundsMutation, RefundsQuery
from schema.orders.rehearsing import RehearsingMutation
from schema.orders.tax import InvoicesQuery
from schema.partners.bulk import BulkMutation, BulkOperation, BulkQuery, BulkSubscription
from schema.partners.changes import WebhooksMutation
from schema.partners.deliveries import WebhookDeliveriesQuery
from schema.partners.endpoints import WebhookEndpointsQuery
from schema.quality import QualityMutation, QualityQuery
from schema.quality.decision_changes import DecisionsMutation, DecisionsQuery
from schema.quality.reports import ReportsMutation, ReportsQuery
from schema.quality.traders import TradersMutation, TradersQuery
from schema.raas.capabilities import CapabilitiesMutation
from schema.raas.custody import CustodyMutation
from schema.raas.fleet_changes import FleetsMutation
from schema.raas.fleet_imports import (
    FleetImportsQuery,
    FleetImportsSubscription,
)
from schema.raas.fleets import FleetsQuery
from schema.raas.handover import HandoverQuery
from schema.raas.lot_changes import LotsMutation
from schema.raas.lots import LotsQuery, LotsSubscription
from schema.raas.processing import ProcessingMutation, ProcessingQuery
from schema.raas.receiving import ReceivingMutation
from schema.raas.refresh import RefreshMutation, RefreshQuery
from schema.raas.reporting import ReportingQuery
from schema.raas.settling import SettlingMutation
from schema.ranking.competitions import RankingQuery
from schema.ranking.disclosure import RankingDisclosureQuery
from schema.ranking.live import RankingSubscription
from schema.ranking.repricing import RepricingMutation, RepricingQuery
from schema.rules import PUBLIC, rules_of
from schema.shipments.accounts import CarrierAccountsMutation, CarrierAccountsQuery
from schema.shipments.health import TrackingHealthQuery
from schema.shipments.labels import LabelsMutation, LabelsQuery
from schema.shipments.scorecards import ScorecardsQuery
from schema.shipments.shipping import ShippingMutation
from schema.shipments.tracking import TrackingQuery, TrackingSubscription
from schema.trade_in.bids import TradeInBidsMutation, TradeInBidsQuery
from schema.trade_in.competitions import TradeInCompetitionsQuery
from schema.trade_in.credits import TradeInCreditsMutation
from schema.trade_in.declaring import TradeInQuery
from schema.trade_in.order_changes import TradeInOrdersMutation
from schema.trade_in.orders import TradeInOrdersQuery, TradeInOrdersSubscription
from schema.trade_in.programmes import TradeInProgrammesMutation, TradeInProgrammesQuery
from schema.trade_in.quotes import TradeInQuotesMutation, TradeInQuotesQuery
from schema.trade_in.saved import SavedDevicesMutation, SavedDevicesQuery
from schema.units.attachments import AttachmentsQuery
from schema.units.certificates import CertificatesMutation, CertificatesQuery
from schema.units.reading import UnitsQuery
from schema.units.records import UnitsMutation
from schema.units.refurbishing import RefurbishingMutation
from schema.units.verification import VerificationQuery


@strawberry.type
class Query(
    MarketsQuery,
    RulesQuery,
    LaunchingQuery,
    DraftingQuery,
    RatesQuery,
    DerivingQuery,
    RuleChangesQuery,
    PeopleQuery,
    ActingQuery,
    OrganisationsQuery,
    SitesQuery,
    MembersQuery,
    ApprovalsQuery,
    KeysQuery,
    CatalogQuery,
    ImpactQuery,
    ImpactSumsQuery,
    ImpactPathsQuery,
    ClaimsQuery,
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
    RankingDisclosureQuery,
    RepricingQuery,
    ReductionsQuery,
    QualityQuery,
    DecisionsQuery,
    TradersQuery,
    ReportsQuery,
    ProposalsQuery,
    AuditQuery,
    OrdersQuery,
    InvoicesQuery,
    PricePartsQuery,
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
    ReportingQuery,
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
        reader = READERS.get(found.type_name)
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
    LaunchingMutation,
    DraftingMutation,
    RatesMutation,
    DerivingMutation,
    RehearsingMutation,
    RuleChangesMutation,
    KeysMutation,
    CertificatesMutation,
    FeedSetupMutation,
    FeedPreviewsMutation,
    FeedRunsMutation,
    OffersMutation,
    RepricingMutation,
    ReductionsMutation,
    QualityMutation,
    DecisionsMutation,
    TradersMutation,
    ReportsMutation,
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
    RefurbishingMutation,
    CustodyMutation,
    ReceivingMutation,
    ProcessingMutation,
    SettlingMutation,
    TradeInCreditsMutation,
    RefreshMutation,
    CapabilitiesMutation,
):
    """What can be changed. Safe to repeat with the same idempotency key; sign-in takes none."""


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
