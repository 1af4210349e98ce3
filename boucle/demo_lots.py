"""The demo's lots: devices of its organisation on offer, and bids of its merchants, by real paths.

One is sealed for two days, one is open, and one ends within minutes and is awarded by itself, so
that whoever looks sees each state. Each is made once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from boucle.house import make_house
from boucle.settings import Settings
from domain.accounts.roles import CallerKind, Role, scopes_of
from domain.merchants import SELLING
from domain.raas.lots import AntiSnipe, AssetFilter, LotRules
from models.merchants import Merchant
from models.raas import bidders
from models.raas.lots import LotRow
from resolvers.accounts.house import install
from resolvers.context import Caller, Context
from resolvers.raas import bidding, reading
from resolvers.raas import lots as drafts
from resolvers.raas.bidding import Offered
from resolvers.raas.refusals import Refusal

BIDDERS: Final = 4
SHARE: Final = 30
"""How many devices a lot of the demo has at most."""
START_MINOR: Final = 90_00
STEP_MINOR: Final = 7_35
"""What merchants offer for each device: the first this much, each next one so much more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A lot of the demo."""

    title: str
    open_for: timedelta
    sealed: bool
    auto_award: bool = False


PLANS: Final = (
    Plan("Phones and laptops, spring refresh", timedelta(days=2), sealed=True),
    Plan("Laptops of the second floor", timedelta(days=3), sealed=False),
    Plan("Left over from the move", timedelta(minutes=5), sealed=True, auto_award=True),
)


async def bring(
    settings: Settings, organisation_id: UUID, fleet_id: UUID, assets: Sequence[UUID]
) -> list[LotRow]:
    """Put devices of a valued fleet to bid, and let merchants bid; the lots that were made.

    Nothing where the organisation has lots already, or a fleet has too few devices.
    """
    install(make_house(settings))
    seller = _context(organisation_id=organisation_id)
    if (await reading.own(seller, None, None, 1, None)).edges:
        return []
    size = min(SHARE, len(assets) // len(PLANS))
    made = []
    for n, plan in enumerate(PLANS if size else ()):
        part = list(assets[n * size : (n + 1) * size])
        lot = await _published(seller, fleet_id, part, plan, n)
        made.append(lot)
        for place, merchant in enumerate(await _merchants(lot)):
            await _bid(lot, merchant, START_MINOR + place * STEP_MINOR, place)
    return made


async def _published(
    seller: Context, fleet_id: UUID, assets: list[UUID], plan: Plan, n: int
) -> LotRow:
    key = f"demo-{seller.caller.organisation_id}-{n}"
    draft = _done(
        await drafts.create(seller, fleet_id, plan.title, assets, AssetFilter(), f"{key}-lot")
    )
    rules = LotRules(
        datetime.now(UTC) + plan.open_for,
        sealed=plan.sealed,
        auto_award=plan.auto_award,
        anti_snipe=None if plan.sealed else AntiSnipe(300, 300, 6),
    )
    return _done(await drafts.publish(seller, draft.id, rules, None, f"{key}-publish"))


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
    await bidding.bid(_context(merchant_id=merchant.id), given, f"demo-{lot.id}")


def _context(merchant_id: UUID | None = None, organisation_id: UUID | None = None) -> Context:
    role = Role.MERCHANT_OWNER if merchant_id else Role.ORG_ADMIN
    kind = CallerKind.MERCHANT if merchant_id else CallerKind.ORGANISATION
    roles, scopes = frozenset({role.value}), scopes_of([role])
    return Context(
        Caller(kind, merchant_id, organisation_id, roles=roles, scopes=scopes), request_id="demo"
    )


def _done(found: LotRow | Refusal) -> LotRow:
    """Raises: RuntimeError for a refusal: the demo's own data do not fit."""
    if isinstance(found, Refusal):
        raise RuntimeError(f"the demo's lot was refused: {found.code} {found.facts}")
    return found
