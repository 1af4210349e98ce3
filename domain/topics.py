"""The topics of the events that partners are told."""

from enum import StrEnum


class Topic(StrEnum):
    """What an event is about, as partners subscribe to it. Source: docs/events.md."""

    OFFER_VISIBILITY_CHANGED = "offer.visibility_changed"
    OFFER_COMPETITION_CHANGED = "offer.competition_changed"
    OFFER_STOCK_LOW = "offer.stock_low"
    FEED_RUN_FINISHED = "feed.run_finished"
    FEED_HELD = "feed.held"
    FEED_STALE = "feed.stale"
    ORDER_CREATED = "order.created"
    ORDER_LINE_CHANGED = "order.line_changed"
    SHIPMENT_STATUS_CHANGED = "shipment.status_changed"
    SHIPMENT_LATE = "shipment.late"
    SHIPMENT_LOST = "shipment.lost"
    CASE_OPENED = "case.opened"
    REFUND_CREATED = "refund.created"
    TRADE_IN_ORDER_CHANGED = "trade_in.order_changed"
    LOT_PUBLISHED = "lot.published"
    LOT_AWARDED = "lot.awarded"
    ASSET_ERASED = "asset.erased"
    CERTIFICATE_REVOKED = "certificate.revoked"
    SETTLEMENT_READY = "settlement.ready"
    DECISION_ISSUED = "decision.issued"
    TRADER_FACTS_DUE = "trader.facts_due"
