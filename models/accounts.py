"""Keys that identify a caller."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import Row


class ApiKey(Row):
    """A secret of a merchant. Only its public prefix and its SHA-256 are stored."""

    prefix = fields.CharField(max_length=32, unique=True)
    secret_sha256 = fields.BinaryField()
    merchant_id = fields.UUIDField(db_index=True)
    scopes = ArrayField("text")
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"
