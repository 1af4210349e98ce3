"""The table of rules: loads, overlaps, successions, and what was recorded at a moment."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.markets.changes import (
    BadRule,
    DatesReversed,
    Places,
    RuleChangeKind,
    RuleChangeState,
    RulesOverlap,
    Said,
    SourceRequired,
    ended,
    successor,
)
from domain.markets.rules import (
    Evidence,
    NotInForce,
    NotInWindow,
    Rule,
    RuleKind,
    RuleMissing,
    RuleOverlap,
    Scope,
)
from domain.orders.sale import Sale, TaxRefused
from domain.orders.vat import Acquisition, LineTax, Supplier, VatScheme
from models.base import execute, fetchval, transaction
from models.markets import rule_changes, rules
from models.markets.rule_changes import Unfit
from models.markets.rules import BadRules
from models.orders.tax import complete_margin, line_tax, line_taxes
from tests import factories
from tests.domain.orders.test_vat_scheme import HOME
from tests.rules import FOLDER, LENIENT, STRICT, lawful, shipped

RATE = RuleKind.VAT_STANDARD_RATE
EE = "vat.standard_rate:EE:2025-07-01"
HIGHER = Said(
    date(2027, 1, 1), {"percent": "25"}, "a law of the tests", "art. 1", Evidence.LAW_TEXT,
    date(2026, 11, 1), "counsel",
)  # fmt: skip


ONE, OTHER = factories.some_id(), factories.some_id()


async def changed(raw: asyncpg.Connection, kind: RuleChangeKind, rule: Rule) -> Rule | Unfit | None:
    """Propose a change as one person, and apply it as another."""
    if (unfit := await rule_changes.fits(kind, rule, Places({"EE", "FR"}, {"laptop"}))) is not None:
        return unfit
    change_id = await rule_changes.propose(raw, kind, rule, ONE)
    assert change_id is not None
    change = await rule_changes.one(change_id)
    assert change is not None
    assert change.rule == replace(rule, id=change.rule.id, recorded_at=None)
    recorded = await rule_changes.apply(raw, change)
    to = RuleChangeState.APPLIED
    await rule_changes.decide(raw, change_id, to, OTHER, None, recorded.id if recorded else None)
    return recorded


async def succeed(raw: asyncpg.Connection, rule_id: str, then: Said) -> Rule | Unfit | None:
    found = await rules.named(rule_id)
    if found is None:
        return NotInForce(rule_id)
    return await changed(raw, RuleChangeKind.SUCCEED, successor(found.rule, then))


async def rate(on: date, **more: object) -> object:
    found = (await rules.book(**more)).find(RATE, "EE", on)  # type: ignore[arg-type]
    return found.value["percent"] if isinstance(found, Rule) else found


async def test_a_load_is_what_the_files_say_and_a_second_one_writes_nothing(db: None) -> None:
    await lawful()
    stored = {rule.id: replace(rule, recorded_at=None) for rule in await rules.book()}
    assert stored == {rule.id: rule for rule in shipped()}
    await lawful()
    assert await fetchval("SELECT count(*) FROM rule") == len(shipped())


def _folder(tmp_path: Path, name: str, change: tuple[str, str]) -> Path:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / name).write_text(text.replace(*change, 1), encoding="utf-8")
    return tmp_path


async def test_a_corrected_file_withdraws_the_row_and_what_was_recorded_before_stays_readable(
    db: None, tmp_path: Path
) -> None:
    await lawful()
    before = await fetchval("SELECT clock_timestamp()")
    line = 'EE,,,,2025-07-01,,"{""percent"":""24""}"'
    await rules.load_rules(_folder(tmp_path, "vat_rates.csv", (line, line.replace("24", "26"))))
    on = date(2026, 1, 1)
    assert (await rate(on), await rate(on, as_of=before)) == ("26", "24")
    found = await rules.named(f"{EE}@2")
    assert found is not None
    assert found.rule.supersedes == EE
    assert await fetchval("SELECT count(*) FROM rule WHERE withdrawn_at IS NOT NULL") == 1


async def test_an_overlap_refuses_the_whole_file(db: None, tmp_path: Path) -> None:
    await lawful()
    rules_before = await fetchval("SELECT count(*) FROM rule")
    line = "vat.standard_rate,EE,,,,2024-01-01,"
    value = '"{""percent"":""23""}"'
    added = f"vat.standard_rate,EE,,,,2025-01-01,2025-08-01,{value},a test,,NONE,UNVERIFIED,,,,"
    path = _folder(tmp_path, "vat_rates.csv", (line, f"{added}\n{line}"))
    with pytest.raises(BadRules, match="RULE_OVERLAP") as refused:
        await rules.load_rules(path)
    problem = refused.value.problem
    assert isinstance(problem, RuleOverlap)
    assert {problem.id, problem.other} == {
        "vat.standard_rate:EE:2024-01-01", "vat.standard_rate:EE:2025-01-01",
    }  # fmt: skip
    assert await fetchval("SELECT count(*) FROM rule") == rules_before


async def test_the_database_refuses_an_overlap_that_the_code_would_let_pass(db: None) -> None:
    await lawful()
    with pytest.raises(asyncpg.ExclusionViolationError):
        async with transaction():
            await execute(
                "INSERT INTO rule (id, kind, country, valid_from, value, source, evidence, status, "
                "origin) VALUES ('stray', 'vat.standard_rate', 'EE', '2026-01-01', '{}', 'x', "
                "'NONE', 'UNVERIFIED', 'STAFF')"
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rule SET value = '{}' WHERE id = $1",
        "UPDATE rule SET withdrawn_at = now(), source = 'else' WHERE id = $1",
        "DELETE FROM rule WHERE id = $1",
    ],
)
async def test_no_rule_is_changed_or_deleted(db: None, statement: str) -> None:
    await lawful()
    with pytest.raises(asyncpg.RaiseError):
        async with transaction():
            await execute(statement, EE)


async def test_a_succession_closes_one_window_and_opens_the_next(db: None) -> None:
    await lawful()
    before = await fetchval("SELECT clock_timestamp()")
    async with transaction() as raw:
        found = await succeed(raw, EE, HIGHER)
    assert isinstance(found, Rule)
    assert (found.id, found.valid_to, found.verified) == (
        "vat.standard_rate:EE:2027-01-01",
        None,
        True,
    )
    assert [await rate(date(2026, 12, 31)), await rate(date(2027, 1, 1))] == ["24", "25"]
    assert await rate(date(2027, 1, 1), as_of=before) == "24"
    old = await rules.named(f"{EE}@2")
    assert old is not None
    assert old.rule.valid_to == date(2027, 1, 1)
    await lawful()
    assert await rate(date(2027, 1, 1)) == "25"  # a load leaves what staff recorded


async def test_a_succession_inside_a_closed_window_ends_where_that_one_ended(db: None) -> None:
    await lawful()
    async with transaction() as raw:
        then = replace(HIGHER, valid_from=date(2024, 6, 1))
        await succeed(raw, "vat.standard_rate:EE:2024-01-01", then)
    days = (date(2024, 5, 31), date(2024, 6, 1), date(2025, 6, 30), date(2025, 7, 1))
    assert [await rate(each) for each in days] == ["22", "25", "25", "24"]


async def test_a_rule_is_followed_once_and_inside_its_window_and_by_its_shape(db: None) -> None:
    await lawful()
    async with transaction() as raw:
        early = await succeed(raw, EE, replace(HIGHER, valid_from=date(2025, 6, 30)))
        shape = await succeed(raw, EE, replace(HIGHER, value={"percent": 25}))
        await succeed(raw, EE, HIGHER)
        again = await succeed(raw, EE, HIGHER)
        unknown = await succeed(raw, "vat.standard_rate:EE:1999-01-01", HIGHER)
    assert early == NotInWindow(date(2025, 7, 1), None)
    assert getattr(shape, "code", None) == "RULE_VALUE"
    assert (again, unknown) == (NotInForce(EE), NotInForce("vat.standard_rate:EE:1999-01-01"))


async def test_of_two_who_propose_for_one_rule_at_once_one_is_heard(fresh_db: str) -> None:
    await lawful()
    found = await rules.named(EE)
    assert found is not None
    rule = successor(found.rule, HIGHER)

    async def propose() -> object:
        async with transaction() as raw:
            return await rule_changes.propose(raw, RuleChangeKind.SUCCEED, rule, ONE)

    made = await asyncio.gather(*(propose() for _ in range(4)))
    assert sorted(each is None for each in made) == [False, True, True, True]
    assert await fetchval("SELECT count(*) FROM rule_change") == 1
    assert await fetchval("SELECT count(*) FROM rule WHERE origin = 'STAFF'") == 0


async def test_a_rule_fills_a_gap_and_never_a_day_that_has_one(db: None) -> None:
    await lawful()
    gap = replace(HIGHER, valid_from=date(2010, 1, 1), value={"percent": "20"})
    scope = Scope(RATE, "EE")
    async with transaction() as raw:
        open_ended = await changed(raw, RuleChangeKind.ADD, gap.rule(scope))
        touching = replace(gap, valid_to=date(2016, 1, 1)).rule(scope)
        filled = await changed(raw, RuleChangeKind.ADD, touching)
    assert open_ended == RulesOverlap(tuple(sorted(r.id for r in shipped() if r.scope == scope)))
    assert isinstance(filled, Rule)
    assert [await rate(date(2015, 12, 31)), await rate(date(2009, 12, 31))] == [
        "20", RuleMissing(RATE, "EE", date(2009, 12, 31)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "scope", "refusal"),
    [
        ({"source": " "}, Scope(RATE, "EE"), SourceRequired()),
        (
            {"valid_to": date(2010, 1, 1)},
            Scope(RATE, "EE"),
            DatesReversed(date(2010, 1, 1), date(2010, 1, 1)),
        ),
        ({}, Scope(RATE, "QQ"), "country"),
        ({}, Scope(RATE, "EU", "75"), "region"),
        ({}, Scope(RATE, "EE", None, "A B"), "category"),
        ({}, Scope(RATE, "EE", None, "toaster"), "category"),
        ({}, Scope(RuleKind.VAT_INVOICE_WORDS, "EE", None, "laptop"), "category"),
        ({}, Scope(RuleKind.EPR_REGISTRATION, "EE", None, "laptop"), "category"),
        ({"value": {"percent": 25}}, Scope(RATE, "EE"), "percent"),
    ],
)
async def test_what_no_rule_can_be_names_its_field_and_writes_nothing(
    db: None, said: dict[str, Any], scope: Scope, refusal: BadRule | str
) -> None:
    await lawful()
    given = replace(HIGHER, valid_from=date(2010, 1, 1), valid_to=date(2011, 1, 1))
    async with transaction() as raw:
        found = await changed(raw, RuleChangeKind.ADD, replace(given, **said).rule(scope))
    assert refusal in {found, getattr(found, "field", None)}
    assert await fetchval("SELECT count(*) FROM rule") == len(shipped())


async def test_a_rule_that_ended_leaves_a_gap_and_its_history(db: None) -> None:
    await lawful()
    before = await fetchval("SELECT clock_timestamp()")
    found = await rules.named(EE)
    assert found is not None
    async with transaction() as raw:
        outside = await changed(raw, RuleChangeKind.END, ended(found.rule, date(2025, 6, 30)))
        rest = await changed(raw, RuleChangeKind.END, ended(found.rule, date(2027, 1, 1)))
    assert outside == NotInWindow(date(2025, 7, 1), None)
    assert isinstance(rest, Rule)
    days = (date(2026, 12, 31), date(2027, 1, 1))
    assert [await rate(each) for each in days] == ["24", RuleMissing(RATE, "EE", days[1])]
    assert await rate(days[1], as_of=before) == "24"
    async with transaction() as raw:
        gone = await changed(raw, RuleChangeKind.END, ended(rest, rest.valid_from))
    assert gone is None
    assert await rate(days[0]) == RuleMissing(RATE, "EE", days[0])


async def test_nobody_decides_alone_and_no_decision_is_changed(db: None) -> None:
    await lawful()
    rule = HIGHER.rule(Scope(RATE, "EE", None, "laptop"))
    async with transaction() as raw:
        change_id = await rule_changes.propose(raw, RuleChangeKind.ADD, rule, ONE)
        assert change_id is not None
    with pytest.raises(asyncpg.CheckViolationError, match="four_eyes"):
        async with transaction() as raw:
            await rule_changes.decide(raw, change_id, RuleChangeState.APPLIED, ONE)
    async with transaction() as raw:
        await rule_changes.decide(raw, change_id, RuleChangeState.REJECTED, OTHER, "no")
    for statement in (
        "UPDATE rule_change SET state = 'APPLIED' WHERE id = $1",
        "DELETE FROM rule_change WHERE id = $1",
    ):
        with pytest.raises(asyncpg.RaiseError):
            async with transaction():
                await execute(statement, change_id)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("2025-07-01,,", "2025-07-01,2025-07-01,"), "RULE_DATES_REVERSED"),
        (("2025-07-01,,", "2025-07-01,2025-06-01,"), "RULE_DATES_REVERSED"),
        (("EE,,,,2025-07-01", "EST,,,,2025-07-01"), "RULE_PLACE"),
        (("EE,,,,2025-07-01", "EE,,,,2024-01-01"), "RULE_OVERLAP"),
    ],
)
async def test_a_file_with_a_rule_that_cannot_be_is_refused_as_a_whole(
    db: None, tmp_path: Path, change: tuple[str, str], code: str
) -> None:
    lines = (FOLDER / "vat_rates.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    changed_lines = [
        line.replace(*change, 1) if "EE,,,,2025-07-01" in line else line for line in lines
    ]
    assert changed_lines != lines
    (tmp_path / "vat_rates.csv").write_text("".join(changed_lines), encoding="utf-8")
    with pytest.raises(BadRules, match=code):
        await rules.load_rules(tmp_path)
    assert await fetchval("SELECT count(*) FROM rule") == 0


async def test_a_file_with_a_rule_of_nobody_is_refused(db: None, tmp_path: Path) -> None:
    text = (FOLDER / "markets.csv").read_text(encoding="utf-8")
    (tmp_path / "markets.csv").write_text(text.replace("Directive 98/6/EC", " ", 1), "utf-8")
    with pytest.raises(BadRules, match="SOURCE_REQUIRED"):
        await rules.load_rules(tmp_path)


async def test_a_file_with_a_rule_of_a_category_that_there_is_not_is_refused_whole(
    db: None,
) -> None:
    with pytest.raises(BadRules, match=r"RULE_PLACE: levy\.private_copy:FR:tablet"):
        await rules.load_rules(FOLDER, {"smartphone", "laptop", "console"})
    assert await fetchval("SELECT count(*) FROM rule") == 0
    await rules.load_rules(FOLDER, {"smartphone", "laptop", "console", "tablet"})


async def test_verifying_is_a_succession_from_the_first_day(db: None) -> None:
    await lawful(STRICT)
    rule_id = "vat.standard_rate:CH:2026-09-29"
    on = date(2026, 11, 1)
    async with transaction() as raw:
        then = replace(HIGHER, valid_from=date(2026, 9, 29), value={"percent": "8.1"})
        found = await succeed(raw, rule_id, then)
    assert isinstance(found, Rule)
    assert found.id == f"{rule_id}@2"
    assert isinstance((await rules.book()).find(RATE, "CH", on), Rule)
    assert isinstance((await rules.book()).find(RATE, "CH", date(2026, 9, 28)), RuleMissing)


async def test_lines_are_taxed_by_the_table_and_margins_completed_from_what_was_stored(
    db: None,
) -> None:
    await lawful()
    plain, margin = await line_taxes([HOME, replace(HOME, declared=VatScheme.MARGIN)])
    assert isinstance(plain, LineTax)
    assert isinstance(margin, LineTax)
    assert (plain.vat_minor, margin.vat_minor) == (4_983, None)
    unit = Acquisition(date(2026, 3, 1), Supplier.PERSON, "FR", 18_000, "receipt 7")
    done = await complete_margin(margin.facts(), unit)
    assert isinstance(done, LineTax)
    assert (done.vat_minor, done.purchase_minor) == (1_983, 18_000)
    assert await complete_margin(plain, unit) == plain


async def test_an_empty_registry_sells_nothing(db: None) -> None:
    rules.install(LENIENT)
    sale: Sale = HOME
    assert isinstance(await line_tax(sale), TaxRefused)
