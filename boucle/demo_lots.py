"""The demo's lots: devices of its organisation, and bids of its merchants, by real paths.

One is sealed for two days, one is open, one waits for its award, and one went all the way to its
statement, so that whoever looks sees each state. All are made once, together.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final
from uuid import UUID

from boucle.certificates import install_certificates
from boucle.demo_handover import administrator, context, done, hand_over
from boucle.house import make_house
from boucle.settings import Settings
from domain.merchants import SELLING
from domain.raas.lots import AntiSnipe, AssetFilter, LotRules
from models.merchants import Merchant
from models.raas import bidders, closing
from models.raas.lots import LotRow
from resolvers.accounts.house import house, install
from resolvers.context import Context
from resolvers.raas import bidding, reading
from resolvers.raas import lots as drafts
from resolvers.raas.bidding import Offered

BIDDERS: Final = 4
SHARE: Final = 9
"""How many devices a lot of the demo has at most."""
START_MINOR: Final = 90_00
STEP_MINOR: Final = 7_35
"""What merchants offer for each device: the first this much, each next one so much more."""
SOON: Final = timedelta(seconds=2)


class Then(Enum):
    """What the demo does with a lot after its bids."""

    NOTHING = auto()
    OPEN = auto()
    HAND_OVER = auto()


@dataclass(frozen=True, slots=True)
class Plan:
    """A lot of the demo."""

    title: str
    open_for: timedelta
    sealed: bool
    then: Then = Then.NOTHING


PLANS: Final = (
    Plan("Returned at the renewal", SOON, sealed=True, then=Then.HAND_OVER),
    Plan("Left over from the move", SOON, sealed=True, then=Then.OPEN),
    Plan("Phones and laptops, spring refresh", timedelta(days=2), sealed=True),
    Plan("Second floor", timedelta(days=3), sealed=False),
)


async def bring(
    settings: Settings, organisation_id: UUID, fleet_id: UUID, assets: Sequence[UUID]
) -> list[LotRow]:
    """Put devices of a valued fleet to bid, and let merchants bid; the lots that were made.

    Nothing where the organisation has lots already, or a fleet has too few devices.
    """
    install(make_house(settings))
    install_certificates(settings)
    seller = await administrator(organisation_id)
    if (await reading.own(seller, None, None, 1, None)).edges:
        return []
    size = min(SHARE, len(assets) // len(PLANS))
    made: list[LotRow] = []
    for n, plan in enumerate(PLANS if size else ()):
        part = list(assets[n * size : (n + 1) * size])
        lot = await _published(seller, fleet_id, part, plan, n)
        made.append(lot)
        for place, merchant in enumerate(await _merchants(lot)):
            await _bid(lot, merchant, START_MINOR + place * STEP_MINOR, place)
    for lot, plan in zip(made, PLANS, strict=False):
        if plan.then is not Then.NOTHING:
            await _opened(lot)
        if plan.then is Then.HAND_OVER:
            await hand_over(seller, lot)
    return made


async def _opened(lot: LotRow) -> None:
    """Wait for the end of bidding, which nobody can bring forward, and open what was bid."""
    if lot.bids_until is not None:
        await asyncio.sleep((lot.bids_until - datetime.now(UTC)).total_seconds() + 0.02)
    if not await closing.close(lot.id, house().vault):
        raise RuntimeError(f"the demo's lot {lot.id} did not close")


async def _published(
    seller: Context, fleet_id: UUID, assets: list[UUID], plan: Plan, n: int
) -> LotRow:
    key = f"demo-{seller.caller.organisation_id}-{n}"
    draft = done(
        await drafts.create(seller, fleet_id, plan.title, assets, AssetFilter(), f"{key}-lot")
    )
    rules = LotRules(
        datetime.now(UTC) + plan.open_for,
        sealed=plan.sealed,
        anti_snipe=None if plan.sealed else AntiSnipe(300, 300, 6),
    )
    return done(await drafts.publish(seller, draft.id, rules, None, f"{key}-publish"))


async def _merchants(lot: LotRow) -> list[Merchant]:
    """Some who sell in the lot's market, with the proof that devices with data ask for."""
    rows = await Merchant.filter(state__in=list(SELLING), markets__contains=[lot.market])
    chosen = sorted(rows, key=lambda row: row.slug)[:BIDDERS]
    for row in chosen:
        proof = "audit of the demo"
        await bidders.record(row.id, "ERASURE", proof, None, lot.organisation_id, None)
    return chosen


async def _bid(lot: LotRow, merchant: Merchant, each_minor: int, place: int) -> None:
    """A merchant's bid; one who may not bid is left out."""
    amount = each_minor * lot.assets
    reuse = 9_500 - 700 * place
    given = Offered(lot.id, lot.version, amount, lot.currency, reuse, None, None)
    await bidding.bid(context(merchant_id=merchant.id), given, f"demo-{lot.id}")
