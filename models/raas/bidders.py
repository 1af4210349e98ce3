"""What is known of those who may bid on lots."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

import orjson

from domain.merchants import MerchantState
from domain.merchants.quality import quality_bp
from domain.raas.bidders import Bidder, Wanted
from models.base import as_system
from models.raas.lots import LotRow, ManifestRow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
PRIOR_BP = quality_bp({})
"""The quality index of a merchant without data."""


async def known(lot: LotRow, merchants: Sequence[UUID] | None = None) -> dict[UUID, Bidder]:
    """These merchants as bidders on a lot, or all who sell in its market. One statement."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["known"], merchants, lot.market, lot.currency)
    return {
        row["id"]: Bidder(
            state=MerchantState(row["state"]),
            markets=frozenset(row["markets"]),
            country=row["country"],
            quality=orjson.loads(row["quality"]),
            ess=row["ess"],
            erases=row["erases"],
            test_space=row["test_space"],
            cap_units=row["cap_units"],
            cap_minor=row["cap_minor"],
        )
        for row in rows
    }


def asked_of(lot: LotRow, manifest: ManifestRow) -> Wanted:
    """What a published lot asks of its bidders. Raises: ValueError for a draft."""
    if lot.rules is None:
        raise ValueError(f"the lot {lot.id} was not published")
    facts = (lot.market, lot.country, lot.rules, lot.assets)
    return Wanted(*facts, manifest.mix, manifest.storage, lot.ess_until)


async def record(
    merchant_id: UUID,
    capability: str,
    proof: str,
    valid_until: date | None,
    by: UUID,
    markets: Sequence[str] | None,
) -> bool:
    """Write what a merchant has shown; False where there is none of these markets."""
    async with as_system() as raw:
        given = (merchant_id, capability, proof, valid_until, by, markets)
        return await raw.fetchval(SQL["record"], *given) is not None
