"""The canonical offer as an ordinary ORM model: what a plain upsert is measured with."""

import json
from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

KEY = ("merchant_id", "sku_key")
JSON = ("attributes", "prices", "shipping", "eco")


class PlainOffer(Model):
    """The columns of `offer`, and nothing that follows a change of them."""

    id = fields.UUIDField(primary_key=True)
    merchant_id = fields.UUIDField()
    sku = fields.TextField()
    sku_key = fields.TextField()
    variant_id = fields.UUIDField(null=True)
    gtin = fields.TextField(null=True)
    mpn = fields.TextField(null=True)
    brand = fields.TextField(null=True)
    model = fields.TextField(null=True)
    title = fields.TextField(null=True)
    grade = fields.SmallIntField()
    battery_new = fields.BooleanField()
    battery_health = fields.SmallIntField(null=True)
    attributes = fields.JSONField[dict[str, Any]]()
    price_minor = fields.BigIntField()
    currency = fields.TextField()
    vat_scheme = fields.TextField()
    min_price_minor = fields.BigIntField(null=True)
    max_price_minor = fields.BigIntField(null=True)
    prices = fields.JSONField[dict[str, Any]](null=True)
    quantity = fields.IntField()
    warranty_months = fields.SmallIntField()
    markets = ArrayField("text")
    dispatch_site = fields.TextField(null=True)
    dispatch_country = fields.TextField()
    handling_hours = fields.SmallIntField()
    shipping = fields.JSONField[list[Any]](null=True)
    note = fields.TextField(null=True)
    eco = fields.JSONField[list[Any]](null=True)
    available_from = fields.DatetimeField(null=True)
    available_until = fields.DatetimeField(null=True)
    status = fields.TextField()
    paused_because = fields.TextField(null=True)
    error_runs = fields.SmallIntField()
    row_hash = fields.BigIntField()
    feed_id = fields.UUIDField(null=True)
    run_id = fields.UUIDField(null=True)
    line_no = fields.IntField(null=True)
    source_updated_at = fields.DatetimeField(null=True)
    sequence = fields.BigIntField(null=True)
    listed_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    absent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "plain_offer"
        unique_together = (KEY,)


CREATE = (
    "CREATE TABLE plain_offer (LIKE offer INCLUDING DEFAULTS INCLUDING INDEXES) "
    "WITH (fillfactor = 85)"
)
UPDATED = [name for name in PlainOffer._meta.fields_map if name not in {"id", *KEY, "listed_at"}]


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table as the ORM takes it: JSON read."""
    return {k: json.loads(v) if k in JSON and v is not None else v for k, v in row.items()}


async def load(objects: list[PlainOffer], batch: int = 5_000) -> None:
    """The ORM's own upsert of all these offers, in one transaction."""
    await PlainOffer.bulk_create(
        objects, batch_size=batch, on_conflict=list(KEY), update_fields=UPDATED
    )
