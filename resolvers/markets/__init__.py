"""Markets as clients see them."""

from uuid import UUID

from domain.markets import OPEN_TO_THE_PUBLIC, MarketStage
from models.announce import EVERYTHING, market_topic
from models.kept import Kept
from models.markets import Country, Market
from resolvers.context import BadInput, depends, stored_text


async def _by_code() -> dict[str, Market]:
    return {row.code: row for row in await Market.all().order_by("code")}


_MARKETS = Kept(_by_code)


async def markets() -> list[Market]:
    """All markets, by code."""
    found = list((await _MARKETS.get()).values())
    depends(EVERYTHING, *(market_topic(row.code) for row in found))
    return found


async def market(code: str) -> Market | None:
    """The market of this code, whatever its case."""
    if not _plausible(code):
        return None
    depends(EVERYTHING, market_topic(code.upper()))
    return (await _MARKETS.get()).get(code.upper())


async def open_market(code: str) -> Market:
    """A market that the public may use.

    Raises: BadInput with reason MARKET_NOT_OPEN for any other.
    """
    found = await market(stored_text(code, "market"))
    if found is None or found.stage not in OPEN_TO_THE_PUBLIC:
        raise BadInput(
            f"There is no open market `{code[:8]}`. `markets` lists them.",
            reason="MARKET_NOT_OPEN",
            argument="market",
        )
    return found


def _plausible(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha()


def is_open(stage: MarketStage) -> bool:
    """Whether the public may use a market of this stage."""
    return stage in OPEN_TO_THE_PUBLIC


async def by_id(market_id: UUID) -> Market | None:
    """The market of this id."""
    found = await Market.get_or_none(id=market_id)
    depends(market_topic(found.code) if found else EVERYTHING)
    return found


async def countries(codes: list[str]) -> list[Country | None]:
    """The countries of these codes, in this order. One statement."""
    depends(EVERYTHING)
    wanted = [code for code in codes if _plausible(code)]
    rows = {row.code: row for row in await Country.filter(code__in=wanted)}
    return [rows.get(code) for code in codes]
