"""Every table, and who reaches its rows: the register that migrations and tests are held to.

Source: docs/rules/access.md, "Rows".
"""

from enum import Enum

from models.sql import words


class Reach(Enum):
    """Who reaches the rows of a table while it serves a request."""

    PUBLIC = "everybody reads all rows; jobs write them"
    TENANT = "a tenant reads and writes its own rows; policies hide the others"
    CUSTOMER = "a customer, or who holds a token, reaches its own rows; policies hide the others"
    DESK = "only the code that finds out who a caller is"
    SYSTEM = "nobody; jobs alone"


_TABLES = {
    Reach.PUBLIC: (
        "attribute attribute_value brand brand_new_allowed category country market product "
        "ranking_model search_synonym variant variant_gtin merchant merchant_quality "
        "offer_market best_offer product_market product_facet facet_count search_document "
        "search_word catalog_redirect category_unit rule carrier_contract carrier_rate "
        "trade_in_programme trade_in_question trade_in_answer trade_in_grade_code "
        "trade_in_decay trade_in_keeping trade_in_step solidarity_partner lot_terms market_launch "
        "market_pause market_text exchange_rate market_price_terms impact_total price_reduction"
    ),
    Reach.TENANT: (
        "api_key feed feed_run feed_line feed_unchanged feed_change feed_preview stored_file "
        "stored_file_chunk offer merchant_site merchant_shipping once event audit_log "
        "event_interest reprice_rule repriced repricing product_proposal proposal_supporter "
        "api_usage sandbox webhook_endpoint webhook_delivery bulk_operation bulk_chunk "
        "reservation stock_rule price_confirmation offer_change purchase orders order_line "
        "order_line_move carrier_account shipment shipment_line shipment_event refund "
        "ledger_posting ledger_transaction fulfilment_setting unit unit_identifier unit_event "
        "unit_acquisition withdrawal withdrawal_line carrier_delivery after_sales_case "
        "after_sales_case_move review shipping_label trade_in_bid trade_in_order "
        "trade_in_move fleet asset lot certificate certificate_device attachment "
        "attachment_share organisation_site organisation_member organisation_invitation "
        "organisation_issuer approval unit_party unit_medium unit_erasure unit_status_check "
        "unit_stock trade_in_reliability pickup custody_chain custody_event custody_incident "
        "asset_outcome asset_medium asset_erasure downstream_partner settlement "
        "settlement_line lot_dispute refresh_project refresh_pair lot_manifest "
        "lot_manifest_line lot_seal lot_bid lot_move merchant_capability fleet_import "
        "fleet_line trader_fact trader_deadline decision decision_appeal offer_removal "
        "period_report period_report_line"
    ),
    Reach.CUSTOMER: (
        "cart cart_line payment trade_in_quote trade_in_payout donation_receipt store_credit "
        "store_credit_use trade_in_saved_device"
    ),
    Reach.DESK: (
        "organisation account session refresh_token sign_in_code sign_in_failure signing_key"
    ),
    Reach.SYSTEM: (
        "announcement audit_seal outbox_job periodic_job price_history ranking_snapshot "
        "loaded_file webhook_cursor payment_webhook simulated_payment selling_cap "
        "tortoise_migrations carrier_budget carrier_unmapped_code certificate_key "
        "unit_passport payout_batch market_check market_rehearsal market_approval rule_change "
        "impact_due impact_class impact_value impact_entry impact_life "
        "impact_posting impact_bucket impact_restated impact_stale"
    ),
}
TABLES: dict[str, Reach] = {
    table: reach for reach, names in _TABLES.items() for table in words(names)
}
SHARED = frozenset({"ledger_posting", "ledger_transaction"})
"""Private tables with rows of the platform's own, or of several tenants, beside those of one."""
ADDED_TO = frozenset({"announcement", "outbox_job"})
"""Tables of the system that a request adds rows to."""
HIDDEN_COLUMNS: dict[str, frozenset[str]] = {
    "merchant": frozenset(words("state vat_scheme oss handling_hours sandbox")),
    "merchant_quality": frozenset(words("created_at updated_at parts")),
    "market_launch": frozenset(words("template source staged_at")),
    "market_pause": frozenset(words("reason by_account")),
    "exchange_rate": frozenset(words("recorded_by")),
}
"""Columns of public tables that a request does not read."""
