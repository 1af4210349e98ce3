"""What the naive application reads: pages of products, a listing, facets, a search by words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from tortoise.functions import Count

from bench.naive.tables import (
    Attribute,
    AttributeValue,
    Brand,
    Category,
    Competition,
    OfferMarket,
    Product,
    ProductFacet,
    ProductMarket,
    RankingModel,
    Variant,
)
from domain.catalog import Grade
from domain.catalog.terms import corrected, phrases_of, text_query, words_of
from domain.ranking.rotation import RotationGroup, bucket, competition_key, pick
from models.base import fetch
from models.offers.search import understand
from resolvers.offers.search import most_of

GRADES: list[Grade] = sorted(Grade, key=lambda grade: grade.rank)
FIRST = ("category", "brand", "grade", "storage_gb", "color")
_MATCHING = """
SELECT variant_id, round(ts_rank('{0.05, 0.2, 0.3, 1}', doc, to_tsquery('simple', $1)) * 60
  / greatest(words, 1))::int AS relevance
FROM search_document WHERE doc @@ to_tsquery('simple', $1)
"""


@dataclass
class Item:
    """A product of a page, with its sums and its featured offer."""

    product: Product
    offers: int
    merchants: int
    lowest: int | None
    highest: int | None
    featured: OfferMarket | None


@dataclass
class FacetOf:
    """Values of a property: value, label, number of products, whether it was asked for."""

    key: str
    values: list[tuple[str, str, int, bool]]


async def page(
    market: str, categories: list[str] | None, brands: list[str] | None, first: int
) -> tuple[int, list[Item], bool]:
    """The number of products on sale, the first of them, and whether others follow."""
    query = ProductMarket.filter(market=market, offers__gt=0)
    if categories:
        query = query.filter(category__in=categories)
    if brands:
        query = query.filter(product__brand__code__in=brands)
    total = await query.count()
    rows = await (
        query.order_by("-offers", "product_id")
        .limit(first + 1)
        .prefetch_related("product__brand", "product__category")
    )
    return total, await _items(market, rows[:first]), len(rows) > first


async def _items(market: str, rows: list[ProductMarket]) -> list[Item]:
    variants = [row.best_variant for row in rows if row.best_variant]
    competitions = await Competition.filter(market=market, variant_id__in=variants)
    known = {(each.variant_id, each.grade): each for each in competitions}
    turns = {}
    for row in rows:
        if row.best_variant is not None and row.best_grade is not None:
            turns[row.product_id] = await turn(market, known[row.best_variant, row.best_grade])
    offers = await OfferMarket.filter(market=market, offer_id__in=list(turns.values()))
    by_id = {offer.offer_id: offer for offer in offers}
    return [
        Item(
            row.product, row.offers, row.merchants, row.min_landed, row.max_landed,
            by_id.get(turns.get(row.product_id, row.product_id)),
        )
        for row in rows
    ]  # fmt: skip


async def turn(market: str, competition: Competition) -> UUID:
    """Whose turn it is to be shown first."""
    sharers = [UUID(str(each)) for each in competition.group_offers]
    if len(sharers) == 1:
        return sharers[0]
    model = await RankingModel.get(code=competition.model_id)
    grade = GRADES[competition.grade]
    return pick(
        RotationGroup(sharers[0], tuple(sharers[1:])),
        competition_key(market, competition.variant_id, grade),
        bucket(int(datetime.now(UTC).timestamp())),
        int(model.parameters["lead_share_bp"]),
    )


async def facets(
    market: str, categories: list[str] | None, brands: list[str] | None
) -> list[FacetOf]:
    """How many products each value would leave, each key without its own selection."""
    counted: dict[str, list[tuple[str, int]]] = {}
    for keys in (("category",), ("brand",), None):
        query = ProductFacet.filter(market=market)
        query = query.filter(key__in=keys) if keys else query.exclude(key__in=FIRST[:2])
        if categories and keys != ("category",):
            query = query.filter(category__in=categories)
        if brands and keys != ("brand",):
            query = query.filter(product__brand__code__in=brands)
        rows = await query.annotate(n=Count("product_id")).group_by("key", "value").values_list(
            "key", "value", "n"
        )  # fmt: skip
        for key, value, n in rows:
            counted.setdefault(key, []).append((value, n))
    chosen = {"category": categories or [], "brand": brands or []}
    labels = await _labels()
    return [
        FacetOf(
            key,
            most_of(
                [
                    (value, labels.get((key, value), value), n, value in chosen.get(key, []))
                    for value, n in sorted(counted[key], key=lambda pair: (-pair[1], pair[0]))
                ]
            ),
        )
        for key in sorted(counted, key=_order)
    ]


def _order(key: str) -> tuple[int, str]:
    return (FIRST.index(key) if key in FIRST else len(FIRST), key)


async def _labels() -> dict[tuple[str, str], str]:
    values = {(v.key, v.value): v.label_en for v in await AttributeValue.all()}
    brands = {("brand", b.code): b.name for b in await Brand.all()}
    categories = {("category", c.code): c.name_en for c in await Category.all()}
    return values | brands | categories


async def labels_of(
    category: str,
) -> tuple[dict[str, Attribute], dict[tuple[str, str], str]]:
    """The attributes of a category by key, and the labels of all values."""
    attributes = await Attribute.filter(category=category)
    values = await AttributeValue.all()
    return {a.key: a for a in attributes}, {(v.key, v.value): v.label_en for v in values}


async def search(market: str, term: str, first: int) -> tuple[int, list[Item], bool, str | None]:
    """Products that the words find, the number of all, whether others follow, a mended term."""
    words = words_of(term)
    known = await understand(phrases_of(words), list(words))
    text = text_query(words, known)
    rows = await fetch(_MATCHING, text)  # an ORM has no text search
    relevance = {row["variant_id"]: row["relevance"] for row in rows}
    competitions = await Competition.filter(
        market=market, offers__gt=0, variant_id__in=list(relevance)
    )
    matching = defaultdict(list)
    for each in competitions:
        matching[each.product_id].append(each)
    order = sorted(
        matching,
        key=lambda product: (
            -max(relevance[c.variant_id] for c in matching[product]),
            -sum(c.offers for c in matching[product]),
            product,
        ),
    )
    items = await _matched(market, order[:first], matching)
    return len(order), items, len(order) > first, corrected(words, known)


async def _matched(
    market: str, products: list[UUID], matching: dict[UUID, list[Competition]]
) -> list[Item]:
    rows = await Product.filter(id__in=products).prefetch_related("brand", "category")
    by_id = {row.id: row for row in rows}
    found = []
    for product in products:
        cells = matching[product]
        offers = await OfferMarket.filter(
            market=market, visibility__gt=0, variant_id__in={c.variant_id for c in cells},
        )  # fmt: skip
        best = await across(cells)
        shown = await turn(market, best) if best else None
        found.append(
            Item(
                by_id[product],
                len(offers),
                len({offer.merchant_id for offer in offers}),
                min(offer.landed_minor for offer in offers),
                max(offer.landed_minor for offer in offers),
                next((offer for offer in offers if offer.offer_id == shown), None),
            )
        )
    return found


async def across(cells: Iterable[Competition]) -> Competition | None:
    """The competition whose leader is the best for its price, whatever the grade."""
    led = [c for c in cells if c.leader is not None]
    if not led:
        return None
    model = await RankingModel.get(code=led[0].model_id)
    worth = model.parameters["grade_worth_bp"]

    def order(c: Competition) -> tuple[int, int, int, int, UUID]:
        landed, merit = c.landed_minor or 0, (c.merit or 1) * int(worth[c.grade])
        return (landed * 10**18 // merit, -c.grade, -(c.quality_bp or 0), landed, c.variant_id)

    return min(led, key=order)


async def named(slug: str) -> tuple[Product, Variant | None] | None:
    """The product of a slug, or of a variant's slug."""
    variant = await Variant.get_or_none(slug=slug)
    query = (
        Product.get_or_none(id=variant.product_id) if variant else Product.get_or_none(slug=slug)
    )
    product = await query.prefetch_related("brand", "category", "variants__gtins")
    return (product, variant) if product else None
