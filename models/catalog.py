"""Categories with typed attributes, brands, products and variants."""

from typing import Any

from tortoise import fields

from domain.catalog import AttributeType
from models.base import Row


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
    """An allowed value of an ENUM attribute, with its labels and search synonyms."""

    key = fields.CharField(max_length=32)
    value = fields.CharField(max_length=64)
    label_en = fields.TextField()
    label_fr = fields.TextField()
    synonyms = fields.TextField(default="")
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
