"""Workbooks with a mapping of their columns: a golden file for each kind, and what may harm."""

import zipfile

import pytest

from domain.offers.lines import FeedFormat, FileCode
from integrations.feeds.archive import look_into
from integrations.feeds.body import MIB, Limits
from integrations.feeds.contract import FRAME, FileRefused
from integrations.feeds.reading import open_feed
from integrations.feeds.sheet_rows import MOST_ROWS
from tests.integrations.feeds.reading import DATA, FULL, golden, read
from tests.integrations.feeds.workbook import Formula, ods, sheet_xml, xlsx

MAPPING = {
    "Réf.": "sku",
    "Prix TTC": "price",
    "État": "grade",
    "EAN": "gtin",
    "Stock": "quantity",
    "Dispo le": "available_from",
    "Batterie": "battery",
    "Désignation": "title",
    "Interne": "",
}
GTIN = "00190198457325"
HEADER = ["sku", "price", "grade", "quantity"]
GOOD = ["A-1", 10, "GOOD", 1]


def refusal(path, **changes):
    with pytest.raises(FileRefused) as refused:
        read(path, **changes)
    return refused.value.code, refused.value.detail


def test_a_workbook_is_read_by_the_columns_that_the_merchant_has_mapped():
    found = golden("offers.xlsx", mapping=MAPPING)

    assert found.reading.format is FeedFormat.SPREADSHEET
    assert dict(found.frame.schema) == dict(FRAME)
    assert found.column("line") == {"A-1": 4, "A-2": 5, "A-3": 7, "12": 8}
    assert found.column("price_minor") == {"A-1": 19990, "A-2": 12346, "A-3": 123450, "12": 8000}
    assert set(found.column("gtin").values()) == {GTIN}
    assert found.column("quantity") == {"A-1": 3, "A-2": 0, "A-3": 12, "12": 1}
    assert found.column("grade") == {
        "A-1": "GOOD",
        "A-2": "FAIR",
        "A-3": "VERY_GOOD",
        "12": "EXCELLENT",
    }
    assert found.column("available_from") == {
        "A-1": "2026-05-04T00:00:00+00:00",
        "A-2": "2026-05-04T12:00:00+00:00",
        "A-3": "2026-05-04T00:00:00+00:00",
        "12": None,
    }
    assert found.column("battery_health") == {"A-1": 87, "A-2": 100, "A-3": None, "12": None}


def test_every_fault_of_a_workbook_has_its_row_and_code():
    found = golden("offers.xlsx", mapping=MAPPING)

    assert found.codes() == [
        "5 price PRICE_INVALID?",
        "9 gtin GTIN_LOST_DIGITS",
        "10 gtin GTIN_LOST_DIGITS",
        "11 price PRICE_MISSING",
        "12 quantity QUANTITY_INVALID",
        "13 grade GRADE_UNKNOWN",
        "14 quantity QUANTITY_INVALID",
        "15 available_from DATE_INVALID",
        "15 price PRICE_INVALID",
        "15 quantity QUANTITY_INVALID",
    ]
    assert found.lines == 11
    assert found.reading.warnings == [
        "2 cells hold formulas: the values stored with them are read",
        "line 16 only sums up the others",
    ]


@pytest.mark.parametrize("name", ["offers.xls", "offers.ods"])
def test_the_other_kinds_of_workbooks_say_the_same(name):
    found = golden(name, mapping=MAPPING)

    assert found.reading.format is FeedFormat.SPREADSHEET
    assert found.column("price_minor") == {"A-1": 19990, "A-3": 123450, "12": 8000}
    assert found.column("battery_health")["A-1"] == 87
    assert found.column("title")["A-1"] == "iPhone X é"
    assert found.column("available_from")["A-1"] == "2026-05-04T00:00:00+00:00"
    assert [code.partition(" ")[2] for code in found.codes()] == [
        "gtin GTIN_LOST_DIGITS",
        "gtin GTIN_LOST_DIGITS",
        "quantity QUANTITY_INVALID",
        "available_from DATE_INVALID",
        "price PRICE_INVALID",
        "quantity QUANTITY_INVALID",
    ]


def test_mirakls_own_workbook_is_read_below_its_labels():
    found = golden("mirakl.xlsx")

    assert found.reading.format is FeedFormat.MIRAKL_XLSX
    assert found.column("line") == {"M-1": 3, "M-2": 4, "M-3": 5, "M-7": 9}
    assert found.column("price_minor") == {"M-1": 11052, "M-2": 11052, "M-3": None, "M-7": 10000}
    assert found.column("grade") == {
        "M-1": "EXCELLENT",
        "M-2": "EXCELLENT",
        "M-3": None,
        "M-7": "GOOD",
    }
    assert '"price_minor":10856,' in found.row("M-1")["prices"]
    assert found.row("M-3")["deleted"] is True
    assert found.codes() == [
        "6 condition CONDITION_NEW",
        "7 grade GRADE_MISSING",
        "8 gtin GTIN_LOST_DIGITS",
    ]


def test_columns_that_nobody_mapped_are_asked_for():
    assert refusal(DATA / "offers.xlsx") == (
        FileCode.HEADER_MISSING,
        "missing: sku, price, grade",
    )


def test_a_hidden_sheet_is_read_when_it_is_named_only(tmp_path):
    sheets = {"Old": [HEADER, ["A-0", 9, "GOOD", 1]], "New": [HEADER, GOOD]}
    path = xlsx(tmp_path / "w", sheets, hidden=("Old",))

    assert read(path).frame["sku"].to_list() == ["A-1"]
    assert read(path, sheet="Old").frame["sku"].to_list() == ["A-0"]
    assert refusal(path, sheet="None") == (FileCode.FEED_EMPTY, "no sheet named None")


def test_hidden_rows_are_read_as_others(tmp_path):
    rows = [HEADER, GOOD, ["A-2", 10, "GOOD", 1]]
    path = xlsx(tmp_path / "w", {"S": sheet_xml(rows, hidden_rows={3})})

    assert read(path).frame["sku"].to_list() == ["A-1", "A-2"]


def test_a_value_merged_downwards_is_in_all_its_rows(tmp_path):
    rows = [
        ["Title", None, None, None, None],
        [None, *HEADER, "title"],
        [None, "A-1", 10, "GOOD", 1, "Phone"],
        [None, "A-2", 11, None, 1, None],
        [None, "A-3", 12, None, 1, "Other"],
    ]
    merged = ("A1:E1", "D3:D5", "F3:F4")
    path = xlsx(tmp_path / "w", {"S": sheet_xml(rows, merged=merged)})
    found = read(path)

    assert found.column("grade") == dict.fromkeys(["A-1", "A-2", "A-3"], "GOOD")
    assert found.column("title") == {"A-1": "Phone", "A-2": "Phone", "A-3": "Other"}


def test_macros_are_left_alone(tmp_path):
    path = xlsx(tmp_path / "w.xlsm", {"S": [HEADER, GOOD]}, extra={"xl/vbaProject.bin": "x"})

    assert read(path).frame["sku"].to_list() == ["A-1"]


def test_a_formula_is_the_value_stored_with_it_and_never_run(tmp_path):
    rows = [HEADER, [Formula('CONCAT("A","-9")', "A-1"), Formula("1+1", 10), "GOOD", 1]]
    found = read(xlsx(tmp_path / "w", {"S": rows}))

    assert found.column("price_minor") == {"A-1": 1000}
    assert found.reading.warnings == ["2 cells hold formulas: the values stored with them are read"]


def test_numbers_say_what_a_person_sees(tmp_path):
    rows = [HEADER, [1e15, 0.1 + 0.2, "GOOD", 1], [2.5, 1.234, "GOOD", 1], [-0.0, 1e21, "GOOD", 1]]
    found = read(xlsx(tmp_path / "w", {"S": rows}))

    assert found.column("price_minor") == {"1000000000000000": 30, "2.5": 123}
    assert found.codes() == ["3 price PRICE_INVALID?", "4 price PRICE_INVALID"]


def test_three_hundred_columns_are_too_many(tmp_path):
    path = xlsx(tmp_path / "w", {"S": [[*HEADER, *(f"c{n}" for n in range(296))], GOOD]})

    assert refusal(path) == (FileCode.FEED_TOO_LARGE, "300 columns, at most 200")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        pytest.param([HEADER], (FileCode.FEED_EMPTY, "a header and no line"), id="header only"),
        pytest.param(
            [HEADER, [None, ""]], (FileCode.FEED_EMPTY, "a header and no line"), id="blank"
        ),
        pytest.param([], (FileCode.FEED_EMPTY, "no cell with a value"), id="nothing"),
        pytest.param(
            [["sku;price;grade"], ["A-1;10;GOOD"]],
            (FileCode.HEADER_MISSING, "missing: sku, price, grade"),
            id="separators in one column",
        ),
        pytest.param(
            [["sku", "price", "Price", "grade"], GOOD],
            (FileCode.HEADER_MISSING, "column sent twice: Price"),
            id="column twice",
        ),
    ],
)
def test_a_workbook_that_cannot_be_used_is_refused_with_its_reason(tmp_path, rows, reason):
    assert refusal(xlsx(tmp_path / "w", {"S": rows})) == reason


def test_more_rows_than_a_workbook_may_have_are_refused(tmp_path):
    path = xlsx(tmp_path / "w", {"S": [HEADER, GOOD, GOOD, GOOD]})

    assert refusal(path, max_lines=2)[0] is FileCode.FEED_TOO_LARGE


@pytest.mark.parametrize("where", ["EncryptedPackage", "an ODS"])
def test_a_password_is_told(tmp_path, where):
    path = tmp_path / "w"
    if where == "an ODS":
        ods(path, {"S": [HEADER, GOOD]}, manifest="<encryption-data/>")
    else:
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + where.encode("utf-16-le") * 40)

    assert refusal(path) == (
        FileCode.FORMAT_UNKNOWN,
        "the workbook is protected with a password",
    )


def test_other_archives_and_documents_are_not_read(tmp_path):
    document, archive = tmp_path / "d", tmp_path / "a"
    document.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("offers.csv", "sku,price\n")

    assert refusal(document) == (FileCode.FORMAT_UNKNOWN, "not a text file")
    assert refusal(archive) == (FileCode.FORMAT_UNKNOWN, "not a text file")


def test_a_workbook_that_ends_early_is_truncated(tmp_path):
    path = tmp_path / "w"
    path.write_bytes((DATA / "offers.xlsx").read_bytes()[:-400])

    assert refusal(path) == (FileCode.FEED_TRUNCATED, "the workbook is damaged")


def test_a_damaged_member_is_found_before_the_workbook_is_read(tmp_path):
    whole = bytearray((DATA / "offers.xlsx").read_bytes())
    at = whole.index(b"xl/worksheets/sheet3.xml") + 200
    whole[at : at + 8] = b"\0\xff\0\xff\0\xff\0\xff"
    path = tmp_path / "w"
    path.write_bytes(whole)

    assert refusal(path)[0] is FileCode.FEED_TRUNCATED


def test_a_bomb_is_refused_while_it_is_counted(tmp_path):
    path = xlsx(tmp_path / "w", {"S": [HEADER, GOOD]}, extra={"xl/media/x": b"\0" * (3 * MIB)})

    assert refusal(path) == (FileCode.ARCHIVE_BOMB, "inflates over 100:1")
    with pytest.raises(FileRefused) as refused:
        look_into(path, Limits(ratio=10**6, stored_bytes=2 * MIB))
    assert refused.value.code is FileCode.FEED_TOO_LARGE


def test_an_archive_of_very_many_members_is_a_bomb(tmp_path):
    extra = {f"xl/media/{n}": "" for n in range(2_001)}
    path = xlsx(tmp_path / "w", {"S": [HEADER, GOOD]}, extra=extra)

    assert refusal(path)[0] is FileCode.ARCHIVE_BOMB


def test_a_member_that_claims_to_be_small_is_not_believed(tmp_path):
    path = xlsx(tmp_path / "w", {"S": [HEADER, GOOD]}, extra={"xl/media/x": b"\0" * 4_096})
    text = bytearray(path.read_bytes())
    size = (4_096).to_bytes(4, "little")
    while (at := text.find(size)) >= 0:
        text[at : at + 4] = (16).to_bytes(4, "little")
    path.write_bytes(text)

    assert refusal(path) == (FileCode.FEED_TRUNCATED, "the workbook is damaged")


@pytest.mark.parametrize("last", ["XFD", "CV"])
def test_two_cells_at_opposite_ends_take_the_memory_of_nobody(tmp_path, last):
    far = f'<row r="1048576"><c r="{last}1048576"><v>1</v></c></row></sheetData>'
    sheet = sheet_xml([HEADER, GOOD]).replace("</sheetData>", far)
    path = xlsx(tmp_path / "w", {"S": sheet})

    assert refusal(path) == (
        FileCode.FEED_TOO_LARGE,
        "a workbook that takes too much memory or time",
    )


def test_an_entity_in_a_workbook_is_not_expanded(tmp_path):
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    sheet = sheet_xml([HEADER, ["&b;", 10, "GOOD", 1]]).replace(
        "<worksheet", bomb + "<worksheet", 1
    )
    path = xlsx(tmp_path / "w", {"S": sheet.replace("&amp;b;", "&b;")})

    assert refusal(path)[0] is FileCode.FORMAT_UNKNOWN


def test_a_workbook_is_not_read_before_its_chunks_are_asked_for(tmp_path):
    reading = open_feed(xlsx(tmp_path / "w", {"S": [HEADER, GOOD]}), FULL)

    assert reading.columns == ("sku", "price", "grade", "quantity")
    assert next(reading.chunks).frame["sku"].to_list() == ["A-1"]


def test_a_csv_is_read_by_mapped_columns_too(tmp_path):
    path = tmp_path / "offers.csv"
    path.write_text("Réf.;Prix TTC;État;Interne\nA-1;199,90;Bon état;x\n")
    found = read(path, mapping=MAPPING)

    assert found.column("price_minor") == {"A-1": 19990}
    assert (found.column("grade"), found.problems) == ({"A-1": "GOOD"}, [])


def test_a_mapped_column_goes_before_one_with_the_name_itself(tmp_path):
    path = tmp_path / "offers.csv"
    path.write_text("sku,ref,price,grade\nours,theirs,10.00,GOOD\n")
    found = read(path, mapping={"Ref": "sku"})

    assert found.frame["sku"].to_list() == ["theirs"]
    assert found.reading.unknown_columns == ("sku",)


def test_a_mapping_to_what_is_no_field_is_refused():
    assert refusal(DATA / "offers.xlsx", mapping=MAPPING | {"Stock": "pieces"}) == (
        FileCode.HEADER_MISSING,
        "mapped to no field: Stock",
    )


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("mirakl.xlsx", FeedFormat.MIRAKL_CSV, FeedFormat.MIRAKL_XLSX),
        ("mirakl.csv", FeedFormat.MIRAKL_XLSX, FeedFormat.MIRAKL_CSV),
        ("offers.xlsx", FeedFormat.NATIVE_CSV, FeedFormat.SPREADSHEET),
        ("clean.csv", FeedFormat.SPREADSHEET, FeedFormat.NATIVE_CSV),
    ],
    ids=str,
)
def test_a_workbook_in_place_of_text_is_read_and_the_other_way_round(name, said, told):
    found = golden(name, format=said, mapping=MAPPING if name == "offers.xlsx" else {})

    assert found.reading.format is told
    assert found.frame.height


def test_hidden_columns_are_read_as_others(tmp_path):
    hidden = '<cols><col min="2" max="3" width="0" hidden="1"/></cols><sheetData>'
    sheet = sheet_xml([HEADER, GOOD]).replace("<sheetData>", hidden)

    assert read(xlsx(tmp_path / "w", {"S": sheet})).column("price_minor") == {"A-1": 1000}


def test_a_sheet_of_a_hundred_thousand_rows_is_read_and_one_more_is_refused(tmp_path):
    rows = [HEADER, *([f"A-{n}", 10, "GOOD", 1] for n in range(MOST_ROWS))]
    most = xlsx(tmp_path / "most", {"S": rows})
    more = xlsx(tmp_path / "more", {"S": [*rows, GOOD]})

    assert read(most).lines == MOST_ROWS
    assert refusal(more) == (FileCode.FEED_TOO_LARGE, "more than 100000 rows")
