"""`boucle factors`: sets are what was published, and whoever edits one is found."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from boucle.cli import main
from models import impact


@pytest.fixture(autouse=True)
def _fresh() -> object:
    for kept in (impact.factor_set, impact._kept):
        kept.cache_clear()
    yield
    for kept in (impact.factor_set, impact._kept):
        kept.cache_clear()


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["factors", *words])
    return done.exit_code, done.output


def test_the_sets_that_ship_are_as_published() -> None:
    assert run("verify") == (0, "2 sets are as published, 20 golden values hold\n")
    code, told = run("list")
    assert code == 0
    assert all(sha256 in told for sha256 in impact.published().values())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what ships, which the command reads."""
    for each in impact._FOLDER.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    monkeypatch.setattr(impact, "_FOLDER", tmp_path)
    return tmp_path


def test_a_set_that_was_edited_is_found(folder: Path) -> None:
    edited = folder / "be-v2.json"
    document = json.loads(edited.read_text())
    document["factors"][0]["value"] = "79.517"
    edited.write_text(json.dumps(document))
    code, told = run("verify")
    assert code == 1
    assert "be-v2: its hash is" in told


@pytest.mark.parametrize("field", ["value", "source", "grade", "half_width"])
def test_an_edited_factor_that_sets_share_is_found_in_each_of_them(
    folder: Path, field: str
) -> None:
    edited = folder / "shared-1.json"
    document = json.loads(edited.read_text())
    row = next(each for each in document["factors"] if each["symbol"] == "LEG_RAIL")
    row[field] = {"value": "0.0348", "grade": "A", "half_width": "0.2"}.get(field, "somebody")
    edited.write_text(json.dumps(document))
    code, told = run("verify")
    assert code == 1
    for set_id in ("ademe-2022", "be-v2"):
        assert f"{set_id}: {set_id} names another shared document" in told


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ("34.915433", "34.915434", "ademe-2022 smartphone GWP 3 years: net is"),
        ("97.013", "97.113", "be-v2 laptop GWP 5 years: p95 is"),
        ("0.0634", "0.0635", "ademe-2022 smartphone GWP 2 years: share is"),
        ("RANGE_INCLUDES_ZERO", "GRADE_D", "ademe-2022 smartphone GWP 2 years: reason is"),
    ],
)
def test_a_method_that_says_otherwise_is_found(
    folder: Path, was: str, now: str, named: str
) -> None:
    golden = folder / "golden.csv"
    assert was in golden.read_text()
    golden.write_text(golden.read_text().replace(was, now))
    code, told = run("verify")
    assert code == 1
    assert named in told


def test_a_table_of_draws_that_says_otherwise_is_found(folder: Path) -> None:
    table = folder / "draws.csv"
    head, first, *rest = table.read_text().splitlines()
    cells = first.split(",")
    cells[2] = str(float(cells[2]) + 0.5)
    table.write_text("\n".join([head, ",".join(cells), *rest]) + "\n")
    code, told = run("verify")
    assert code == 1
    assert "draws.csv is not what the draws say" in told
