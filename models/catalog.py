"""Categories with typed attributes, brands, products and variants."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from tortoise import fields

from domain.catalog import AttributeType
from models.base import Row, fetch, fetchval, id_of


class Category(Row):
    """A node of the category tree. Leaves carry attributes."""

    code = fields.CharField(max_length=32, unique=True)
    parent = fields.CharField(max_length=32, null=True)
    name_en = fields.TextField()
    name_fr = fields.TextField()
    default_weight_grams = fields.IntField(null=True)
    weight_source = fields.TextField(default="")
    position = fields.IntField(default=0)
    source = fields.TextField()

    class Meta:
        table = "category"


class Attribute(Row):
    """A typed attribute of a category's variants."""

    category = fields.CharField(max_length=32)
    key = fields.CharField(max_length=32)
    type = fields.CharEnumField(AttributeType, max_length=16)
    unit = fields.CharField(max_length=16, default="")
    mandatory = fields.BooleanField(default=False)
    facet = fields.BooleanField(default=False)
    name_en = fields.TextField()
    name_fr = fields.TextField()
    position = fields.IntField(default=0)
    source = fields.TextField()

    class Meta:
        table = "attribute"
        unique_together = (("category", "key"),)


class AttributeValue(Row):
    """An allowed value of an ENUM attribute, with its labels and search synonyms.

    `family` is the plainer value that people also search it by: black for midnight.
    """

    key = fields.CharField(max_length=32)
    value = fields.CharField(max_length=64)
    label_en = fields.TextField()
    label_fr = fields.TextField()
    synonyms = fields.TextField(default="")
    family = fields.CharField(max_length=64, default="")
    source = fields.TextField()

    class Meta:
        table = "attribute_value"
        unique_together = (("key", "value"),)


class Brand(Row):
    """A maker. `shop` marks a brand with a storefront of its own."""

    code = fields.CharField(max_length=64, unique=True)
    name = fields.TextField()
    aliases = fields.TextField(default="")
    shop = fields.BooleanField(default=False)
    source = fields.TextField()

    class Meta:
        table = "brand"


class BrandNewAllowed(Row):
    """A brand that may sell new devices in a market. All others are refused `CONDITION_NEW`."""

    brand = fields.CharField(max_length=64)
    market = fields.CharField(max_length=2)
    source = fields.TextField()

    class Meta:
        table = "brand_new_allowed"
        unique_together = (("brand", "market"),)


class Product(Row):
    """A model. `weight_sourced` is false where the weight is its category's default."""

    slug = fields.CharField(max_length=128, unique=True)
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField("models.Brand")
    category: fields.ForeignKeyRelation[Category] = fields.ForeignKeyField("models.Category")
    model = fields.TextField()
    release_date = fields.DateField(null=True)
    weight_grams = fields.IntField(null=True)
    weight_sourced = fields.BooleanField(default=False)
    weight_source = fields.TextField(default="")
    source = fields.TextField()

    class Meta:
        table = "product"


class Variant(Row):
    """A model with its attributes (storage, colour, keyboard layout …)."""

    slug = fields.CharField(max_length=160, unique=True)
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField("models.Product")
    attributes = fields.JSONField[dict[str, Any]]()
    mpn = fields.TextField(default="")
    source = fields.TextField()

    class Meta:
        table = "variant"


class VariantGtin(Row):
    """A trade item number of a variant, padded to 14 digits."""

    gtin = fields.CharField(max_length=14, unique=True)
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField("models.Variant")

    class Meta:
        table = "variant_gtin"


class SearchSynonym(Row):
    """A word that people type, and the word of the catalogue that it stands for."""

    word = fields.CharField(max_length=64)
    means = fields.CharField(max_length=64)
    locale = fields.CharField(max_length=8, default="")
    source = fields.TextField()

    class Meta:
        table = "search_synonym"
        unique_together = (("word", "means", "locale"),)


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant with its product and brand. `attributes` are as stored; labels come apart."""

    id: UUID
    slug: str
    product_id: UUID
    product_slug: str
    brand: str
    model: str
    category: str
    attributes: dict[str, Any]
    mpn: str
    gtins: list[str]


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product with its brand and category."""

    id: UUID
    slug: str
    brand_code: str
    brand: str
    brand_shop: bool
    category: str
    model: str
    release_date: date | None
    weight_grams: int | None
    weight_sourced: bool
    weight_source: str
    source: str


PRODUCT = """
SELECT p.id, p.slug, b.code AS brand_code, b.name AS brand, b.shop AS brand_shop,
  c.code AS category, p.model, p.release_date, p.weight_grams, p.weight_sourced,
  p.weight_source, p.source
FROM product p JOIN brand b ON b.id = p.brand_id JOIN category c ON c.id = p.category_id WHERE
"""
VARIANT = """
SELECT v.id, v.slug, v.product_id, p.slug AS product_slug, b.name AS brand, p.model,
  c.code AS category,
  v.attributes, v.mpn,
  ARRAY(SELECT g.gtin FROM variant_gtin g WHERE g.variant_id = v.id ORDER BY g.gtin) AS gtins
FROM variant v JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id
JOIN category c ON c.id = p.category_id WHERE
"""


async def category_codes() -> list[str]:
    """The codes of all categories, in their order."""
    return [row["code"] for row in await fetch("SELECT code FROM category ORDER BY position, code")]


async def products_by_id(ids: list[UUID]) -> list[ProductRow]:
    """The products of these ids, in no order. One statement."""
    return [ProductRow(**dict(r)) for r in await fetch(PRODUCT + "p.id = ANY ($1)", ids)]


async def product_by_slug(slug: str) -> ProductRow | None:
    """The product of this slug."""
    rows = await fetch(PRODUCT + "p.slug = $1", slug)
    return ProductRow(**dict(rows[0])) if rows else None


async def variant_of_gtin(gtin: str) -> UUID | None:
    """The variant that a trade item number of 14 digits stands for."""
    found: UUID | None = await fetchval("SELECT variant_id FROM variant_gtin WHERE gtin = $1", gtin)
    return found


async def merged_into(ids: list[UUID]) -> dict[UUID, UUID]:
    """Where those of these products or variants went that were merged into others."""
    rows = await fetch("SELECT old_id, new_id FROM catalog_redirect WHERE old_id = ANY ($1)", ids)
    return {row["old_id"]: row["new_id"] for row in rows}


async def slug_merged_into(slug: str) -> tuple[str, UUID] | None:
    """The kind and the id of what a product or variant was merged into that had this slug."""
    rows = await fetch(
        "SELECT kind, new_id FROM catalog_redirect WHERE slug = $1 ORDER BY kind LIMIT 1", slug
    )
    return (rows[0]["kind"], rows[0]["new_id"]) if rows else None


async def variants_by_id(ids: list[UUID]) -> list[VariantRow]:
    """The variants of these ids, in no order. One statement."""
    return [_variant(r) for r in await fetch(VARIANT + "v.id = ANY ($1)", ids)]


async def variants_of(products: list[UUID]) -> list[VariantRow]:
    """The variants of these products, by slug. One statement."""
    return [
        _variant(r)
        for r in await fetch(VARIANT + "v.product_id = ANY ($1) ORDER BY v.slug", products)
    ]


def product_of(item: dict[str, Any]) -> ProductRow:
    """The row of a product that a statement gave as JSON, which it takes over."""
    released = item["release_date"]
    item["id"] = id_of(item["id"])
    item["release_date"] = date.fromisoformat(released) if released else None
    return ProductRow(**item)


def variant_of(item: dict[str, Any]) -> VariantRow:
    """The row of a variant that a statement gave as JSON, which it takes over."""
    item["id"], item["product_id"] = id_of(item["id"]), id_of(item["product_id"])
    return VariantRow(**item)


def _variant(record: asyncpg.Record) -> VariantRow:
    return VariantRow(**{**dict(record), "attributes": orjson.loads(record["attributes"])})
