"""Who may ask: keys, accounts, sessions, and what a sign-in leaves behind.

Of secrets only hashes are stored, or what `models.vault` encrypted.
"""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from domain.accounts import KeyState, state, usable
from domain.accounts.roles import CallerKind
from models.base import Row, Tenant, acting


class ApiKey(Row):
    """A secret of a merchant or an organisation: its public prefix and its SHA-256."""

    prefix = fields.CharField(max_length=32, unique=True)
    secret_sha256 = fields.BinaryField()
    merchant_id = fields.UUIDField(db_index=True, null=True)
    organisation_id = fields.UUIDField(db_index=True, null=True)
    name = fields.CharField(max_length=100, default="", db_default="")
    scopes = ArrayField("text")
    networks = ArrayField("text", null=True)
    made_by = fields.UUIDField(null=True)
    successor_id = fields.UUIDField(null=True)
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"

    def usable(self, now: datetime) -> bool:
        """Whether it neither expired nor was revoked."""
        return usable(self.expires_at, self.revoked_at, now)

    def state(self, now: datetime) -> KeyState:
        """Where it stands."""
        has_successor = self.successor_id is not None
        return state(self.expires_at, self.revoked_at, now, has_successor=has_successor)


class Organisation(Row):
    """A client company."""

    slug = fields.CharField(max_length=64, unique=True)
    name = fields.TextField()
    legal_name = fields.TextField(default="", db_default="")
    country = fields.CharField(max_length=2, null=True)
    vat_id = fields.CharField(max_length=20, null=True)
    market = fields.CharField(max_length=2, null=True)
    # What a settlement pays is accepted by two of its people.
    four_eyes = fields.BooleanField(default=True, db_default=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "organisation"


class Account(Row):
    """A person who signs in. `subject` is the e-mail address, or the word of an outside issuer."""

    issuer = fields.CharField(max_length=255, default="")
    subject = fields.CharField(max_length=255)
    email = fields.CharField(max_length=254, default="", db_index=True)
    kind = fields.CharEnumField(CallerKind, max_length=16)
    roles = ArrayField("text")
    merchant_id = fields.UUIDField(null=True)
    organisation_id = fields.UUIDField(null=True)
    markets = ArrayField("text", null=True)
    language = fields.CharField(max_length=2, default="en")
    second_factor = fields.BinaryField(null=True)
    second_factor_step = fields.BigIntField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "account"
        unique_together = (("issuer", "subject"),)


class Session(Row):
    """A sign-in that lasts until it ends or is revoked. All its refresh tokens are one family."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account")
    account_id: UUID
    # The membership that it acts by; None where the person acts for itself.
    member_id = fields.UUIDField(null=True)
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "session"


class RefreshToken(Row):
    """The hash of a token that renews a session once."""

    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField("models.Session")
    session_id: UUID
    sha256 = fields.BinaryField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "refresh_token"


class SignInCode(Row):
    """A challenge. Its code is computed from its id and a secret, and stored nowhere."""

    email = fields.CharField(max_length=254)
    language = fields.CharField(max_length=2)
    place = fields.CharField(max_length=64)
    asked_at = fields.DatetimeField()
    tries = fields.IntField(default=0)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sign_in_code"
        indexes = (("email", "asked_at"), ("place", "asked_at"))


class SignInFailure(Row):
    """A sign-in that did not succeed, for whom and from where."""

    email = fields.CharField(max_length=254)
    place = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    class Meta:
        table = "sign_in_failure"
        indexes = (("email", "at"), ("place", "at"))


class SigningKey(Row):
    """A key pair that signs access tokens; the private half is encrypted."""

    kid = fields.CharField(max_length=64, unique=True)
    public = fields.TextField()
    private = fields.BinaryField()

    class Meta:
        table = "signing_key"


async def find(prefix: str) -> ApiKey | None:
    """The key with this public prefix, usable or not; its secret is still to be compared."""
    async with acting(Tenant(presented=prefix)):
        return await ApiKey.get_or_none(prefix=prefix)
