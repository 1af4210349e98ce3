"""The tables as ORM models, for reading. Primary keys of two columns are given as one."""

from datetime import date
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from domain.merchants import MerchantKind


class Brand(Model):
    """A maker."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=64)
    name = fields.TextField()
    shop = fields.BooleanField()

    class Meta:
        table = "brand"


class Category(Model):
    """A kind of device."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=32)
    name_en = fields.TextField()

    class Meta:
        table = "category"


class Attribute(Model):
    """What the variants of a category differ by."""

    id = fields.UUIDField(primary_key=True)
    category = fields.CharField(max_length=32)
    key = fields.CharField(max_length=32)
    unit = fields.CharField(max_length=16)
    name_en = fields.TextField()
    facet = fields.BooleanField()

    class Meta:
        table = "attribute"


class AttributeValue(Model):
    """A value of an attribute and its label."""

    id = fields.UUIDField(primary_key=True)
    key = fields.CharField(max_length=32)
    value = fields.CharField(max_length=64)
    label_en = fields.TextField()

    class Meta:
        table = "attribute_value"


class Product(Model):
    """A model of a brand."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.CharField(max_length=128)
    model = fields.TextField()
    release_date: date | None = fields.DateField(null=True)
    weight_grams = fields.IntField(null=True)
    weight_sourced = fields.BooleanField()
    weight_source = fields.TextField()
    brand: fields.ForeignKeyRelation[Brand] = fields.ForeignKeyField("naive.Brand")
    category: fields.ForeignKeyRelation[Category] = fields.ForeignKeyField("naive.Category")
    variants: fields.ReverseRelation["Variant"]

    class Meta:
        table = "product"


class Variant(Model):
    """A model with its attributes."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.CharField(max_length=160)
    mpn = fields.TextField()
    attributes = fields.JSONField[dict[str, Any]]()
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "naive.Product", related_name="variants"
    )
    product_id: UUID
    gtins: fields.ReverseRelation["Gtin"]

    class Meta:
        table = "variant"


class Gtin(Model):
    """A trade item number of a variant."""

    id = fields.UUIDField(primary_key=True)
    gtin = fields.CharField(max_length=14)
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField(
        "naive.Variant", related_name="gtins"
    )

    class Meta:
        table = "variant_gtin"


class Merchant(Model):
    """A seller."""

    id = fields.UUIDField(primary_key=True)
    name = fields.TextField()
    legal_name = fields.TextField()
    kind = fields.CharEnumField(MerchantKind, max_length=16)
    country = fields.CharField(max_length=2)
    since: date | None = fields.DateField(null=True)

    class Meta:
        table = "merchant"


class RankingModel(Model):
    """The parameters of the ranking."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=64)
    parameters = fields.JSONField[dict[str, Any]]()

    class Meta:
        table = "ranking_model"


class ProductMarket(Model):
    """What the offers of a product sum up to in a market."""

    product: fields.OneToOneRelation[Product] = fields.OneToOneField(
        "naive.Product", primary_key=True, related_name="sold"
    )
    product_id: UUID
    market = fields.CharField(max_length=2)
    category = fields.TextField()
    offers = fields.IntField()
    merchants = fields.IntField()
    min_landed = fields.BigIntField(null=True)
    max_landed = fields.BigIntField(null=True)
    best_variant: UUID | None = fields.UUIDField(null=True)
    best_grade = fields.SmallIntField(null=True)

    class Meta:
        table = "product_market"


class Competition(Model):
    """The offers of a variant in a grade, and who leads."""

    leader = fields.UUIDField(primary_key=True)
    market = fields.CharField(max_length=2)
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField("naive.Variant")
    variant_id: UUID
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField("naive.Product")
    product_id: UUID
    grade = fields.SmallIntField()
    offers = fields.IntField()
    merchants = fields.IntField()
    min_landed = fields.BigIntField(null=True)
    landed_minor = fields.BigIntField(null=True)
    merit = fields.SmallIntField(null=True)
    quality_bp = fields.SmallIntField(null=True)
    group_offers: list[UUID] = ArrayField("uuid")
    model_id = fields.TextField()
    snapshot_id = fields.TextField()

    class Meta:
        table = "best_offer"


class OfferMarket(Model):
    """An offer with its price in a market."""

    offer_id = fields.UUIDField(primary_key=True)
    market = fields.CharField(max_length=2)
    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("naive.Merchant")
    merchant_id: UUID
    variant_id = fields.UUIDField()
    grade = fields.SmallIntField()
    visibility = fields.SmallIntField()
    currency = fields.TextField()
    item_minor = fields.BigIntField()
    shipping_minor = fields.BigIntField()
    service_fee_minor = fields.BigIntField()
    landed_minor = fields.BigIntField()
    days = fields.SmallIntField()
    early_days = fields.SmallIntField()
    carrier = fields.TextField()
    scope = fields.SmallIntField()
    dispatch_country = fields.TextField()
    warranty_months = fields.SmallIntField()
    battery_new = fields.BooleanField()
    battery_health = fields.SmallIntField(null=True)
    quantity = fields.IntField()

    class Meta:
        table = "offer_market"


class ProductFacet(Model):
    """A value that a product on sale has."""

    value = fields.CharField(max_length=64, primary_key=True)
    key = fields.CharField(max_length=32)
    market = fields.CharField(max_length=2)
    category = fields.TextField()
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField("naive.Product")
    product_id: UUID

    class Meta:
        table = "product_facet"
