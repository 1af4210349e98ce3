"""Countries and markets: where prices exist."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from domain.markets import MarketStage
from models.base import Row


class Country(Row):
    """A country, its names, and the customs area that it belongs to."""

    code = fields.CharField(max_length=2, unique=True)
    name_en = fields.TextField()
    name_fr = fields.TextField()
    customs_area = fields.CharField(max_length=8)
    source = fields.TextField()

    class Meta:
        table = "country"


class Market(Row):
    """A set of countries with one currency and one rule book."""

    code = fields.CharField(max_length=2, unique=True)
    countries = ArrayField("text")
    currency = fields.CharField(max_length=3)
    locales = ArrayField("text")
    time_zone = fields.TextField()
    languages = ArrayField("text")
    units = fields.CharField(max_length=16)
    tax_inclusive = fields.BooleanField()
    stage = fields.CharEnumField(MarketStage, max_length=16)
    paused = fields.BooleanField(default=False)
    feed_encoding = fields.CharField(max_length=32)
    price_step_minor = fields.IntField()
    service_fee_minor = fields.IntField()
    legal_guarantee_months = fields.IntField(null=True)
    legal_guarantee_status = fields.CharField(max_length=16, default="")
    source = fields.TextField()

    class Meta:
        table = "market"
