"""Encodings, line ends, separators and quotes, a golden file each."""

import pytest

from domain.money import Currency
from domain.offers.lines import FeedFormat, FileCode
from integrations.feeds.contract import FRAME, FileRefused
from integrations.feeds.reading import open_feed
from tests.integrations.feeds.reading import DATA, FULL, golden, read


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("utf8_bom.csv", "utf-8"), ("utf16_le.csv", "utf-16-le"), ("utf16_be.csv", "utf-16-be")],
)
def test_a_byte_order_mark_settles_the_encoding(name, encoding):
    found = golden(name, encoding="cp932")

    assert found.reading.encoding == encoding
    assert found.column("title") == {"É-1": "Téléphone"}
    assert found.column("sku_key") == {"É-1": "é-1"}


def test_a_file_that_is_not_utf8_is_read_as_the_feed_says_and_never_guessed():
    found = golden("cp1252.csv")

    assert found.reading.encoding == "cp1252"
    assert found.column("title") == {"É-1": "Téléphone reconditionné", "B-2": "Prix 5 €"}
    assert golden("cp932.csv", encoding="cp932").column("title") == {"A-1": "携帯電話"}


def test_a_line_that_is_not_the_declared_utf8_is_rejected_alone():
    found = golden("declared_utf8_bad_line.csv", encoding="utf-8")

    assert found.codes() == ["2 - BAD_ENCODING"]
    assert found.problems[0].sku == "A-1"
    assert (found.frame.height, found.lines) == (150, 151)


def test_a_file_with_too_many_undecoded_lines_is_refused():
    with pytest.raises(FileRefused) as refused:
        golden("declared_utf8_mostly_bad.csv", encoding="utf-8")

    assert refused.value.code is FileCode.FORMAT_UNKNOWN


def test_letters_read_twice_are_a_warning():
    found = golden("mojibake.csv")

    assert found.reading.warnings == ["1 titles look as if read in a wrong encoding"]
    assert found.frame.height == 1


@pytest.mark.parametrize("name", ["cr_only.csv", "crlf.csv"])
def test_every_line_end_is_a_line_end(name):
    found = golden(name)

    assert found.column("line") == {"A-1": 2, "B-2": 3}
    assert found.column("price_minor") == {"A-1": 1000, "B-2": 1100}


def test_nul_bytes_are_left_out():
    assert golden("nul_bytes.csv").column("title") == {"A-1": "Phone"}


def test_the_separator_that_a_spreadsheet_tells_is_used():
    found = golden("sep_line.csv")

    assert found.reading.separator == ";"
    assert found.column("line") == {"A-1": 3}
    assert found.column("price_minor") == {"A-1": 1050}


@pytest.mark.parametrize(
    ("name", "separator", "kind"),
    [
        ("pipes.csv", "|", FeedFormat.NATIVE_CSV),
        ("tabs.tsv", "\t", FeedFormat.NATIVE_TSV),
        ("decimals_comma.csv", ";", FeedFormat.NATIVE_CSV),
    ],
)
def test_the_separator_is_found_in_the_header(name, separator, kind):
    reading = open_feed(DATA / name, FULL)

    assert (reading.separator, reading.format) == (separator, kind)


def test_trailing_separators_change_nothing():
    found = golden("trailing_separators.csv")

    assert found.column("price_minor") == {"A-1": 1000, "B-2": 1100, "C-3": 1200}
    assert found.problems == []


def test_blank_lines_are_no_records_but_count_as_lines():
    found = golden("blank_lines.csv")

    assert found.column("line") == {"A-1": 5, "B-2": 9}
    assert (found.lines, found.problems) == (2, [])


def test_a_totals_line_is_left_out_with_a_warning():
    found = golden("totals_line.csv")

    assert (found.lines, found.frame["sku"].to_list()) == (1, ["A-1"])
    assert found.reading.warnings == ["line 3 only sums up the others"]


def test_a_fault_of_quotes_or_columns_rejects_its_own_line_only():
    found = golden("quotes.csv")

    assert found.column("title") == {
        "A-1": 'Phone "Pro", black',
        "B-2": "two lines",
        "C-3": 'Monitor 27"',
        "E-5": "Phone",
        "I-9": "Phone",
    }
    assert found.column("line") == {"A-1": 2, "B-2": 3, "C-3": 5, "E-5": 7, "I-9": 11}
    assert found.codes() == [
        "6 - BAD_QUOTES",
        "8 - BAD_QUOTES",
        "9 - COLUMN_COUNT",
        "10 - COLUMN_COUNT",
    ]
    assert [problem.sku for problem in found.problems] == ["D-4", "F-6", "G-7", "H-8"]
    assert found.lines == 9


def test_the_header_is_found_whatever_its_case_spaces_and_accents():
    found = golden("header_folded.csv")

    assert found.reading.columns == ("sku", "grade", "price", "warranty_months")
    assert found.reading.unknown_columns == ("internal ref",)
    assert found.column("warranty_months") == {"A-1": 24}


@pytest.mark.parametrize(
    ("name", "code", "detail"),
    [
        ("empty.csv", FileCode.FEED_EMPTY, "no bytes"),
        ("blank.csv", FileCode.FEED_EMPTY, "nothing but blanks"),
        ("header_only.csv", FileCode.FEED_EMPTY, "a header and no line"),
        ("header_missing.csv", FileCode.HEADER_MISSING, "missing: sku, price, grade"),
        ("header_duplicate.csv", FileCode.HEADER_MISSING, "column sent twice: Price"),
        ("zipped.csv", FileCode.FORMAT_UNKNOWN, "not a text file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_reason(name, code, detail):
    with pytest.raises(FileRefused) as refused:
        golden(name)

    assert (refused.value.code, refused.value.detail) == (code, detail)


@pytest.mark.parametrize(
    "limit", [{"max_lines": 1}, {"max_line_bytes": 30}, {"max_columns": 5}], ids=str
)
def test_a_file_over_a_limit_is_refused(limit):
    with pytest.raises(FileRefused) as refused:
        golden("crlf.csv" if "max_lines" in limit else "clean.csv", **limit)

    assert refused.value.code is FileCode.FEED_TOO_LARGE


def test_the_frame_has_the_agreed_columns_whatever_the_feed_sends():
    for name in ("tabs.tsv", "clean.csv", "native.jsonl", "atom.xml"):
        assert dict(golden(name).frame.schema) == dict(FRAME)


def test_a_file_in_many_small_blocks_reads_as_in_one(tmp_path):
    text = (DATA / "quotes.csv").read_bytes().replace(b"\n", b"\r\n")
    path = tmp_path / "feed.csv"
    path.write_bytes(text)
    whole = read(path)

    for size in (1, 7, 64):
        found = read(path, block_bytes=size)
        assert found.frame.equals(whole.frame)
        assert found.problems == whole.problems


def test_a_feed_in_yen_is_read_in_yen():
    found = golden("cp932.csv", encoding="cp932", currency=Currency.JPY)

    assert found.row("A-1")["price_minor"] == 19800
    assert found.row("A-1")["currency"] == "JPY"
