"""`boucle factors`: sets are what was published, and whoever edits one is found."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from boucle.cli import main
from models import impact


@pytest.fixture(autouse=True)
def _fresh() -> object:
    impact.factor_set.cache_clear()
    yield
    impact.factor_set.cache_clear()


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["factors", *words])
    return done.exit_code, done.output


def test_the_sets_that_ship_are_as_published() -> None:
    assert run("verify") == (0, "2 sets are as published, 20 golden values hold\n")
    code, told = run("list")
    assert code == 0
    assert all(sha256 in told for sha256 in impact.published().values())


def test_a_set_that_was_edited_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in impact._FOLDER.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    edited = tmp_path / "be-v2.json"
    document = json.loads(edited.read_text())
    document["factors"][0]["value"] = "79.517"
    edited.write_text(json.dumps(document))
    monkeypatch.setattr(impact, "_FOLDER", tmp_path)
    code, told = run("verify")
    assert code == 1
    assert "be-v2: its hash is" in told


def test_a_method_that_says_otherwise_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in impact._FOLDER.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    golden = tmp_path / "golden.csv"
    golden.write_text(golden.read_text().replace("34.915433", "34.915434"))
    monkeypatch.setattr(impact, "_FOLDER", tmp_path)
    code, told = run("verify")
    assert code == 1
    assert "ademe-2022 smartphone GWP 3 years: net is" in told
