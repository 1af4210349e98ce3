"""The names of the jobs that other layers may ask for, and the queues that they wait in."""

from enum import StrEnum


class Job(StrEnum):
    """Names of the actors that other layers may ask for."""

    RUN_FEED = "run_feed"
    PULL_DUE_FEEDS = "pull_due_feeds"
    FEED_WATCHDOG = "feed_watchdog"
    PREVIEW_FEED_FILE = "preview_feed_file"
    RETIRE_OFFERS = "retire_offers"
    REFRESH_QUALITY = "refresh_quality"
    REFRESH_DAY = "refresh_day"
    CHECK_READ_MODELS = "check_read_models"
    PURGE = "purge"
    REPRICE = "reprice"
    PROPOSE_PRODUCTS = "propose_products"
    RESOLVE_PRODUCTS = "resolve_products"
    PUBLISH_PRODUCT = "publish_product"
    MERGE_CATALOGUE = "merge_catalogue"
    SEAL_AUDIT_LOG = "seal_audit_log"
    RUN_BULK = "run_bulk"
    BULK_WATCHDOG = "bulk_watchdog"
    PREPARE_SANDBOX = "prepare_sandbox"
    CATCH_UP_SANDBOX = "catch_up_sandbox"
    MAIL_SIGN_IN_CODE = "mail_sign_in_code"
    MAIL_SESSION_ENDED = "mail_session_ended"
    MAIL_INVITATION = "mail_invitation"
    MAIL_FEED_STALE = "mail_feed_stale"
    CHALLENGE_WEBHOOK = "challenge_webhook"
    MAIL_WEBHOOK_DISABLED = "mail_webhook_disabled"
    PURGE_WEBHOOKS = "purge_webhooks"
    ISSUE_LABEL = "issue_label"
    SWEEP_LABELS = "sweep_labels"
    PLAN_POLLS = "plan_polls"
    POLL_PARCELS = "poll_parcels"
    READ_PUSH = "read_push"
    WATCH_PARCELS = "watch_parcels"
    SUBSCRIBE_PUSHES = "subscribe_pushes"
    PURGE_TRACKING = "purge_tracking"
    OPEN_CASE = "open_case"
    ORDER_DEADLINES = "order_deadlines"
    COMPLETE_LINES = "complete_lines"
    MAIL_WITHDRAWAL = "mail_withdrawal"
    EXPIRE_PURCHASES = "expire_purchases"
    PURGE_CARTS = "purge_carts"
    RECONCILE_PAYMENTS = "reconcile_payments"
    READ_PAYMENT_WEBHOOK = "read_payment_webhook"
    SEND_REFUND = "send_refund"
    RELEASE_EARNINGS = "release_earnings"
    TELL_SIMULATED_PAYMENT = "tell_simulated_payment"
    TRADE_IN_PARCEL = "trade_in_parcel"
    TRADE_IN_CLOCK = "trade_in_clock"
    CERTIFY_TRADE_IN = "certify_trade_in"
    COLLECT_PAYOUTS = "collect_payouts"
    LOT_DEADLINES = "lot_deadlines"
    PURGE_ATTACHMENTS = "purge_attachments"
    CLOSE_LOTS = "close_lots"
    IMPORT_FLEET = "import_fleet"
    VALUE_FLEET = "value_fleet"
    MEASURE_TRADE_INS = "measure_trade_ins"
    PURGE_TRADE_IN_QUOTES = "purge_trade_in_quotes"
    PURGE_FLEET_LINES = "purge_fleet_lines"


class Queue(StrEnum):
    """Queues, most urgent first; each may have worker processes of its own."""

    INTERACTIVE = "interactive"
    WEBHOOKS = "webhooks"
    TRACKING = "tracking"
    FEEDS = "feeds"
    MAIL = "mail"
    BULK = "bulk"


QUEUES: dict[Job, Queue] = {
    Job.RUN_FEED: Queue.FEEDS,
    Job.PULL_DUE_FEEDS: Queue.FEEDS,
    Job.FEED_WATCHDOG: Queue.INTERACTIVE,  # it must run while the feeds are stuck
    Job.PREVIEW_FEED_FILE: Queue.INTERACTIVE,  # a person waits for it
    Job.RETIRE_OFFERS: Queue.FEEDS,
    Job.REFRESH_QUALITY: Queue.BULK,
    Job.REFRESH_DAY: Queue.BULK,
    Job.CHECK_READ_MODELS: Queue.BULK,
    Job.PURGE: Queue.BULK,
    Job.REPRICE: Queue.FEEDS,
    Job.PROPOSE_PRODUCTS: Queue.BULK,
    Job.RESOLVE_PRODUCTS: Queue.INTERACTIVE,
    Job.PUBLISH_PRODUCT: Queue.INTERACTIVE,
    Job.MERGE_CATALOGUE: Queue.INTERACTIVE,
    Job.SEAL_AUDIT_LOG: Queue.BULK,
    Job.RUN_BULK: Queue.BULK,
    Job.BULK_WATCHDOG: Queue.INTERACTIVE,  # it must run while the operations are stuck
    Job.PREPARE_SANDBOX: Queue.INTERACTIVE,
    Job.CATCH_UP_SANDBOX: Queue.INTERACTIVE,
    Job.MAIL_SIGN_IN_CODE: Queue.MAIL,
    Job.MAIL_SESSION_ENDED: Queue.MAIL,
    Job.MAIL_INVITATION: Queue.MAIL,
    Job.MAIL_FEED_STALE: Queue.MAIL,
    Job.CHALLENGE_WEBHOOK: Queue.WEBHOOKS,
    Job.MAIL_WEBHOOK_DISABLED: Queue.MAIL,
    Job.PURGE_WEBHOOKS: Queue.BULK,
    Job.ISSUE_LABEL: Queue.INTERACTIVE,
    Job.SWEEP_LABELS: Queue.TRACKING,
    Job.PLAN_POLLS: Queue.TRACKING,
    Job.POLL_PARCELS: Queue.TRACKING,
    Job.READ_PUSH: Queue.TRACKING,
    Job.WATCH_PARCELS: Queue.TRACKING,
    Job.SUBSCRIBE_PUSHES: Queue.TRACKING,
    Job.PURGE_TRACKING: Queue.BULK,
    Job.OPEN_CASE: Queue.INTERACTIVE,
    Job.ORDER_DEADLINES: Queue.INTERACTIVE,
    Job.COMPLETE_LINES: Queue.BULK,
    Job.MAIL_WITHDRAWAL: Queue.MAIL,
    Job.EXPIRE_PURCHASES: Queue.INTERACTIVE,  # others wait for the stock
    Job.PURGE_CARTS: Queue.BULK,
    Job.RECONCILE_PAYMENTS: Queue.INTERACTIVE,
    Job.READ_PAYMENT_WEBHOOK: Queue.INTERACTIVE,  # a customer waits for it
    Job.SEND_REFUND: Queue.INTERACTIVE,
    Job.RELEASE_EARNINGS: Queue.BULK,
    Job.TELL_SIMULATED_PAYMENT: Queue.WEBHOOKS,
    Job.TRADE_IN_PARCEL: Queue.TRACKING,
    Job.CERTIFY_TRADE_IN: Queue.BULK,
    Job.TRADE_IN_CLOCK: Queue.INTERACTIVE,  # people wait for their money
    Job.COLLECT_PAYOUTS: Queue.INTERACTIVE,
    Job.LOT_DEADLINES: Queue.BULK,
    Job.PURGE_ATTACHMENTS: Queue.BULK,
    Job.CLOSE_LOTS: Queue.INTERACTIVE,
    Job.IMPORT_FLEET: Queue.FEEDS,
    Job.VALUE_FLEET: Queue.INTERACTIVE,  # a person waits for it
    Job.MEASURE_TRADE_INS: Queue.BULK,
    Job.PURGE_TRADE_IN_QUOTES: Queue.BULK,
    Job.PURGE_FLEET_LINES: Queue.BULK,
}
