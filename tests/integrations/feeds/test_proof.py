"""The faster ways of reading say what the careful one says, over files with many faults."""

from dataclasses import replace

import polars as pl
import pytest

from integrations.feeds.contract import Memory
from tests.integrations.feeds.proof import missing, proved, said
from tests.integrations.feeds.reading import DATA, FULL

FILES = 60  # a seed; `make feeds-proof COUNT=10000` tries more


@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_columns_records_and_remembered_lines_say_the_same_of_every_file(tmp_path, seed):
    tally = proved(seed, range(FILES), tmp_path)

    assert tally.failures == []
    assert missing(tally) == []
    assert len(tally.faults) > 20
    assert len(tally.codes) > 10


@pytest.mark.parametrize("name", ["native.jsonl", "google.xml", "google_sales.xml", "clean.csv"])
@pytest.mark.parametrize("size", [60, 1_048_576])
def test_lines_behind_live_offers_are_counted_and_not_read_again(name, size):
    wanted = {"grade_column": "custom_label_0"} if name.endswith(".xml") else {}
    settings = replace(FULL, block_bytes=size, **wanted)
    first = said(DATA / name, replace(settings, memory=Memory("salt")))
    faulty = [problem.line for problem in first.problems]
    kept = first.marks.join(first.frame.select("line"), on="line", how="semi")
    good = kept.filter(~pl.col("line").is_in(faulty))

    again = said(DATA / name, replace(settings, memory=Memory("salt", good["mark"])))
    other = said(DATA / name, replace(settings, memory=Memory("pepper", good["mark"])))

    assert set(again.same["line"]) == set(good["line"])
    assert set(again.frame["line"]).isdisjoint(again.same["line"])
    assert (again.told, again.problems) == (first.told, first.problems)
    assert other.frame.equals(first.frame)
    assert other.same.height == 0


def test_an_item_with_dates_of_a_sale_is_read_each_time():
    settings = replace(FULL, grade_column="custom_label_0", memory=Memory("salt"))
    found = said(DATA / "google_sales.xml", settings)

    assert found.marks["line"].to_list() == [1, 6, 7]
