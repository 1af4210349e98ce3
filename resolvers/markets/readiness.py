"""Whether a market may open: its checks, who sees to each, and by when.

Source: docs/markets.md, "Readiness".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.accounts.roles import Role
from domain.impact import Indicator, Inputs
from domain.impact.engine import category_of
from domain.markets.checks import ATTESTED, CheckCode, Facts, Verdict, verdicts
from domain.markets.pauses import Standing
from domain.markets.readiness import by_category
from models import impact
from models.base import as_system
from models.markets import Market, launch
from models.markets import readiness as counted
from models.markets import rules as stored
from models.markets.launch import Opening
from models.markets.readiness import Duty, Rehearsal
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.effects import Outcome, audited, staff_once
from resolvers.markets import market as market_of

ROLE: Final = Role.COUNTRY_TEAM
PAYABLE: Final = frozenset({"EUR"})
"""Currencies that payouts to people are sent in: SEPA files, docs/trade-in.md."""
MOST_OPENINGS: Final = 10
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """The checks of a market, and who sees to them."""

    market: Market
    standing: Standing
    verdicts: Sequence[Verdict]
    duties: Mapping[CheckCode, Duty]
    rehearsal: Rehearsal | None
    openings: Sequence[Opening]


async def readiness(ctx: Context, code: str) -> Judged | None:
    """The checks of a market, for its team; None for no market.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    depends(NOT_KEPT)
    ctx.staff_markets(ROLE)
    found = await market_of(stored_text(code, "market"))
    if found is None:
        return None
    ctx.staff(ROLE, found.code)
    async with ctx.private():
        return await judged(ctx, found)


async def judged(ctx: Context, found: Market) -> Judged:
    """The same in the current transaction, of whoever was let in."""
    on = ctx.now.astimezone(ZoneInfo(found.time_zone)).date()
    async with as_system() as raw:
        row = await Market.get(id=found.id)
        lanes = await counted.lanes(raw, row.countries, on)
        duties = await counted.duties(raw, row.code)
        rehearsal = await counted.rehearsed(raw, row.code)
        openings = await launch.openings(raw, row.code, MOST_OPENINGS)
    categories = await counted.categories()
    book = await stored.book()
    facts = Facts(
        now=ctx.now,
        countries=row.countries,
        languages=row.languages,
        currency=row.currency,
        strict=book.policy.strict,
        rules=by_category(row.countries, row.languages, categories, on, book),
        texts=await counted.texts(row.code),
        categories=categories,
        supply=await counted.supply(row.code),
        lanes=lanes,
        studied=_studied(categories),
        grids=_grids(row.countries),
        kyc=await counted.kyc(row.code, on),
        payable=PAYABLE,
        rehearsed=rehearsal.outcome if rehearsal else None,
        attested={c: d.attested_on for c, d in duties.items() if d.attested_on},
    )
    standing = await launch.standing_now(row.code)
    return Judged(row, standing, verdicts(facts), duties, rehearsal, openings)


def _studied(categories: Sequence[str]) -> frozenset[str]:
    """Those of these that a factor set compares with a new device, in kg CO2e."""
    sets = [impact.factor_set(each) for each in impact.LISTING]
    return frozenset(
        code
        for code in categories
        if any(each.complete(category_of(Inputs(code)), Indicator.GWP) for each in sets)
    )


def _grids(countries: Sequence[str]) -> frozenset[str]:
    """Those of these whose electricity a factor set knows."""
    sets = [impact.factor_set(each) for each in impact.LISTING]
    return frozenset(c for c in countries if all(each.get(f"GRID_{c}") for each in sets))


@dataclass(frozen=True, slots=True)
class OwnerUnknown:
    """Nobody of staff with this address acts in the market."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who is to see to a check. `attested`: the caller vouches for it, with this evidence."""

    market: str
    check: CheckCode
    owner: str | None
    due_on: date | None
    attested: bool
    evidence: str


async def assign(ctx: Context, order: Order, key: str) -> Judged | OwnerUnknown:
    """Say who sees to a check and by when, or vouch for one that no row can prove.

    Refuses: an address of nobody who acts in the market.
    Raises: SignInFirst, Forbidden; BadInput for no market, a day that has passed, a check that
    nobody may vouch for, evidence that lacks.
    """
    ctx.staff_markets(ROLE)
    found = await market_of(stored_text(order.market, "market"))
    if found is None:
        raise BadInput("There is no such market. `markets` lists them.", argument="market")
    ctx.staff(ROLE, found.code)
    evidence = _readable(ctx, order)

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            owner = order.owner and await counted.owner(raw, order.owner.strip(), found.code)
            if order.owner and not owner:
                return {"refused": "OWNER_UNKNOWN"}
            vouched = (ctx.now.date(), user_id) if order.attested else None
            given = (found.code, order.check, owner or None, order.due_on, vouched, evidence)
            await counted.assign(raw, *given)
        after = {
            "check": order.check.value,
            "owner": str(owner) if owner else None,
            "dueOn": order.due_on,
            "attested": order.attested,
            "evidence": evidence,
        }
        await audited(ctx, "setMarketCheck", "Market", found.id, after=after, market=found.code)
        return {}

    given = {name: getattr(order, name) for name in Order.__slots__}
    outcome = await staff_once(ctx, ROLE, "setMarketCheck", key, given, act)
    if outcome.get("refused"):
        return OwnerUnknown()
    async with ctx.private():
        return await judged(ctx, found)


def _readable(ctx: Context, order: Order) -> str:
    evidence = stored_text(order.evidence, "evidence").strip()
    stored_text(order.owner or "", "owner")
    if len(evidence) > _LONGEST:
        raise BadInput(f"`evidence` has at most {_LONGEST} characters.", argument="evidence")
    if order.attested and order.check not in ATTESTED:
        may = ", ".join(sorted(ATTESTED))
        raise BadInput(f"What is vouched for is one of {may}.", argument="check")
    if order.attested and not evidence:
        raise BadInput("Say what you saw, such as a tracking number.", argument="evidence")
    if order.due_on is not None and order.due_on < ctx.now.date():
        raise BadInput("`dueOn` is today or later.", argument="dueOn")
    return evidence
