"""Changes of rules: one member of staff proposes, another decides, the log tells of both.

Source: docs/rules/registry.md, "Changes".
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from domain.accounts.roles import Role
from domain.markets.changes import (
    BadPlace,
    ChangeNotOpen,
    ChangeUnderWay,
    DatesReversed,
    FourEyesRequired,
    RuleChangeKind,
    RuleChangeState,
    RulesOverlap,
    Said,
    SourceRequired,
    UnnamedVerifier,
    decidable,
    ended,
    may_change,
    successor,
)
from domain.markets.kinds import BadValue
from domain.markets.rules import Evidence, NotInForce, NotInWindow, Rule, RuleKind, Scope
from models.announce import announce_everything
from models.base import as_system
from models.markets import rule_changes, rules
from models.offers.read import Position
from resolvers import paging
from resolvers.context import BadInput, Context, Forbidden, stored_text
from resolvers.effects import Outcome, audited, staff_once
from resolvers.markets import markets as all_markets

ROLES = (Role.COUNTRY_TEAM, Role.STAFF_DECISIONS)
"""Who proposes and decides: for the countries of their markets."""
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a member of staff says a rule is; `verified`: compared with its source today."""

    valid_from: date
    value: Mapping[str, Any]
    source: str
    source_ref: str
    evidence: Evidence
    verified: bool
    review_by: date | None
    note: str
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class ChangeUnknown:
    """There is no such change, or it is of a country that is not the caller's."""

    code: str = "RULE_CHANGE_UNKNOWN"


Unfit = rule_changes.Unfit
RuleChange = rule_changes.RuleChange
Proposed = FourEyesRequired | ChangeUnderWay | Unfit
Decided = RuleChange | ChangeUnknown | ChangeNotOpen | Proposed


async def add(ctx: Context, scope: Scope, wanted: Wanted, key: str) -> Proposed:
    """Propose a rule where there is none.

    Refuses: always, FourEyesRequired at best; what a rule must not be; a day that has one already.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    _readable(wanted)

    async def made(user_id: UUID) -> Rule:
        return _said(ctx, wanted, user_id).rule(scope)

    given = {"scope": asdict(scope), **asdict(wanted)}
    return await _propose(ctx, "addRule", RuleChangeKind.ADD, made, given, key)


async def succeed(ctx: Context, rule_id: str, wanted: Wanted, key: str) -> Proposed:
    """Propose what follows a rule from a day on; from its first day that is a correction.

    Refuses: as `add`; a rule that is not in force, a day outside its window, a rule of which
    another change is open. Raises: SignInFirst, Forbidden, BadInput.
    """
    _readable(wanted)

    async def made(user_id: UUID) -> Rule | NotInForce:
        found = await rules.named(rule_id)
        if found is None:
            return NotInForce(rule_id)
        return successor(found.rule, _said(ctx, wanted, user_id))

    given = {"rule": rule_id, **asdict(wanted)}
    return await _propose(ctx, "succeedRule", RuleChangeKind.SUCCEED, made, given, key)


async def end(ctx: Context, rule_id: str, on: date, key: str) -> Proposed:
    """Propose that a rule holds no more from a day on, with nothing after it.

    Refuses: as `succeed`. Raises: SignInFirst, Forbidden, BadInput.
    """

    async def made(_: UUID) -> Rule | NotInForce:
        found = await rules.named(rule_id)
        return NotInForce(rule_id) if found is None else ended(found.rule, on)

    given = {"rule": rule_id, "on": on}
    return await _propose(ctx, "endRule", RuleChangeKind.END, made, given, key)


async def _propose(
    ctx: Context,
    name: str,
    kind: RuleChangeKind,
    made: Callable[[UUID], Awaitable[Rule | NotInForce]],
    given: Mapping[str, Any],
    key: str,
) -> Proposed:
    async def act(user_id: UUID) -> Outcome:
        rule = await made(user_id)
        if isinstance(rule, NotInForce):
            return _outcome(rule)
        if not await _reaches(ctx, rule.scope.country):
            message = f"Your markets do not include {rule.scope.country}."
            raise Forbidden(message, reason="MARKET_NOT_GRANTED")
        places = await rules.places()
        async with as_system() as raw:
            if (unfit := await rule_changes.fits(kind, rule, places)) is not None:
                return _outcome(unfit)
            change_id = await rule_changes.propose(raw, kind, rule, user_id)
            if change_id is None:
                open_id = await rule_changes.open_of(rule.supersedes or "")
                return _outcome(ChangeUnderWay(open_id or user_id))
        await audited(ctx, name, "RuleChange", change_id, after=_told(kind, rule))
        return _outcome(FourEyesRequired(change_id))

    plain: dict[str, Any] = orjson.loads(orjson.dumps(given))
    outcome = await staff_once(ctx, _role(ctx), name, key, plain, act)
    return _proposed(outcome)


async def decide(
    ctx: Context, change_id: UUID, approve: bool, reason: str | None, key: str
) -> Decided:
    """Apply a change that another person proposed, or reject it; one's own may be taken back.

    What a change says is looked at again: where the registry has moved on it is OUTDATED.
    Refuses: ChangeUnknown, ChangeNotOpen, FourEyesRequired for one's own; what `add` and `succeed`
    refuse. Raises: SignInFirst, Forbidden, BadInput.
    """
    said = None if reason is None else stored_text(reason, "reason").strip()[:_LONGEST]
    if not approve and not said:
        raise BadInput("Say in `reason` why.", argument="reason")

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            await rule_changes.hold(raw, change_id)
            found = await rule_changes.one(change_id)
            if found is None or not await _reaches(ctx, found.rule.scope.country):
                return _outcome(ChangeUnknown())
            refused = decidable(change_id, found.state, found.proposed_by, user_id, approve=approve)
            if refused is not None:
                return _outcome(refused)
            to, unfit, applied = RuleChangeState.REJECTED, None, None
            if approve:
                unfit = await rule_changes.fits(found.kind, found.rule, None)
                to = RuleChangeState.APPLIED if unfit is None else RuleChangeState.OUTDATED
            if to is RuleChangeState.APPLIED:
                recorded = await rule_changes.apply(raw, _signed(found, user_id))
                applied = recorded.id if recorded else None
                await announce_everything(raw)
            await rule_changes.decide(raw, change_id, to, user_id, said, applied)
        after = {"state": to.value, "rule": applied, **_told(found.kind, found.rule)}
        before = {"state": found.state.value, "rule": found.rule_id}
        await audited(ctx, "decideRuleChange", "RuleChange", change_id, before=before, after=after)
        return {"change": str(change_id)} if unfit is None else _outcome(unfit)

    given = {"change": str(change_id), "approve": approve, "reason": said}
    outcome = await staff_once(ctx, _role(ctx), "decideRuleChange", key, given, act)
    if "change" not in outcome:
        return _decided(outcome)
    async with as_system():
        return await rule_changes.one(change_id) or ChangeUnknown()


def _signed(change: RuleChange, user_id: UUID) -> RuleChange:
    """The change with both who verified the rule, where one says that it is."""
    if change.kind is RuleChangeKind.END or change.rule.verified_by is None:
        return change
    both = f"{change.rule.verified_by}, user:{user_id}"
    return replace(change, rule=replace(change.rule, verified_by=both))


async def changes(
    ctx: Context, state: RuleChangeState | None, first: int, after: str | None
) -> paging.Page[RuleChange]:
    """What staff proposed for the countries of the caller's markets, newest first.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    user_id, _ = ctx.staff_markets(_role(ctx))
    size, of = paging.size(first), paging.fingerprint("ruleChanges", user_id, state)
    at = paging.opened(after, of, ctx.seal)
    places = await _countries(ctx)
    async with as_system():
        found = await rule_changes.listed(state, places, at.id if at else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in found], size, of, ctx.seal)


def _role(ctx: Context) -> Role:
    """The one of the roles that the caller has; who has none is refused for the other."""
    return next((role for role in ROLES if role in ctx.caller.roles), Role.STAFF_DECISIONS)


async def _reaches(ctx: Context, country: str) -> bool:
    _, markets = ctx.staff_markets(_role(ctx))
    return may_change(country, markets, {row.code: row.countries for row in await all_markets()})


async def _countries(ctx: Context) -> set[str] | None:
    """The countries whose rules the caller may change; None: all, and those of the Union."""
    _, markets = ctx.staff_markets(_role(ctx))
    if markets is None:
        return None
    return {c for row in await all_markets() if row.code in markets for c in row.countries}


def _readable(wanted: Wanted) -> None:
    """Raises: BadInput for texts and values that cannot be stored."""
    texts = {"source": wanted.source, "sourceRef": wanted.source_ref, "note": wanted.note}
    for name, text in texts.items():
        if len(stored_text(text, name)) > _LONGEST:
            raise BadInput(f"Say `{name}` in at most {_LONGEST} characters.", argument=name)
    if b"\\u0000" in orjson.dumps(wanted.value):
        raise BadInput("`value` holds a character that cannot be stored.", argument="value")


def _said(ctx: Context, wanted: Wanted, user_id: UUID) -> Said:
    return Said(
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        value=wanted.value,
        source=wanted.source.strip(),
        source_ref=wanted.source_ref,
        evidence=wanted.evidence,
        verified_on=ctx.now.date() if wanted.verified else None,
        verified_by=f"user:{user_id}" if wanted.verified else None,
        review_by=wanted.review_by,
        note=wanted.note,
    )


def _told(kind: RuleChangeKind, rule: Rule) -> dict[str, Any]:
    """What the log says of a change."""
    return {
        "change": kind.value,
        "proposed": rule.id,
        "validFrom": rule.valid_from.isoformat(),
        "validTo": rule.valid_to.isoformat() if rule.valid_to else None,
        "value": dict(rule.value),
        "source": rule.source,
    }


_Refusal = Proposed | ChangeUnknown | ChangeNotOpen


def _outcome(refused: _Refusal) -> Outcome:
    facts: dict[str, Any] = orjson.loads(orjson.dumps(asdict(refused), default=str))
    facts.pop("code", None)
    return {"refused": type(refused).__name__, "facts": facts}


_PROPOSED: dict[str, Callable[[dict[str, Any]], Proposed]] = {
    "SourceRequired": lambda _: SourceRequired(),
    "DatesReversed": lambda f: DatesReversed(_day(f["valid_from"]), _day(f["valid_to"])),
    "BadPlace": lambda f: BadPlace(f["field"]),
    "UnnamedVerifier": lambda _: UnnamedVerifier(),
    "BadValue": lambda f: BadValue(RuleKind(f["kind"]), f["field"]),
    "RulesOverlap": lambda f: RulesOverlap(tuple(f["ids"])),
    "NotInForce": lambda f: NotInForce(f["rule_id"]),
    "NotInWindow": lambda f: NotInWindow(
        _day(f["valid_from"]), _day(f["valid_to"]) if f["valid_to"] else None
    ),
    "FourEyesRequired": lambda f: FourEyesRequired(UUID(f["change_id"])),
    "ChangeUnderWay": lambda f: ChangeUnderWay(UUID(f["change_id"])),
}


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _proposed(outcome: Outcome) -> Proposed:
    return _PROPOSED[outcome["refused"]](outcome["facts"])


def _decided(outcome: Outcome) -> ChangeUnknown | ChangeNotOpen | Proposed:
    match outcome["refused"]:
        case "ChangeUnknown":
            return ChangeUnknown()
        case "ChangeNotOpen":
            return ChangeNotOpen(RuleChangeState(outcome["facts"]["state"]))
    return _proposed(outcome)
