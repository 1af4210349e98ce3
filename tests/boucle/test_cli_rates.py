"""The operator's command that records a file of exchange rates."""

import asyncio
import os
import sys
import zipfile
from asyncio.subprocess import PIPE, STDOUT
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boucle.cli import main
from models.base import fetch

ROOT = Path(__file__).parents[2]
TODAY = datetime.now(UTC).date()
GOOD = f"Date,USD,GBP,\n{TODAY},1.0874,0.85,\n"


def invoked(*words: str) -> Result:
    return CliRunner().invoke(main, ["rates", *words])


def written(at: Path, text: str) -> str:
    at.write_text(text)
    return str(at)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Date,USD\n2026-01-02,free\n", "line 2: RATE_INVALID USD 'free'. A rate is a number"),
        ("Date,USD\n2999-01-02,1.1\n", "line 2: DATE_INVALID date '2999-01-02'. A day is"),
        ("<html>", "FORMAT_UNKNOWN"),
    ],
)
def test_a_bad_file_is_told_by_line_and_opens_no_database(
    tmp_path: Path, text: str, said: str
) -> None:
    found = invoked(written(tmp_path / "rates.csv", text))

    assert found.exit_code == 1
    assert said in found.output
    assert "nothing was recorded of rates.csv" in found.output


def test_a_zip_of_two_files_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "eurofxref.zip"
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("a.csv", GOOD)
        opened.writestr("b.csv", GOOD)

    found = invoked(str(packed))

    assert (found.exit_code, "holds 2 files" in found.output) == (1, True)


async def test_a_file_is_recorded_once_and_corrected_when_told(
    tmp_path: Path, fresh_db: str, redis_url: str
) -> None:
    packed = tmp_path / "eurofxref.zip"
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("eurofxref.csv", GOOD)
    other = written(tmp_path / "other.csv", GOOD.replace("0.85", "0.86"))
    env = os.environ | {
        "DATABASE_URL": fresh_db,
        "REDIS_URL": redis_url,
        "BOUCLE_HOME": str(tmp_path),
    }

    async def run(*words: str) -> str:
        command = (sys.executable, "-m", "boucle", "rates", *words)
        process = await asyncio.create_subprocess_exec(
            *command, env=env, cwd=ROOT, stdout=PIPE, stderr=STDOUT
        )
        return (await process.communicate())[0].decode()

    first, left, done = await run(str(packed)), await run(other), await run(other, "--correct")

    assert "2 rates: 2 new, 0 known, 0 corrected, 0 left out" in first
    assert f"left out: GBP of {TODAY} is 0.86 here" in left
    assert "2 rates: 0 new, 1 known, 0 corrected, 1 left out" in left
    assert "2 rates: 0 new, 1 known, 1 corrected, 0 left out" in done
    rows = await fetch("SELECT * FROM exchange_rate WHERE quote = 'GBP' ORDER BY rate")
    assert [(str(row["rate"]), row["withdrawn_at"] is None) for row in rows] == [
        ("0.8500000000", False), ("0.8600000000", True),
    ]  # fmt: skip
    log = await fetch("SELECT action, actor_kind FROM audit_log")
    assert {tuple(row) for row in log} == {("importRates", "OPERATOR")}
