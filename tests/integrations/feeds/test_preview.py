"""A look into a file agrees with what a run would read, and what it suggests can be read."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.offers.lines import FeedFormat, FeedMode
from integrations.feeds.contract import FileRefused
from integrations.feeds.preview import preview
from integrations.feeds.reading import open_feed
from tests.integrations.feeds.reading import DATA, FULL
from tests.integrations.feeds.written import BOOKS, TEXTS, write

FILES = sorted(path.name for path in DATA.iterdir())
FRENCH = """Mon stock du lundi
Référence;EAN;Désignation;Prix TTC;Qté;État cosmétique;Interne
A1;2000000000008;Téléphone;199,90;3;Très bon état;x
"A2";2000000000008;"Télé
phone";1 299,90;0;Bon état;y
A3;2000000000008;Téléphone;99,90;1;nickel;y
"""
LINES = [
    {"sku": "A-1", "gtin": "190198457325", "price": "9.90", "grade": "GOOD", "quantity": "1"},
    {"sku": "A-2", "gtin": "190198457325", "price": "8.90", "grade": "FAIR", "quantity": "0"},
]


def mapped(said: dict) -> dict[str, str]:
    """The mapping that a person stores who takes every suggestion."""
    return {each["name"]: each["field"] for each in said["columns"]
            if each["reads"] is None and each["field"]}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_read_is_shown_with_its_columns_and_nothing_missing(name: str) -> None:
    try:
        reading = open_feed(DATA / name, FULL)
        lines = sum(chunk.lines for chunk in reading.chunks)
    except FileRefused:
        pytest.skip("a run refuses it")

    said = preview(DATA / name, FULL)

    assert said["format"] == reading.format.value
    assert said["missing"] == []
    assert 0 < len(said["lines"]) <= min(20, lines + 2)
    told = {each["reads"] for each in said["columns"]}
    assert set(reading.columns) - {"attributes"} <= told
    unknown = {each["name"] for each in said["columns"] if each["reads"] is None}
    assert set(reading.unknown_columns) <= unknown


@pytest.mark.parametrize("name", FILES)
def test_whatever_a_file_holds_it_is_shown_or_refused(name: str) -> None:
    try:
        said = preview(DATA / name, FULL)
    except FileRefused:
        return

    assert len(said["lines"]) <= 20
    assert len(said["columns"]) <= 200
    assert all(len(cell) <= 200 for line in said["lines"] for cell in line["cells"])


def test_a_merchants_own_columns_are_shown_suggested_and_read_as_suggested(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_bytes(FRENCH.encode("cp1252"))

    said = preview(path, FULL)

    assert (said["format"], said["separator"], said["header_line"]) == ("NATIVE_CSV", ";", 2)
    assert (said["encoding"], said["encoding_sure"], said["decimal"]) == ("cp1252", False, "comma")
    assert [line["line"] for line in said["lines"]] == [3, 4, 6]
    assert said["lines"][1]["cells"][2] == "Télé\nphone"
    assert mapped(said) == {
        "Référence": "sku", "EAN": "gtin", "Désignation": "title", "Prix TTC": "price",
        "Qté": "quantity", "État cosmétique": "grade",
    }  # fmt: skip
    assert said["grade_column"] == "État cosmétique"
    assert said["grade_words"] == [
        {"word": "Très bon état", "count": 1, "grade": "VERY_GOOD", "code": None},
        {"word": "Bon état", "count": 1, "grade": "GOOD", "code": None},
        {"word": "nickel", "count": 1, "grade": None, "code": "GRADE_UNKNOWN"},
    ]
    with pytest.raises(FileRefused):
        open_feed(path, FULL)
    [chunk] = open_feed(path, replace(FULL, mapping=mapped(said))).chunks
    assert chunk.frame["price_minor"].to_list() == [19_990, 129_990]
    assert chunk.frame["line"].to_list() == [3, 4]


def test_a_grade_in_a_column_of_no_name_is_found_by_its_values(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_text("id,price,condition,custom_label_0,custom_label_1\n"
                    "a,9.90 EUR,refurbished,x,A+\nb,8.90 EUR,refurbished,y,B\n")  # fmt: skip

    said = preview(path, FULL)

    assert said["grade_column"] == "custom_label_1"
    assert [each["grade"] for each in said["grade_words"]] == ["EXCELLENT", "VERY_GOOD"]


def test_labels_of_an_xml_feed_are_shown_beside_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_text(
        '<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>a</g:id>'
        "<g:price>9.90 EUR</g:price><g:custom_label_0>B</g:custom_label_0></item></channel></rss>"
    )

    said = preview(path, FULL)

    shown = {each["name"]: (each["reads"], each["samples"]) for each in said["columns"]}
    assert shown["sku"] == ("sku", ["a"])
    assert shown["custom_label_0"] == (None, ["B"])
    assert said["grade_column"] == "custom_label_0"


@pytest.mark.parametrize("kind", [*TEXTS, *BOOKS])
def test_every_format_is_told_and_needs_nothing_more(kind: FeedFormat, tmp_path: Path) -> None:
    said = preview(write(kind, LINES, tmp_path / "feed"), FULL)

    assert said["format"] == kind.value
    assert said["missing"] == []


def test_what_a_mode_needs_and_no_column_holds_is_told(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_text("sku,quantity\nA,1\n")
    modes = {mode: preview(path, replace(FULL, mode=mode))["missing"] for mode in FeedMode}

    assert modes == {"FULL": ["price", "grade"], "DELTA": [], "STOCK": [], "PRICES": ["price"]}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=400) | st.text(alphabet='a;",\t\n|é€ ', max_size=200).map(str.encode))
def test_no_bytes_are_more_than_a_refusal(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed"
    path.write_bytes(content)
    try:
        said = preview(path, FULL)
    except FileRefused:
        return

    assert len(said["lines"]) <= 20
