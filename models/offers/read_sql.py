"""The statements of read.sql: their shared parts, and the orders of their lists."""

from functools import cache
from pathlib import Path

from domain.offers.sorting import OfferSort, SearchSort
from models import catalog
from models.sql import statements, words

HERE = Path(__file__).parent


_IMPACT = (
    "COALESCE(CASE WHEN {0} > ({1})[1] AND {0} <= ({1})[3] THEN 1000000 "
    "ELSE GREATEST(CASE WHEN {0} <= ({1})[3] THEN {0} END, ({1})[2]) - DATE '2000-01-01' END, "
    "1000000)::bigint"
)
"""Younger models avoid less, as far as it is told; the others stand last, in no order of impact."""
_SEARCH_KEYS = {
    SearchSort.RELEVANCE: ("(-relevance)::bigint", "(-offers)::bigint"),
    SearchSort.PRICE: ("COALESCE(cheapest, 1000000000000)::bigint", "(-offers)::bigint"),
    SearchSort.NEWEST: (
        "COALESCE(-(release_date - DATE '2000-01-01'), 1000000)::bigint",
        "(-offers)::bigint",
    ),
    SearchSort.IMPACT: (_IMPACT.format("release_date", "$22::date[]"), "(-offers)::bigint"),
}
_POPULAR_AFTER = (
    "m.offers <= COALESCE(-$5::bigint, 2147483647) "
    "AND ($4::bigint IS NULL OR m.offers < -$5 OR m.product_id > $6::uuid)"
)
_JOIN_PRODUCT = "JOIN product p ON p.id = m.product_id"
_MATCHES = "d.doc @@ to_tsquery('simple', $2)"
_RELEVANCE = (
    "round(ts_rank('{0.05, 0.2, 0.3, 1}', d.doc, to_tsquery('simple', $2)) * 60 "
    "/ greatest(d.words, 1))"
)
_TURN = """
CASE WHEN cardinality({b}.group_offers) = 1 THEN {b}.group_offers[1] ELSE (
  SELECT CASE WHEN ahead < 0 THEN {b}.group_offers[1] ELSE (
    SELECT o FROM unnest({b}.group_offers[2:]) o ORDER BY o OFFSET
      div(ahead * (cardinality({b}.group_offers) - 1), (10000 - {lead}) * 18446744073709551616)::int
      LIMIT 1) END
  FROM (SELECT (
      ('x' || encode(substring(h FROM 1 FOR 4), 'hex'))::bit(32)::bigint::numeric * 4294967296
      + ('x' || encode(substring(h FROM 5 FOR 4), 'hex'))::bit(32)::bigint::numeric) * 10000
      - {lead} * 18446744073709551616 AS ahead
    FROM sha256(convert_to({market} || '|' || {b}.variant_id || '|'
      || (ARRAY['FAIR', 'GOOD', 'VERY_GOOD', 'EXCELLENT', 'PREMIUM'])[{b}.grade + 1]
      || '|' || {bucket}, 'UTF8')) h
  ) drawn) END
"""
_SHELF_KEYS = {
    SearchSort.RELEVANCE: ("0::bigint", "(-m.offers)::bigint"),
    SearchSort.PRICE: ("COALESCE(m.min_landed, 1000000000000)::bigint", "(-m.offers)::bigint"),
    SearchSort.NEWEST: (
        "COALESCE(-(p.release_date - DATE '2000-01-01'), 1000000)::bigint",
        "(-m.offers)::bigint",
    ),
    SearchSort.IMPACT: (_IMPACT.format("p.release_date", "$9::date[]"), "(-m.offers)::bigint"),
}
_OF_PRODUCT = frozenset({SearchSort.NEWEST, SearchSort.IMPACT})
_ACROSS = (
    "div(om.landed_minor::numeric * 100000000000000, "
    "om.merit * (r.parameters->'grade_worth_bp'->>om.grade)::numeric)::bigint"
)
_OFFER_KEYS = {
    OfferSort.RANK: (
        f"(2 - om.visibility)::bigint * 4000000000000000000 + {_ACROSS}",
        "om.landed_minor",
    ),
    OfferSort.PRICE: ("om.landed_minor", "om.effective_e6"),
    OfferSort.DELIVERY: ("om.days::bigint", "om.effective_e6"),
    OfferSort.GRADE: ("(-om.grade)::bigint", "om.effective_e6"),
    OfferSort.NEAREST: ("om.scope::bigint", "om.effective_e6"),
}  # fmt: skip
_LABELS = {
    "en": "COALESCE(x.label_en, b.name, k.name_en, c.value)",
    "fr": "COALESCE(x.label_fr, b.name, k.name_fr, c.value)",
}
_OFFER_COLUMNS = words(
    "offer_id market variant_id grade visibility reasons currency item_minor shipping_minor "
    "service_fee_minor levies_minor duties_minor landed_minor days early_days carrier scope "
    "dispatch_country warranty_months battery_new battery_health quantity terms merit merchant_id"
)
OFFER = ", ".join(f"om.{c}" for c in _OFFER_COLUMNS) + (
    ", m.name AS merchant_name, m.legal_name AS merchant_legal_name, m.kind AS merchant_kind, "
    "m.country AS merchant_country, m.since AS merchant_since, k.time_zone, "
    "k.legal_guarantee_months AS guarantee_months, k.legal_guarantee_status AS guarantee_status"
)
_OFFER_FILTER = (
    "($8::bigint IS NULL OR om.landed_minor >= $8) "
    "AND ($9::bigint IS NULL OR om.landed_minor <= $9) AND "
    "($10::int IS NULL OR om.days <= $10) AND ($11::boolean IS NULL OR om.battery_new = $11) "
    "AND ($12::text[] IS NULL OR om.dispatch_country = ANY ($12))"
)
_NO_OFFER_FILTER = (
    "$8::bigint IS NULL AND $9::bigint IS NULL AND $10::int IS NULL AND $11::boolean IS NULL "
    "AND $12::text[] IS NULL"
)


def _turn(cell: str, lead: str, market: str, bucket: str) -> str:
    """Whose turn it is in a competition: as `domain.ranking.rotation.pick`, without a call."""
    lead = f"({lead}->>'lead_share_bp')::int"
    return _TURN.format(b=cell, lead=lead, market=market, bucket=bucket)


@cache
def sql(name: str, sort: str = "RELEVANCE", locale: str = "en") -> str:
    """A statement of read.sql, in the order asked for."""
    popular = name == "browse" and sort == SearchSort.RELEVANCE
    if name in {"browse", "shelf"}:
        keys = _SHELF_KEYS[SearchSort(sort)]
        if name == "shelf":
            keys = (keys[0].replace("$9::date[]", "$10::date[]"), keys[1])
    elif name in {"hits", "hits_of_all"}:
        keys = _SEARCH_KEYS[SearchSort(sort)]
    else:
        keys = _OFFER_KEYS[OfferSort(sort) if sort in tuple(OfferSort) else OfferSort.RANK]
    by_term = name == "hits"
    return statements(
        HERE / "read.sql",
        relevance=_RELEVANCE if by_term else "0",
        matches=_MATCHES if by_term else "$2::text IS NULL",
        key1=keys[0],
        key2=keys[1],
        order="m.offers DESC, m.product_id" if popular else f"{keys[0]}, {keys[1]}, m.product_id",
        after=_POPULAR_AFTER if popular else _after(*keys),
        with_product=_JOIN_PRODUCT if name == "browse" and sort in _OF_PRODUCT else "",
        label=_LABELS[locale],
        offer=OFFER,
        offer_filter=_OFFER_FILTER,
        offer_free=_NO_OFFER_FILTER,
        product=catalog.PRODUCT,
        variant=catalog.VARIANT,
        turn_of_asked=_turn("b", "b.parameters", "a.market", "a.bucket"),
        turn_of_page=_turn("b", "r.parameters", "$1", "$3::bigint"),
        turn_of_cell=_turn("c", "r.parameters", "$1", "$13::bigint"),
    )[name.removesuffix("_of_all")]


def _after(key1: str, key2: str) -> str:
    return f"($4::bigint IS NULL OR ({key1}, {key2}, m.product_id) > ($4, $5, $6::uuid))"
