"""The file by which a merchant corrects its rejected records."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from domain.offers.lines import FeedFormat
from domain.offers.messages import explain
from integrations.feeds.bad_rows import bad_rows
from integrations.feeds.contract import FileRefused
from integrations.feeds.fix_file import Said, writer_of
from integrations.feeds.frames import COLUMNS, MIRAKL_COLUMNS, Meta, Unpacking
from tests.integrations.feeds.reading import DATA, DELTA, FULL, read

READ = sorted(
    path.name
    for path in DATA.iterdir()
    if path.name not in {"offers.xlsx", "offers.xls", "offers.ods", "zipped.csv"}
)


def fix_of(path, settings=FULL, locale="en", lines=()):
    """The fix file of the records that the reader rejects, or of these."""
    said = {}
    for problem in read(path, settings).problems if not lines else ():
        if problem.fatal:
            text = explain(problem.code, problem.field, problem.value, locale)
            said.setdefault(problem.line, []).append((problem.code.value, *text))
    packed = b"".join(f.packed() for f in bad_rows(path, settings, lines or sorted(said)))
    unpacking, out, writer = Unpacking(), [], None
    for at in range(0, len(packed), 37):
        for frame in unpacking.feed(packed[at : at + 37]):
            if writer is None:
                writer = writer_of(Meta.of(frame))
            else:
                out.append(writer.piece(frame, Said(said.get(frame.line, ()))))
    return b"".join([*out, writer.end()])


def again(tmp_path, content, settings=DELTA, **changes):
    path = tmp_path / "fixed"
    path.write_bytes(content)
    return read(path, settings, **changes)


def rejected(found):
    return sorted({problem.line for problem in found.problems if problem.fatal})


@pytest.mark.parametrize("name", READ)
def test_a_fix_file_holds_the_bad_records_only_and_has_their_errors_again(tmp_path, name):
    try:
        found = read(DATA / name)
    except FileRefused:
        pytest.skip("a file that no run reads")
    if not (bad := rejected(found)):
        pytest.skip("a file without a bad record")
    told = FeedFormat.NATIVE_JSONL if name == "native.jsonl" else None  # its first line is none
    settings = replace(FULL, decimal=found.reading.decimal, format=told)
    once = again(tmp_path, fix_of(DATA / name), settings)

    def requoted(problem):
        return problem.code.value in {"BAD_QUOTES", "BAD_ENCODING", "COLUMN_COUNT"}

    assert once.reading.format is found.reading.format
    assert once.reading.encoding == found.reading.encoding
    beside = 1 if name == "shopify.csv" else 0  # the row that says what a product is
    assert once.lines == len(bad) + beside
    assert sorted(p.code for p in once.problems if p.fatal and not requoted(p)) == sorted(
        p.code for p in found.problems if p.fatal and not requoted(p)
    )
    assert not {*COLUMNS} & {*once.reading.unknown_columns}


@pytest.mark.parametrize("name", ["mirakl.csv", "shopify.jsonl", "google.xml", "amazon.json"])
def test_a_fix_file_of_a_fix_file_has_the_errors_of_now_only(tmp_path, name):
    path = tmp_path / "once"
    path.write_bytes(fix_of(DATA / name))

    twice = fix_of(path)

    column = b"error-line"
    assert rejected(read(path))
    assert twice.count(column) == path.read_bytes().count(column)


def table(content, separator, encoding="utf-8"):
    text = content.decode(encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def test_mirakls_report_has_the_merchants_rows_with_a_line_and_a_message():
    own = table((DATA / "mirakl.csv").read_bytes(), ";")
    labels, header, *rows = table(fix_of(DATA / "mirakl.csv"), ";")

    assert (labels, header) == (own[0], [*own[1], *MIRAKL_COLUMNS])
    assert [row[-2] for row in rows] == ["7", "8", "9", "11", "12", "13", "14", "15"]
    assert [row[:-2] for row in rows] == [own[int(row[-2]) - 1] for row in rows]
    assert rows[2][-1] == (
        "GTIN_INVALID: “190198457326” is not a GTIN that identifies a product. Copy the barcode of "
        "the product, 8, 12, 13 or 14 digits; leave internal codes out."
    )
    french = table(fix_of(DATA / "mirakl.csv", locale="fr"), ";")
    assert french[2][-1].startswith("GRADE_MISSING: « 10 » ne dit")


def test_a_mirakl_workbook_comes_back_as_a_workbook(tmp_path):
    path = DATA / "mirakl.xlsx"
    found = again(tmp_path, fix_of(path), FULL)

    assert found.reading.format is FeedFormat.MIRAKL_XLSX
    assert found.reading.unknown_columns == ()
    assert [code.split(" ", 1)[1] for code in found.codes()] == [
        "condition CONDITION_NEW",
        "grade GRADE_MISSING",
        "gtin GTIN_LOST_DIGITS",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_own_bytes_stay_as_they_were(tmp_path, encoding, newline):
    rows = [
        "sep=;",
        '"sku";price;"note"',
        'é-1;"x";"a ""b"" c"',
        "é-2;10.00;fine",
        '"é-3";y;',
    ]
    path = tmp_path / "file.csv"
    path.write_bytes(newline.join([*rows, ""]).encode(encoding))
    content = fix_of(path, replace(DELTA, encoding="cp1252"))
    lines = content.decode(encoding).split(newline)

    assert content.startswith(rows[0].encode(encoding))
    assert lines[0] == rows[0]
    assert lines[1] == ";".join([rows[1], *COLUMNS])
    assert lines[2].startswith(f"{rows[2]};3;PRICE_INVALID;price “x” is not an amount")
    assert lines[3].startswith(f"{rows[4]};5;PRICE_INVALID;")
    assert lines[4:] == [""]


def test_a_record_over_several_lines_is_one(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text('sku,note,price\nA,"one\ntwo",x\nB,plain,10.00\nC,"three\nfour",y\n')

    assert [row[:4] for row in table(fix_of(path, DELTA), ",")[1:]] == [
        ["A", "one\ntwo", "x", "2"],
        ["C", "three\nfour", "y", "5"],
    ]


def test_rows_that_could_not_be_split_have_their_errors_in_their_columns(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text('sku;price;note\nA-1;10;\nB-2;"oops;10\nC-3;10\nD-4;1;2;3\n')

    assert [row[:5] for row in table(fix_of(path, DELTA), ";")[1:]] == [
        ["B-2", '"oops', "10", "3", "BAD_QUOTES"],
        ["C-3", "10", "", "4", "COLUMN_COUNT"],
        ["D-4", "1", "2", "3", "5"],
    ]


def test_what_we_add_runs_in_no_spreadsheet_and_what_is_theirs_stays(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("sku,price,title\n-1,x,=1+1\n")
    [_, row] = table(fix_of(path, DELTA), ",")

    assert row[:3] == ["-1", "x", "=1+1"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row[3:])


def test_an_xml_file_keeps_its_root_and_its_namespaces():
    root = etree.fromstring(fix_of(DATA / "google.xml"))
    own = etree.fromstring((DATA / "google.xml").read_bytes())

    assert (root.tag, root.nsmap) == (own.tag, own.nsmap)
    assert root.findtext("channel/title") == own.findtext("channel/title")
    for item in root.findall("channel/item"):
        line = int(item.findtext("error-line"))
        theirs = own.findall("channel/item")[line - 1]
        kept = [child for child in item if not str(child.tag).startswith("error-")]
        assert [(c.tag, c.text) for c in kept] == [(c.tag, c.text) for c in theirs if c.tag]
        assert item.findtext("error-code")


def test_lines_of_json_keep_their_words_and_gain_the_errors(tmp_path):
    path = tmp_path / "file.jsonl"
    path.write_text('{"sku":"A","price":1.50}\n\n{ "sku": "B", "price": "x" }\n{"sku": broken\n')
    first, second = fix_of(path, DELTA).decode().splitlines()

    assert first.startswith('{ "sku": "B", "price": "x","error-line": 3, "error-code": ')
    assert json.loads(first)["error-code"] == "PRICE_INVALID"
    assert second == '{"sku": broken'


def test_amazons_document_keeps_its_header_and_its_numbers():
    told = json.loads(fix_of(DATA / "amazon.json"))
    own = json.loads((DATA / "amazon.json").read_text())

    assert told["header"] == own["header"]
    for message in [each for each in told["messages"] if isinstance(each, dict)]:
        theirs = own["messages"][message["error-line"] - 1]
        assert {k: v for k, v in message.items() if k not in COLUMNS} == theirs


def test_the_warehouses_of_a_wrong_stock_come_together(tmp_path):
    path = tmp_path / "stock.csv"
    path.write_text("offer-sku;quantity;warehouse-code\nA;1;w1\nB;1;w1\na;many;w2\nB;2;w2\n")
    [_, *rows] = table(fix_of(path, DELTA), ";")

    assert [row[:4] for row in rows] == [["A", "1", "w1", "2"], ["a", "many", "w2", ""]]


@pytest.mark.parametrize("name", ["shopify.csv", "shopify.jsonl"])
def test_a_wrong_variant_comes_with_what_its_product_says(tmp_path, name):
    found = read(DATA / name)
    for sku, line in found.column("line").items():
        alone = again(tmp_path, fix_of(DATA / name, lines=[line]), FULL)

        assert {**alone.row(sku), "line": line} == found.row(sku)


@given(
    st.lists(
        st.tuples(
            st.text(st.sampled_from('ab,;"\n =é'), max_size=6), st.sampled_from(["1.00", "x"])
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_whatever_is_quoted_comes_back_as_it_was_written(tmp_path_factory, rows, mark, quoting):
    path = tmp_path_factory.mktemp("fix") / "file.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=mark, quoting=quoting, lineterminator="\n")
        writer.writerow(["sku", "note", "price"])
        writer.writerows([f"S{n}", note, price] for n, (note, price) in enumerate(rows))
    settings = replace(DELTA, separator=mark)
    bad = rejected(read(path, settings))
    kept = [[f"S{n}", note, price] for n, (note, price) in enumerate(rows) if price == "x" and bad]

    if bad:
        found = [row[:3] for row in table(fix_of(path, settings), mark)[1:]]
        assert [row for row in found if row[2] == "x"] == kept
