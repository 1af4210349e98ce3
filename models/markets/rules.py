"""The table of dated rules: read as a book, filled from files, changed by succession only."""

import asyncio
import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.markets.changes import BadPlace, BadRule, Places, check_rule
from domain.markets.kinds import category_known
from domain.markets.rules import (
    STRICT,
    Audience,
    Evidence,
    Rule,
    RuleBook,
    RuleKind,
    RuleOverlap,
    RulePolicy,
    RuleStatus,
    Scope,
    overlapping,
)
from models.base import fetch, transaction
from models.kept import KeptBy

REFERENCE, STAFF = "REFERENCE", "STAFF"
LOCK = 7_204_316  # the advisory lock of whoever writes rules
_SELECT = """
SELECT id, row_id, kind, country, region, category, audience, valid_from, valid_to,
  value::text AS value, source, source_ref, evidence, status, verified_on, verified_by, review_by,
  note, origin, supersedes, recorded_at, withdrawn_at
FROM rule """
_IN_FORCE = _SELECT + "WHERE withdrawn_at IS NULL ORDER BY id"
_AS_OF = (
    _SELECT + "WHERE recorded_at <= $1 AND (withdrawn_at IS NULL OR withdrawn_at > $1) ORDER BY id"
)
_NAMED = _SELECT + "WHERE id = $1"
_LIST = (
    _SELECT
    + """
WHERE withdrawn_at IS NULL AND ($1::text IS NULL OR country = $1)
  AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR (id, row_id) > ($3, $4::uuid))
ORDER BY id, row_id LIMIT $5
"""
)
_OF_SCOPE = (
    _SELECT
    + """
WHERE withdrawn_at IS NULL AND kind = $1 AND country = $2 AND region IS NOT DISTINCT FROM $3
  AND category IS NOT DISTINCT FROM $4 AND audience = $5 ORDER BY id
"""
)
_REVISIONS = "SELECT count(*) FROM rule WHERE id = $1 OR starts_with(id, $1 || '@')"
WITHDRAW = "UPDATE rule SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL"
_ADD = """
INSERT INTO rule (id, kind, country, region, category, audience, valid_from, valid_to, value,
  source, source_ref, evidence, status, verified_on, verified_by, review_by, note, supersedes,
  recorded_at, origin)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11, $12, $13, $14, $15, $16, $17,
  $18, $19, $20)
"""


class _Process:
    """What this process lets be used, until it is told otherwise."""

    policy = STRICT


def install(policy: RulePolicy) -> None:
    """From now on, books of this process are read under this policy."""
    _Process.policy = policy


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule, the row that has it, and who recorded it."""

    rule: Rule
    row_id: UUID
    origin: str


async def _in_force(_: str) -> RuleBook:
    rows = await fetch(_IN_FORCE)
    return RuleBook((rule_of(row) for row in rows), parents=await _parents())


_BOOK = KeptBy(_in_force)


async def book(as_of: datetime | None = None, policy: RulePolicy | None = None) -> RuleBook:
    """The rules in force now, or as they were recorded at a moment; policy: the process's own."""
    allowed = policy or _Process.policy
    if as_of is None:
        return (await _BOOK.get("")).under(allowed)
    rows = await fetch(_AS_OF, as_of)
    return RuleBook((rule_of(row) for row in rows), allowed, await _parents())


async def _codes(_: str) -> Places:
    countries = await fetch("SELECT code FROM country")
    categories = await fetch("SELECT code FROM category")
    return Places(
        frozenset(row["code"] for row in countries), frozenset(row["code"] for row in categories)
    )


_PLACES = KeptBy(_codes)


async def places() -> Places:
    """The countries and categories that a rule may be of. Two statements, none where kept."""
    return await _PLACES.get("")


async def _parents() -> dict[str, str]:
    rows = await fetch("SELECT code, parent FROM category WHERE parent IS NOT NULL")
    return {row["code"]: row["parent"] for row in rows}


async def listed(
    country: str | None, kind: RuleKind | None, after: tuple[str, UUID] | None, limit: int
) -> list[Listed]:
    """Rules that are not withdrawn, by id."""
    last = after or (None, None)
    rows = await fetch(_LIST, country, kind.value if kind else None, *last, limit)
    return [Listed(rule_of(row), row["row_id"], row["origin"]) for row in rows]


async def named(rule_id: str) -> Listed | None:
    """The rule of this id, withdrawn or not."""
    rows = await fetch(_NAMED, rule_id)
    return Listed(rule_of(rows[0]), rows[0]["row_id"], rows[0]["origin"]) if rows else None


def rule_of(row: Mapping[str, Any] | asyncpg.Record) -> Rule:
    """A rule as the table, or a file that was checked, has it."""
    return Rule(
        id=row["id"],
        scope=Scope(
            RuleKind(row["kind"]),
            row["country"],
            row["region"],
            row["category"],
            Audience(row["audience"]),
        ),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        value=orjson.loads(row["value"]),
        source=row["source"],
        source_ref=row["source_ref"],
        evidence=Evidence(row["evidence"]),
        status=RuleStatus(row["status"]),
        verified_on=row["verified_on"],
        verified_by=row["verified_by"],
        review_by=row["review_by"],
        note=row["note"],
        supersedes=row["supersedes"],
        recorded_at=row["recorded_at"],
        withdrawn_at=row["withdrawn_at"],
    )


class BadRules(Exception):
    """A file of rules cannot be taken: which rule, and why. Nothing of it is written."""

    def __init__(self, problem: BadRule | RuleOverlap, rule_id: str) -> None:
        super().__init__(f"{problem.code}: {rule_id}: {problem}")
        self.problem = problem


def read_rules(path: Path) -> list[Rule]:
    """The rules of a CSV file; an empty cell is none.

    Raises: ValueError for a cell that cannot be read; BadRules for a rule without a source, with
    reversed dates, of a place that cannot be, or with a value of another shape.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return [_given(row) for row in csv.DictReader(file)]


def _given(row: Mapping[str, str]) -> Rule:
    cells: dict[str, Any] = {name: text or None for name, text in row.items()}
    for name in ("valid_from", "valid_to", "verified_on", "review_by"):
        cells[name] = date.fromisoformat(cells[name]) if cells[name] else None
    for name in ("source_ref", "note"):
        cells[name] = cells[name] or ""
    cells["audience"] = cells["audience"] or Audience.ANY.value
    unsaid: dict[str, Any] = dict.fromkeys(("id", "supersedes", "recorded_at", "withdrawn_at"), "")
    rule = rule_of(unsaid | cells | {"supersedes": None, "recorded_at": None, "withdrawn_at": None})
    rule = replace(rule, id=rule.scope.id_from(rule.valid_from))
    if (problem := check_rule(rule)) is not None:
        raise BadRules(problem, rule.id)
    return rule


async def load_rules(folder: Path, categories: Collection[str] | None = None) -> int:
    """Bring the table into line with the files of a folder; return how many rules they have.

    Shapes: `categories` are those of the catalogue; None knows any of a fit form.
    Safe to repeat. A rule that changed is withdrawn and followed by a new one; what staff recorded
    stays as it is, and so does a rule that left the files.
    Raises: ValueError, BadRules; nothing is then written.
    """
    given = await asyncio.to_thread(_read_all, folder)
    for rule in given if categories is not None else ():
        named = rule.scope.category
        if named and not category_known(rule.scope.kind, named, categories or ()):
            raise BadRules(BadPlace("category"), rule.id)
    if twice := overlapping(given):
        raise BadRules(twice, twice.id)
    async with transaction() as raw:
        await raw.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        rows = await raw.fetch(_IN_FORCE)
        kept = {_base(row["id"]): (rule_of(row), row["origin"]) for row in rows}
        fresh = [rule for rule in given if _changes(rule, kept)]
        others = {base: rule for base, (rule, _) in kept.items()}
        if clash := overlapping((others | {rule.id: rule for rule in fresh}).values()):
            raise BadRules(clash, clash.id)
        now = await raw.fetchval("SELECT clock_timestamp()")
        for rule in fresh:
            old = others.get(rule.id)
            await write(raw, replace(rule, supersedes=old.id if old else None), now, REFERENCE)
    return len(given)


def _read_all(folder: Path) -> list[Rule]:
    return [rule for path in sorted(folder.glob("*.csv")) for rule in read_rules(path)]


def _changes(rule: Rule, kept: Mapping[str, tuple[Rule, str]]) -> bool:
    """Whether a rule of a file is new, or says something else than the one that is shipped."""
    if rule.id not in kept:
        return True
    known, origin = kept[rule.id]
    same = replace(known, id=rule.id, supersedes=None, recorded_at=None)
    return origin == REFERENCE and same != rule


def _base(rule_id: str) -> str:
    return rule_id.partition("@")[0]


async def of_scope(scope: Scope) -> list[Rule]:
    """The rules in force of exactly this scope, by id."""
    place = (scope.country, scope.region, scope.category)
    rows = await fetch(_OF_SCOPE, scope.kind.value, *place, scope.audience.value)
    return [rule_of(row) for row in rows]


async def hold(raw: asyncpg.Connection) -> None:
    """Let nobody else write rules until the transaction ends."""
    await raw.execute("SELECT pg_advisory_xact_lock($1)", LOCK)


async def add(raw: asyncpg.Connection, new: Sequence[Rule]) -> list[Rule]:
    """Record new rules of staff, with a job's rights. Call `hold` first, and look for overlaps."""
    now = await raw.fetchval("SELECT clock_timestamp()")
    return [await write(raw, each, now, STAFF) for each in new]


async def write(raw: asyncpg.Connection, rule: Rule, now: datetime, origin: str) -> Rule:
    """Add a rule as the next revision of its id, and withdraw the one that it supersedes."""
    if rule.supersedes:
        await raw.execute(WITHDRAW, rule.supersedes, now)
    base = rule.scope.id_from(rule.valid_from)
    revisions: int = await raw.fetchval(_REVISIONS, base)
    stored = replace(rule, id=rule.scope.id_from(rule.valid_from, revisions + 1), recorded_at=now)
    await raw.execute(_ADD, *_cells(stored), origin)
    return stored


def _cells(rule: Rule) -> Iterable[Any]:
    scope = rule.scope
    place: Sequence[str | None] = (scope.country, scope.region, scope.category)
    return (
        *(rule.id, scope.kind.value, *place, scope.audience.value, rule.valid_from, rule.valid_to),
        *(orjson.dumps(rule.value).decode(), rule.source, rule.source_ref, rule.evidence.value),
        *(rule.status.value, rule.verified_on, rule.verified_by, rule.review_by, rule.note),
        *(rule.supersedes, rule.recorded_at),
    )
