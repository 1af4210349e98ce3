"""The key pairs that sign access tokens."""

from models.accounts import SigningKey
from models.base import at_desk, execute, transaction
from models.vault import Cell

_MAKING = 7_204_315  # the advisory lock of whoever makes a key pair
KEPT = 4


@at_desk
async def newest() -> list[SigningKey]:
    """The key pairs, the one in use first."""
    return await SigningKey.all().order_by("-id").limit(KEPT)


@at_desk
async def add(made: SigningKey, instead_of: str | None) -> None:
    """Put a key pair into use, unless another process replaced `instead_of` meanwhile."""
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock($1)", _MAKING)
        first = await SigningKey.all().order_by("-id").first()
        if (first.kid if first else None) == instead_of:
            await made.save(force_create=True)


def cell(row: SigningKey) -> Cell:
    """Where the private half of a key pair stands."""
    return Cell("signing_key", "private", row.id)
