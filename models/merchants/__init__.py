"""Merchants: identity, places they ship from, default shipping, quality."""

from fractions import Fraction
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from domain.merchants import MerchantKind, MerchantState
from domain.merchants.quality import QualityMetric, Sample, contributions, quality_bp
from models.base import Row


class Merchant(Row):
    """A refurbisher or other seller of record.

    `oss`: it is above the threshold of distance sales in the Union, or chose the one-stop shop;
    None: nobody asked it.
    """

    slug = fields.CharField(max_length=64, unique=True)
    legal_name = fields.TextField()
    name = fields.TextField()
    kind = fields.CharEnumField(MerchantKind, max_length=16)
    state = fields.CharEnumField(MerchantState, max_length=16)
    country = fields.CharField(max_length=2)
    markets = ArrayField("text")
    vat_scheme = fields.CharField(max_length=16, default="NORMAL")
    oss = fields.BooleanField(null=True)
    handling_hours = fields.IntField(default=24)
    sandbox = fields.BooleanField(default=False)
    since = fields.DateField(null=True)

    class Meta:
        table = "merchant"


class MerchantSite(Row):
    """A place that a merchant dispatches from."""

    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("models.Merchant")
    merchant_id: UUID
    code = fields.CharField(max_length=64)
    country = fields.CharField(max_length=2)
    main = fields.BooleanField(default=False)

    class Meta:
        table = "merchant_site"
        unique_together = (("merchant", "code"),)


class MerchantShipping(Row):
    """A shipping option that a merchant offers into a market unless an offer says otherwise."""

    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("models.Merchant")
    merchant_id: UUID
    market = fields.CharField(max_length=2)
    carrier = fields.CharField(max_length=32)
    delay_hours = fields.IntField()
    price_minor = fields.BigIntField()

    class Meta:
        table = "merchant_shipping"
        unique_together = (("merchant", "market", "carrier"),)


class MerchantQuality(Row):
    """The quality index of a merchant in one quality category, with the counts behind it."""

    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("models.Merchant")
    merchant_id: UUID
    category = fields.CharField(max_length=32)
    quality_bp = fields.IntField()
    inputs = fields.JSONField[dict[str, Any]]()
    parts = fields.JSONField[dict[str, int]]()

    class Meta:
        table = "merchant_quality"
        unique_together = (("merchant", "category"),)

    def samples(self) -> dict[QualityMetric, Sample]:
        """The counts as the rules take them."""
        return {
            QualityMetric(key): Sample.of(Fraction(str(x)), int(n))
            for key, (x, n) in self.inputs.items()
        }

    def measure(self) -> bool:
        """Set the index and its parts from the counts; return whether the index changed."""
        samples, before = self.samples(), self.quality_bp
        self.quality_bp = quality_bp(samples)
        self.parts = {key.value: round(part) for key, part in contributions(samples).items()}
        return self.quality_bp != before
