"""Where a merchant's offers stand in their competitions, and what would make them first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain import money
from domain.merchants.quality import quality_bp
from domain.money import Currency
from domain.offers.visibility import (
    OfferVisibility,
    Reason,
    VisibilityReason,
    price_range,
    worst_first,
)
from domain.ranking.explain import (
    Around,
    CompetitionState,
    Explanation,
    explain_place,
    state_of,
)
from domain.ranking.levers import QualityToWin, quality_to_win
from domain.ranking.rotation import RotationGroup
from domain.ranking.score import score
from domain.ranking.win import (
    Contest,
    Ineligible,
    NoCompetitor,
    PriceAnswer,
    contest,
    price_to_win,
    price_to_win_alone,
)
from models.offers import compete
from models.offers.compete import Asked, Own
from resolvers.context import BadInput, Context, Forbidden, stored_text
from resolvers.markets import open_market

READ = "offers:read"
MOST = 500
_SHOWN = (OfferVisibility.HIDDEN, OfferVisibility.LIMITED, OfferVisibility.FULL)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an offer stands, in its merchant's own numbers and the leader's total.

    What costs work is computed when it is asked for.
    """

    own: Own
    duel: Contest | None
    state: CompetitionState
    reasons: list[VisibilityReason]
    share_bp: int
    explanation: Explanation | None
    as_of: datetime

    @property
    def visibility(self) -> OfferVisibility:
        """What customers of the market can do with it."""
        return _SHOWN[self.own.visibility]

    def to_win(self) -> PriceAnswer | Ineligible:
        """The highest price that leads."""
        return price_to_win(self.duel, self.own.bounds()) if self.duel else self._ineligible()

    def to_win_alone(self) -> PriceAnswer | Ineligible:
        """The highest price that leads and shares with nobody."""
        return price_to_win_alone(self.duel, self.own.bounds()) if self.duel else self._ineligible()

    def quality(self) -> QualityToWin | NoCompetitor | None:
        """What would lead at the present price; None for an offer that does not compete."""
        return quality_to_win(self.duel, self.own.samples, self.own.rules) if self.duel else None

    def _ineligible(self) -> Ineligible:
        return Ineligible(tuple(each.code for each in self.reasons))


class Unanswered(StrEnum):
    """Why one of many questions has no answer."""

    OFFER_UNKNOWN = "OFFER_UNKNOWN"
    MARKET_NOT_OPEN = "MARKET_NOT_OPEN"
    MARKET_NOT_GRANTED = "MARKET_NOT_GRANTED"


async def competition(ctx: Context, asked: Asked) -> Standing | None:
    """The standing of one of the caller's offers; None for any other, or one not meant for there.

    Raises: SignInFirst, Forbidden, BadInput for a market that is not open.
    """
    merchant_id = ctx.merchant_id(READ, asked.market.upper())
    market = await open_market(asked.market)
    async with ctx.private():
        [own] = await compete.standings(merchant_id, [replace(asked, market=market.code)])
    return standing(own, ctx.now) if own else None


async def competitions(ctx: Context, asked: Sequence[Asked]) -> list[Standing | Unanswered]:
    """The same for many, each in its place; one statement, however many.

    Raises: SignInFirst, Forbidden; BadInput for none, or more than 500.
    """
    merchant_id = ctx.merchant_id(READ, next(iter(ctx.caller.markets_for(READ) or ()), None))
    if not 1 <= len(asked) <= MOST:
        raise BadInput(f"`items` has {len(asked)}: ask for 1 to {MOST}.", argument="items")
    refused = {code: await _refusal(ctx, code) for code in {each.market for each in asked}}
    wanted = [replace(a, market=a.market.upper()) for a in asked if refused[a.market] is None]
    async with ctx.private():
        owns = iter(await compete.standings(merchant_id, wanted)) if wanted else iter(())
    found: list[Standing | Unanswered] = []
    for each in asked:
        if (no := refused[each.market]) is not None:
            found.append(no)
        else:
            own = next(owns)
            found.append(standing(own, ctx.now) if own else Unanswered.OFFER_UNKNOWN)
    return found


async def _refusal(ctx: Context, code: str) -> Unanswered | None:
    try:
        ctx.merchant_id(READ, (await open_market(code)).code)
    except BadInput:
        return Unanswered.MARKET_NOT_OPEN
    except Forbidden:
        return Unanswered.MARKET_NOT_GRANTED
    return None


def standing(own: Own, now: datetime) -> Standing:
    """Read the answer off a competition."""
    duel = None
    if own.me is not None and (own.competes or own.opens_at is not None):
        duel = contest(own.me, own.rivals, own.parameters, own.prior_bp)
    return Standing(
        own=own,
        duel=duel if own.competes else None,
        state=state_of(
            own.offer_id,
            own.featured,
            competes=own.competes,
            sister=own.sister,
            will_lead=duel is not None and _will_lead(own, duel),
        ),
        reasons=reasons_of(own),
        share_bp=_share(own),
        explanation=_explanation(own),
        as_of=now,
    )


def _will_lead(own: Own, duel: Contest) -> bool:
    """Whether what is accepted, but not in force, makes it first: its dates, tonight's figures."""
    if own.opens_at is not None:
        return duel.leads(duel.me)
    if not own.samples:
        return False
    tonight = quality_bp(own.samples)
    return tonight != duel.me.quality_bp and duel.leads(replace(duel.me, quality_bp=tonight))


def _explanation(own: Own) -> Explanation | None:
    if own.me is None or own.rank is None or own.leader_total is None:
        return None
    mine = score(own.me, own.parameters, own.prior_bp)
    around = Around(own.rank, own.of, mine, own.leader_total, own.near)
    return explain_place(around, own.parameters)


def _share(own: Own) -> int:
    if own.offer_id not in own.featured:
        return 0
    sharing = RotationGroup(own.featured[0], tuple(own.featured[1:]))
    return sharing.share_bp(own.offer_id, own.parameters.lead_share_bp)


def reasons_of(own: Own) -> list[VisibilityReason]:
    """What hides or limits an offer, the worst first, each with what it was measured on."""
    since = dict(own.reasons)
    return [
        VisibilityReason(code, since[code], *_measured(code, own)) for code in worst_first(since)
    ]


def _measured(code: Reason, own: Own) -> tuple[str | None, str | None]:
    """The offer's value and the limit, as texts."""
    facts = own.facts
    numbers: dict[Reason, tuple[object, object]] = {
        Reason.OUT_OF_STOCK: (facts.stock, 1),
        Reason.QUANTITY_BELOW_MINIMUM: (facts.stock, facts.min_quantity),
        Reason.LOW_STOCK_PROTECTION: (facts.stock, facts.low_stock),
        Reason.OUTSIDE_AVAILABILITY: (_window(own), None),
        Reason.CURRENCY_NOT_ALLOWED: (facts.price_currency, own.currency),
        Reason.PRICE_ABOVE_MAX: (_amount(facts.item_minor, own), _amount(own.highest, own)),
        Reason.PRICE_OUTLIER_LOW: (_amount(facts.landed_minor, own), _range(own)),
        Reason.PRICE_OUTLIER_HIGH: (_amount(facts.landed_minor, own), _range(own)),
        Reason.PRODUCT_UNDER_REVIEW: (facts.named, None),
        Reason.QUALITY_BELOW_FLOOR: (facts.quality_bp, facts.quality_floor),
        Reason.DELIVERY_TOO_SLOW: (facts.days, facts.max_days),
    }
    value, limit = numbers.get(code, (None, None))
    return None if value is None else str(value), None if limit is None else str(limit)


def _amount(minor: int | None, own: Own) -> str | None:
    if minor is None:
        return None
    return f"{money.amount_of(minor, Currency(own.currency))} {own.currency}"


def _range(own: Own) -> str | None:
    if own.facts.usual_minor is None:
        return None
    allowed = price_range(own.facts.usual_minor)
    low, high = _amount(allowed.lowest_minor, own), _amount(allowed.highest_minor, own)
    return f"{low} - {high}"


def _window(own: Own) -> str | None:
    """The dates of an offer as an interval of ISO 8601; an open end is `..`."""
    start, end = own.facts.available_from, own.facts.available_until
    first = f"{start:%Y-%m-%d}" if start else ".."
    return f"{first}/{end:%Y-%m-%d}" if end else f"{first}/.."


def asked_for(offer_id: UUID | None, sku: str | None, market: str) -> Asked:
    """A question. Raises: BadInput unless it names the offer by id or by SKU, not by both."""
    if (offer_id is None) == (sku is None):
        raise BadInput("Name the offer by `offerId` or by `sku`.", argument="offerId")
    if sku is not None:
        stored_text(sku, "sku")
    return Asked(offer_id, sku, market)
