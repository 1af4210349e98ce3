"""Dated rules as clients read them, and as staff verify and follow them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from domain.accounts.roles import Role
from domain.markets.kinds import BadValue
from domain.markets.readiness import Settled, readiness
from domain.markets.rules import Audience, Evidence, Found, NotInForce, NotInWindow, Rule, RuleKind
from models.announce import EVERYTHING, announce_everything
from models.base import as_system
from models.markets import rules as stored
from models.markets.rules import Listed, Succession
from models.offers.read import Position
from resolvers import paging
from resolvers.context import BadInput, Context, depends, stored_text
from resolvers.effects import Outcome, audited, staff_once
from resolvers.markets import market

ROLE = Role.STAFF_DECISIONS
_COUNTRY = re.compile(r"[A-Z]{2}|\*")
_REGION = re.compile(r"[A-Z0-9]{1,3}")
_CATEGORY = re.compile(r"[a-z0-9-]{1,64}")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Question:
    """Which rule is looked for; `as_of` None: as it is recorded now."""

    kind: RuleKind
    country: str
    on: date
    region: str | None = None
    category: str | None = None
    audience: Audience = Audience.ANY
    as_of: datetime | None = None


async def rule(ask: Question) -> Found:
    """The rule of a day under this server's policy.

    Refuses: RuleMissing, RuleUnverified, RuleConflict. Raises: BadInput.
    """
    depends(EVERYTHING)
    if ask.as_of is not None and ask.as_of.tzinfo is None:
        raise BadInput("`asOf` needs an offset, such as Z.", argument="asOf")
    book = await stored.book(ask.as_of)
    return book.find(
        ask.kind,
        _matching(ask.country.upper(), _COUNTRY, "country"),
        ask.on,
        region=_matching(ask.region.upper(), _REGION, "region") if ask.region else None,
        category=_matching(ask.category, _CATEGORY, "category") if ask.category else None,
        audience=ask.audience,
    )


async def rules(
    ctx: Context, country: str | None, kind: RuleKind | None, first: int, after: str | None
) -> paging.Page[Listed]:
    """Rules that are not withdrawn, by id. Raises: BadInput."""
    depends(EVERYTHING)
    size = paging.size(first)
    place = _matching(country.upper(), _COUNTRY, "country") if country else None
    of = paging.fingerprint("rules", place, kind)
    at = paging.opened(after, of, ctx.seal)
    rows = await stored.listed(place, kind, (str(at.key1), at.id) if at else None, size + 1)
    return paging.page(
        [(row, Position(row.rule.id, 0, row.row_id)) for row in rows], size, of, ctx.seal
    )


async def market_rules(ctx: Context, code: str) -> list[Settled] | None:
    """What a market needs and how far it is settled today; None for no market.

    Raises: BadInput.
    """
    found = await market(stored_text(code, "market"))
    depends(EVERYTHING)
    if found is None:
        return None
    today = ctx.now.astimezone(ZoneInfo(found.time_zone)).date()
    return readiness(found.countries, found.languages, today, await stored.book())


@dataclass(frozen=True, slots=True)
class Order:
    """What a member of staff wants a rule to become; `verified`: compared with its source today."""

    rule_id: str
    valid_from: date
    value: Mapping[str, Any]
    source: str
    source_ref: str
    evidence: Evidence
    verified: bool
    review_by: date | None
    note: str


Refusal = NotInForce | NotInWindow | BadValue


async def succeed(ctx: Context, order: Order, idempotency_key: str) -> Rule | Refusal:
    """Have a rule followed by another from a day on; from its first day that is a correction.

    Rules are every market's: staff of some markets may not.
    Refuses: NotInForce, NotInWindow, BadValue. Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.staff(ROLE)
    _readable(order)

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            found = await stored.succeed(raw, order.rule_id, _then(ctx, order, user_id))
            if isinstance(found, Rule):
                await announce_everything(raw)
        match found:
            case NotInForce():
                return {"refused": "RULE_NOT_IN_FORCE"}
            case NotInWindow(valid_from, valid_to):
                return {"refused": "OUTSIDE_WINDOW", "window": [valid_from, valid_to]}
            case BadValue(_, field):
                return {"refused": "RULE_VALUE", "field": field}
        after = {"id": found.id, "validFrom": found.valid_from, "value": found.value}
        before = {"id": order.rule_id}
        row = await stored.named(found.id)
        row_id = row.row_id if row else None
        await audited(ctx, "succeedRule", "Rule", row_id, before=before, after=_json(after))
        return {"rule": found.id}

    given = _json({name: getattr(order, name) for name in Order.__dataclass_fields__})
    found = await staff_once(ctx, ROLE, "succeedRule", idempotency_key, given, act)
    return await _rendered(order, found)


def _readable(order: Order) -> None:
    """Raises: BadInput for texts and values that cannot be stored."""
    texts = {"source": order.source, "sourceRef": order.source_ref, "note": order.note}
    for name, text in texts.items():
        if len(stored_text(text, name)) > _LONGEST or (name == "source" and not text.strip()):
            raise BadInput(f"Say `{name}` in at most {_LONGEST} characters.", argument=name)
    if b"\\u0000" in orjson.dumps(order.value):
        raise BadInput("`value` holds a character that cannot be stored.", argument="value")


def _then(ctx: Context, order: Order, user_id: UUID) -> Succession:
    return Succession(
        valid_from=order.valid_from,
        value=order.value,
        source=order.source,
        source_ref=order.source_ref,
        evidence=order.evidence,
        verified_on=ctx.now.date() if order.verified else None,
        verified_by=f"user:{user_id}" if order.verified else None,
        review_by=order.review_by,
        note=order.note,
    )


async def _rendered(order: Order, found: Outcome) -> Rule | Refusal:
    match found.get("refused"):
        case "RULE_NOT_IN_FORCE":
            return NotInForce(order.rule_id)
        case "OUTSIDE_WINDOW":
            first, end = (date.fromisoformat(str(d)) if d else None for d in found["window"])
            return NotInWindow(first or order.valid_from, end)
        case "RULE_VALUE":
            kind = RuleKind(order.rule_id.partition(":")[0])
            return BadValue(kind, str(found["field"]))
    row = await stored.named(str(found["rule"]))
    return row.rule if row else NotInForce(order.rule_id)


def _json(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same with days as text."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(value))
    return plain


def _matching(text: str, shape: re.Pattern[str], argument: str) -> str:
    if not shape.fullmatch(text):
        raise BadInput(f"`{argument}` cannot be read.", argument=argument)
    return text
