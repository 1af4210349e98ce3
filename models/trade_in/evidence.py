"""Photos and papers of a trade-in: whose they are, kept, and shown to the other side."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models.trade_in.orders import TYPE, TradeInRow
from models.units import attachments
from models.units.attachments import Attachment, Owner

KEPT: Final = timedelta(days=5 * 365)
"""As long as a claim about a sale may be brought."""


async def unknown(ids: Sequence[UUID], owner: Owner) -> list[UUID]:
    """Those of these attachments that are not the owner's."""
    found = {each.id for each in await attachments.of_owner(ids, owner)}
    return [each for each in ids if each not in found]


async def keep(ids: Sequence[UUID], at: datetime) -> None:
    """Keep attachments that something refers to."""
    await attachments.claim(ids, at + KEPT)


async def show_customer(ids: Sequence[UUID], row: TradeInRow, at: datetime) -> None:
    """Keep a merchant's proofs, and let the customer see them."""
    await keep(ids, at)
    await attachments.share(ids, Owner(customer_id=row.customer_id), TYPE, row.id)


async def read(ids: Sequence[UUID]) -> dict[UUID, Attachment]:
    """Attachments that the current transaction may see."""
    return await attachments.read(ids)
