"""Keys that identify a caller."""

from datetime import datetime

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from domain.accounts import usable
from models.base import Row, Tenant, acting


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

    def usable(self, now: datetime) -> bool:
        """Whether it neither expired nor was revoked."""
        return usable(self.expires_at, self.revoked_at, now)


async def find(prefix: str) -> ApiKey | None:
    """The key with this public prefix, usable or not; its secret is still to be compared."""
    async with acting(Tenant(presented=prefix)):
        return await ApiKey.get_or_none(prefix=prefix)
