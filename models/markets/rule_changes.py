"""Changes of rules that staff proposed: stored, decided once, applied with their decision.

Source: docs/rules/registry.md, "Changes".
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.markets.changes import (
    BadRule,
    Places,
    RuleChangeKind,
    RuleChangeState,
    RulesOverlap,
    check_rule,
    overlapped,
)
from domain.markets.rules import (
    Audience,
    Evidence,
    NotInForce,
    NotInWindow,
    Rule,
    RuleKind,
    RuleStatus,
    Scope,
)
from models.base import fetch
from models.markets.rules import LOCK, STAFF, WITHDRAW, named, of_scope, write
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
Unfit = BadRule | RulesOverlap | NotInForce | NotInWindow


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A change as it was proposed. `rule` is what it would record; its id has no revision yet.

    Shapes: `rule_id` is the rule that is followed or ended, `applied` the one that was recorded.
    """

    id: UUID
    kind: RuleChangeKind
    rule_id: str | None
    rule: Rule
    state: RuleChangeState
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None
    applied: str | None


def _facts(rule: Rule) -> str:
    scope = rule.scope
    known = {
        "kind": scope.kind.value,
        "country": scope.country,
        "region": scope.region,
        "category": scope.category,
        "audience": scope.audience.value,
        **{name: getattr(rule, name) for name in _SAME},
        "value": dict(rule.value),
        "evidence": rule.evidence.value,
        "status": rule.status.value,
    }
    return orjson.dumps(known).decode()


_SAME = (
    *("valid_from", "valid_to", "source", "source_ref", "verified_on", "verified_by"),
    *("review_by", "note", "supersedes"),
)


def _rule(text: str) -> Rule:
    known: dict[str, Any] = orjson.loads(text)
    scope = Scope(
        RuleKind(known.pop("kind")),
        known.pop("country"),
        known.pop("region"),
        known.pop("category"),
        Audience(known.pop("audience")),
    )
    for name in ("valid_from", "valid_to", "verified_on", "review_by"):
        known[name] = date.fromisoformat(known[name]) if known[name] else None
    evidence, status = Evidence(known.pop("evidence")), RuleStatus(known.pop("status"))
    rule_id = scope.id_from(known["valid_from"])
    return Rule(id=rule_id, scope=scope, evidence=evidence, status=status, **known)


def _change(row: asyncpg.Record | Mapping[str, Any]) -> RuleChange:
    return RuleChange(
        id=row["id"],
        kind=RuleChangeKind(row["kind"]),
        rule_id=row["rule_id"],
        rule=_rule(row["proposed"]),
        state=RuleChangeState(row["state"]),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        reason=row["reason"],
        applied=row["applied"],
    )


async def fits(kind: RuleChangeKind, rule: Rule, places: Places | None) -> Unfit | None:
    """Whether a change could be recorded now; None: it could.

    Shapes: `rule.supersedes` is the rule that is followed or ended; `places` the known ones.
    Refuses: what a rule must not be, a day that has one already, a rule that is gone.
    """
    old = None
    if rule.supersedes is not None:
        found = await named(rule.supersedes)
        if found is None or found.rule.withdrawn_at is not None:
            return NotInForce(rule.supersedes)
        old = found.rule
        day = rule.valid_to if kind is RuleChangeKind.END else rule.valid_from
        if day is None or not old.holds(day):
            return NotInWindow(old.valid_from, old.valid_to)
    if kind is RuleChangeKind.END:
        return None
    if (bad := check_rule(rule, places if old is None else None)) is not None:
        return bad
    others = [each for each in await of_scope(rule.scope) if old is None or each.id != old.id]
    ids = overlapped(rule, others)
    return RulesOverlap(ids) if ids else None


async def propose(
    raw: asyncpg.Connection, kind: RuleChangeKind, rule: Rule, by: UUID
) -> UUID | None:
    """Store a change, in the current transaction of a job's rights; None: another is open."""
    scope = rule.scope
    given = (kind.value, rule.supersedes, scope.country, scope.kind.value, _facts(rule), by)
    made: UUID | None = await raw.fetchval(SQL["add"], *given)
    return made


async def open_of(rule_id: str) -> UUID | None:
    """The change of a rule that waits for a decision."""
    rows = await fetch(SQL["open_of"], rule_id)
    return rows[0]["id"] if rows else None


async def one(change_id: UUID) -> RuleChange | None:
    """A change; None for none."""
    rows = await fetch(SQL["one"], change_id)
    return _change(rows[0]) if rows else None


async def hold(raw: asyncpg.Connection, change_id: UUID) -> None:
    """Let nobody else decide about a change, or write a rule, until the transaction ends."""
    await raw.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    await raw.fetch(SQL["held"], change_id)


async def listed(
    state: RuleChangeState | None,
    countries: Collection[str] | None,
    before: UUID | None,
    limit: int,
) -> list[RuleChange]:
    """Changes, newest first; those of some countries, or of all with None."""
    places = None if countries is None else sorted(countries)
    rows = await fetch(SQL["listed"], state.value if state else None, places, before, limit)
    return [_change(row) for row in rows]


async def decide(
    raw: asyncpg.Connection,
    change_id: UUID,
    to: RuleChangeState,
    by: UUID,
    reason: str | None = None,
    applied: str | None = None,
) -> None:
    """Note what became of an open change, and who decided it."""
    await raw.fetchval(SQL["decide"], change_id, to.value, by, reason, applied)


async def apply(raw: asyncpg.Connection, change: RuleChange) -> Rule | None:
    """Record what a change says; ask `fits` first. None: a rule was ended from its first day.

    The old rule is withdrawn; what is left of its window is a new row, and so is what follows it.
    """
    rule, now = change.rule, await raw.fetchval("SELECT clock_timestamp()")
    if change.rule_id is None:
        return await write(raw, rule, now, STAFF)
    found = await named(change.rule_id)
    if found is None:
        raise LookupError(change.rule_id)
    old, day = found.rule, rule.valid_from
    if change.kind is RuleChangeKind.END:
        day = rule.valid_to or rule.valid_from
    closed = None
    if day > old.valid_from:
        rest = replace(old, valid_to=day, supersedes=old.id, recorded_at=None)
        closed = await write(raw, rest, now, STAFF)
    else:
        await raw.execute(WITHDRAW, old.id, now)
    if change.kind is RuleChangeKind.END:
        return closed
    return await write(raw, replace(rule, supersedes=old.id), now, STAFF)
