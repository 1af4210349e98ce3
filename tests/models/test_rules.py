"""The table of rules: loads, overlaps, successions, and what was recorded at a moment."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from domain.markets.rules import Evidence, Rule, RuleKind, RuleMissing, RuleOverlap
from domain.orders.sale import Sale, TaxRefused
from domain.orders.vat import Acquisition, LineTax, Supplier, VatScheme
from models.base import execute, fetchval, transaction
from models.markets import rules
from models.markets.rules import BadRules, NotInForce, NotInWindow, Succession, succeed
from models.orders.tax import complete_margin, line_tax, line_taxes
from tests.domain.orders.test_vat_scheme import HOME
from tests.rules import FOLDER, LENIENT, STRICT, lawful, shipped

RATE = RuleKind.VAT_STANDARD_RATE
EE = "vat.standard_rate:EE:2025-07-01"
HIGHER = Succession(
    date(2027, 1, 1), {"percent": "25"}, "a law of the tests", "art. 1", Evidence.LAW_TEXT,
    date(2026, 11, 1), "counsel",
)  # fmt: skip


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


async def test_of_two_who_follow_a_rule_at_once_one_does(fresh_db: str) -> None:
    await lawful()

    async def follow() -> object:
        async with transaction() as raw:
            return await succeed(raw, EE, HIGHER)

    found = await asyncio.gather(*(follow() for _ in range(4)))
    assert sorted(type(each).__name__ for each in found) == ["NotInForce"] * 3 + ["Rule"]
    assert await fetchval("SELECT count(*) FROM rule WHERE origin = 'STAFF'") == 2


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
