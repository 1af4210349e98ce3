"""Objects that have an id, read again by it: `node(id)`."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from resolvers.accounts.approvals import approval as approval_by_id
from resolvers.accounts.keys import key as api_key
from resolvers.accounts.members import member as member_by_id
from resolvers.accounts.organisations import organisation_by_id
from resolvers.accounts.sites import site as site_by_id
from resolvers.aftersales.cases import case as case_by_id
from resolvers.catalog import products, variants
from resolvers.context import Context
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
from resolvers.quality.decisions import decision as decision_by_id
from resolvers.quality.reports import report as report_by_id
from resolvers.raas.bidding import seen as lot_bid_by_id
from resolvers.raas.fleets import asset as asset_by_id
from resolvers.raas.fleets import fleet as fleet_by_id
from resolvers.raas.fleets import run as fleet_import_by_id
from resolvers.raas.reading import lot as lot_by_id
from resolvers.shipments.reading import shipment as shipment_by_id
from resolvers.trade_in.reading import one as trade_in_by_id
from resolvers.units.attachments import attachment as attachment_by_id
from resolvers.units.certificates import certificate as certificate_by_id
from resolvers.units.reading import unit as unit_by_id
from schema.accounts.approvals import Approval
from schema.accounts.keys import ApiKey
from schema.accounts.member_shapes import Member
from schema.accounts.organisations import Organisation
from schema.accounts.sites import Site
from schema.aftersales.cases import Case
from schema.catalog import Product, Variant
from schema.common import Info, Node
from schema.markets import Market
from schema.offers.feed_previews import FeedPreview
from schema.offers.feed_runs import FeedRun
from schema.offers.feeds import Feed
from schema.offers.offer import Offer
from schema.offers.proposals import ProductProposal
from schema.orders.line import OrderLine
from schema.orders.order import Order
from schema.orders.purchases import Purchase
from schema.partners.bulk import BulkOperation
from schema.partners.deliveries import WebhookDelivery
from schema.partners.endpoints import WebhookEndpoint
from schema.quality.decisions import Decision
from schema.quality.reports import PeriodReport
from schema.raas.asset_shapes import Asset
from schema.raas.fleet_imports import FleetImport
from schema.raas.fleets import Fleet
from schema.raas.lot_shapes import LotBid
from schema.raas.lots import Lot
from schema.shipments.tracking import Shipment
from schema.trade_in.orders import TradeIn
from schema.units.attachments import Attachment
from schema.units.certificates import Certificate
from schema.units.unit import Unit

Reader = Callable[[Info, UUID], Awaitable[Node | None]]


def _reader(
    find: Callable[[Context, UUID], Awaitable[Any]], made: Callable[[Any, Info], Node]
) -> Reader:
    """Finds a row that the caller may see, and gives it its shape; None for any other."""

    async def read(info: Info, row_id: UUID) -> Node | None:
        row = await find(info.context, row_id)
        return made(row, info) if row else None

    return read


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


async def _asset(info: Info, row_id: UUID) -> Node | None:
    row = await asset_by_id(info.context, row_id)
    fleet = await fleet_by_id(info.context, row.fleet_id) if row else None
    return Asset.of(row, fleet.currency) if row and fleet else None


READERS: dict[str, Reader] = {
    "ApiKey": _reader(api_key, lambda row, info: ApiKey.of(row, info.context.now)),
    "Attachment": _reader(attachment_by_id, Attachment.of),
    "Certificate": _reader(certificate_by_id, Certificate.of),
    "Market": _market,
    "Product": _product,
    "Variant": _variant,
    "Offer": _offer,
    "Feed": _reader(feed_by_id, lambda row, _: Feed.of(row)),
    "FeedRun": _reader(feed_run, lambda row, _: FeedRun.of(row)),
    "ProductProposal": _reader(proposal_by_id, ProductProposal.of),
    "Organisation": _reader(organisation_by_id, lambda row, _: Organisation.of(row)),
    "Site": _reader(site_by_id, lambda row, _: Site.of(row)),
    "Member": _reader(member_by_id, lambda row, _: Member.of(row)),
    "Approval": _reader(approval_by_id, lambda row, info: Approval.of(row, info.context.now)),
    "WebhookEndpoint": _reader(webhook_endpoint, lambda row, _: WebhookEndpoint.of(row)),
    "WebhookDelivery": _reader(webhook_delivery, lambda row, _: WebhookDelivery.of(row)),
    "BulkOperation": _reader(bulk_operation, lambda row, _: BulkOperation.of(row)),
    "FeedPreview": _reader(feed_preview, lambda row, _: FeedPreview.of(row)),
    "Case": _reader(case_by_id, lambda row, info: Case.of(row, info.context.now)),
    "Decision": _reader(decision_by_id, lambda row, _: Decision.of(row)),
    "PeriodReport": _reader(report_by_id, lambda row, _: PeriodReport.of(row)),
    "Order": _reader(order_by_id, lambda row, _: Order.of(row)),
    "OrderLine": _reader(order_line_by_id, lambda row, _: OrderLine.of(row)),
    "Shipment": _reader(shipment_by_id, lambda row, _: Shipment.of(row)),
    "Purchase": _reader(purchase_by_id, lambda row, _: Purchase.of(row)),
    "TradeIn": _reader(trade_in_by_id, TradeIn.of),
    "Lot": _reader(lot_by_id, lambda row, _: Lot.of(row)),
    "LotBid": _reader(lot_bid_by_id, lambda row, _: LotBid.of(row, named=True)),
    "Unit": _reader(unit_by_id, lambda row, _: Unit.of(row)),
    "Fleet": _reader(fleet_by_id, lambda row, _: Fleet.of(row)),
    "Asset": _asset,
    "FleetImport": _reader(fleet_import_by_id, lambda row, _: FleetImport.of(row)),
}
"""Who reads objects of each type again."""
