"""Exchange rates: read by everybody, entered and imported by staff of every market.

Source: docs/markets.md, "Rates".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from domain.accounts.roles import Role
from domain.markets.ecb import RateProblem, exact, is_currency, parse
from domain.markets.rates import Between, Rate, RateMissing, RateStale
from models.announce import EVERYTHING, announce_everything
from models.base import as_system
from models.markets import rates as stored
from models.markets.rates import Recorded
from models.offers.read import Position
from resolvers import paging
from resolvers.context import BadInput, Context, depends, stored_text
from resolvers.effects import Outcome, audited, staff_once

ROLE: Final = Role.COUNTRY_TEAM
MOST_TEXT: Final = 200_000
"""Characters of a file that is sent in a request: the ECB's of a day or of 90 days."""
_LONGEST: Final = 500
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class RateExists:
    """Another rate of that day is recorded."""

    rate: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """A rate that a person enters. `correct`: it takes the place of another of that day."""

    base: str
    quote: str
    on_day: date
    rate: str
    source: str
    correct: bool


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file; `differing` are at most 20 of those that were left out."""

    read: int
    added: int
    unchanged: int
    corrected: int
    differing_count: int
    differing: Sequence[Rate]


def currency(text: str, argument: str) -> str:
    """The code in capitals. Raises: BadInput for what has not the form of one."""
    found = stored_text(text, argument).strip().upper()
    if not is_currency(found):
        raise BadInput(
            f"`{argument}` is {text[:10]!r}: give an ISO 4217 code, such as EUR.", argument=argument
        )
    return found


async def rate(ctx: Context, base: str, quote: str, on: date | None) -> Between | None:
    """The rate between two currencies on a day, or today; None where no row leads there.

    Raises: BadInput, with reason FX_RATE_STALE where the last one is too old.
    """
    depends(EVERYTHING)
    one, other = currency(base, "base"), currency(quote, "quote")
    found = await stored.between(one, other, not_to_come(ctx, on or ctx.now.date(), "on"))
    if isinstance(found, RateStale):
        raise no_rate(found)
    return None if isinstance(found, RateMissing) else found


def no_rate(found: RateMissing | RateStale) -> BadInput:
    """Why nothing is computed by a rate."""
    match found:
        case RateMissing(base, quote):
            message = f"There is no rate between {base} and {quote}: `recordRate` enters one."
            return BadInput(message, reason="FX_RATE_MISSING", base=base, quote=quote)
        case RateStale(as_of):
            message = f"The last rate is of {as_of}: enter a young one with `recordRate`."
            return BadInput(message, reason="FX_RATE_STALE", asOf=as_of.isoformat())


def not_to_come(ctx: Context, on: date, argument: str) -> date:
    """The day as given. Raises: BadInput for one that has not come."""
    if on > ctx.now.date():
        raise BadInput(f"`{argument}` is {on}: a rate is of today or before.", argument=argument)
    return on


async def listed(
    ctx: Context,
    base: str | None,
    quote: str | None,
    on: date | None,
    first: int,
    after: str | None,
) -> paging.Page[Recorded]:
    """The rows, newest day first, those taken back among them. Raises: BadInput."""
    depends(EVERYTHING)
    size = paging.size(first)
    one = currency(base, "base") if base else None
    other = currency(quote, "quote") if quote else None
    of = paging.fingerprint("rates", one, other, on)
    at = paging.opened(after, of, ctx.seal)
    since = (date.fromordinal(at.key2), at.id) if at else None
    rows = await stored.page(one, other, on, since, size + 1)
    placed = [(row, Position(0, row.on_day.toordinal(), row.id)) for row in rows]
    return paging.page(placed, size, of, ctx.seal)


async def record(ctx: Context, order: Order, key: str) -> Recorded | RateExists:
    """Enter a rate. Rates are every market's: staff of some markets may not.

    Refuses: another rate of that day, unless it is to be corrected; the old row stays, withdrawn.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.staff(ROLE)
    wanted, source = _readable(ctx, order)

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            made = await stored.record(raw, wanted, source, user_id, correct=order.correct)
            if isinstance(made, Recorded):
                return {"refused": "RATE_EXISTS", "rate": str(made.rate)}
            await announce_everything(raw)
        after = {**given, "source": source}
        await audited(ctx, "recordRate", "ExchangeRate", made, after=after)
        return {"id": str(made)}

    given = {name: str(getattr(order, name)) for name in Order.__slots__}
    outcome = await staff_once(ctx, ROLE, "recordRate", key, given, act)
    if outcome.get("refused"):
        return RateExists(Decimal(outcome["rate"]))
    found = await stored.of_id(UUID(outcome["id"]))
    if found is None:
        raise LookupError(outcome["id"])
    return found


def _readable(ctx: Context, order: Order) -> tuple[Rate, str]:
    base, quote = currency(order.base, "base"), currency(order.quote, "quote")
    if base == quote:
        raise BadInput(f"`quote` is {quote} too: name two currencies.", argument="quote")
    rate = exact(order.rate.strip())
    if rate is None:
        raise BadInput(
            f"`rate` is {order.rate[:20]!r}: a number above 0 with a point, 10 decimals at most.",
            argument="rate",
        )
    source = stored_text(order.source, "source").strip()
    if not 0 < len(source) <= _LONGEST:
        raise BadInput("Say in `source` who published it: 500 characters.", argument="source")
    return Rate(base, quote, not_to_come(ctx, order.on_day, "onDay"), rate), source


async def take_in(
    ctx: Context, content: str, key: str, *, correct: bool
) -> TakenIn | Sequence[RateProblem]:
    """Record the rates of a file of the ECB, XML or CSV. Staff of every market.

    Refuses: what cannot be read, whole. A rate that differs from the known one of its day is left
    out and told, unless it is to correct it.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.staff(ROLE)
    if len(content) > MOST_TEXT:
        raise BadInput(
            f"`content` has at most {MOST_TEXT} characters: `boucle rates FILE` takes more.",
            argument="content",
        )
    found = parse(content.encode("utf-8", "replace"), ctx.now.date())
    problems = [each for each in found if isinstance(each, RateProblem)]
    if problems:
        return problems
    rates = [each for each in found if isinstance(each, Rate)]

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            done = await stored.take_in(raw, rates, user_id, correct=correct)
            await announce_everything(raw)
        told = {
            "read": done.read,
            "added": done.added,
            "unchanged": done.unchanged,
            "corrected": done.corrected,
            "differing": len(done.differing),
        }
        await audited(ctx, "importRates", "ExchangeRate", None, after=told)
        left = [[r.quote, r.on_day.isoformat(), str(r.rate)] for r in done.differing[:_SHOWN]]
        return {"told": told, "left": left}

    given = {"content": paging.fingerprint(content), "correct": correct}
    outcome = await staff_once(ctx, ROLE, "importRates", key, given, act)
    told = outcome["told"]
    left = [Rate("EUR", q, date.fromisoformat(d), Decimal(r)) for q, d, r in outcome["left"]]
    return TakenIn(
        told["read"], told["added"], told["unchanged"], told["corrected"], told["differing"], left
    )
