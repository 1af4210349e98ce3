"""Bad input in every format ends in a code that names what is wrong and what to do about it."""

import contextlib
import gzip
import random
import zlib
from dataclasses import replace

import pytest

from domain.offers.lines import FeedFormat, FileCode, explain, explain_file
from integrations.feeds.body import MIB, Body, FetchFailed, Limits
from integrations.feeds.contract import FileRefused
from tests.integrations.feeds.reading import DELTA, FULL, read
from tests.integrations.feeds.workbook import xlsx
from tests.integrations.feeds.written import BOOKS, DELIMITED, TEXTS, write

EVERY = [*TEXTS, *BOOKS]
SEPARATED = [*DELIMITED, FeedFormat.GOOGLE_TSV, FeedFormat.META_CSV]
LINES = [FeedFormat.NATIVE_JSONL, FeedFormat.SHOPIFY_JSONL]
GOOGLE = [FeedFormat.GOOGLE_XML, FeedFormat.GOOGLE_TSV, FeedFormat.META_CSV]
XML, JSON = FeedFormat.GOOGLE_XML, FeedFormat.AMAZON_JSON
GOOD = {
    "sku": "A-1",
    "gtin": "190198457325",
    "price": "10.00",
    "grade": "GOOD",
    "quantity": "1",
}


def lines(**spoilt):
    """Three good lines with one between them that is not."""
    good = [GOOD | {"sku": f"S-{n}"} for n in range(3)]
    return [*good[:2], GOOD | {"sku": "BAD-1"} | spoilt, good[2]]


VALUES = [
    pytest.param("gtin", "190198457326", "GTIN_INVALID", id="wrong check digit"),
    pytest.param("gtin", "1.90198E+11", "GTIN_LOST_DIGITS", id="digits lost in a spreadsheet"),
    pytest.param("price", "-5.00", "PRICE_INVALID", id="negative price"),
    pytest.param("price", "1.5E+2", "PRICE_INVALID", id="exponent"),
    pytest.param("price", "10.00 XYZ", "CURRENCY_UNKNOWN", id="no currency"),
    pytest.param("price", "", "PRICE_MISSING", id="no price"),
    pytest.param("quantity", "many", "QUANTITY_INVALID", id="no number"),
    pytest.param("quantity", "100001", "QUANTITY_INVALID", id="more than there can be"),
    pytest.param("grade", "sparkling", "GRADE_UNKNOWN", id="unknown grade"),
    pytest.param("grade", "new", "CONDITION_NEW", id="new goods"),
    pytest.param("grade", "refurbished", "GRADE_MISSING", id="no grade"),
    pytest.param("sku", "", "SKU_MISSING", id="no key"),
    pytest.param("sku", "x" * 65, "SKU_TOO_LONG", id="a long key"),
]


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(("field", "value", "code"), VALUES)
def test_a_bad_value_rejects_its_line_alone_and_says_how_to_mend_it(
    tmp_path, kind, field, value, code
):
    if kind in GOOGLE and code == "GRADE_UNKNOWN":
        code = "GRADE_MISSING"  # Google's condition is no grade, so a word of its own says none
    found = read(write(kind, lines(**{field: value}), tmp_path / "feed"))

    assert found.frame["sku"].to_list() == ["S-0", "S-1", "S-2"]
    assert [problem.code for problem in found.problems] == [code]
    [problem] = found.problems
    assert (problem.field, problem.fatal) == (
        "condition" if code == "CONDITION_NEW" else field,
        True,
    )
    assert (problem.value or "").casefold() == value[:80].casefold()
    for locale in ("en", "fr"):
        message, suggestion = explain(problem.code, problem.field, problem.value, locale)
        assert message
        assert suggestion


@pytest.mark.parametrize("kind", EVERY)
def test_a_comma_is_a_decimal_mark_where_the_column_says_so(tmp_path, kind):
    found = read(write(kind, lines(price="1.234,50"), tmp_path / "feed"), decimal="comma")

    assert found.column("price_minor")["BAD-1"] == 123450
    assert found.problems == []


@pytest.mark.parametrize("kind", EVERY)
def test_a_sku_on_two_lines_keeps_both_for_the_run_to_judge(tmp_path, kind):
    found = read(write(kind, lines(sku="s-0"), tmp_path / "feed"))

    assert found.frame["sku_key"].to_list() == ["s-0", "s-1", "s-0", "s-2"]
    assert found.frame["line"].n_unique() == 4


def refusal(path, **changes):
    with pytest.raises(FileRefused) as refused:
        read(path, **changes)
    for locale in ("en", "fr"):
        assert all(explain_file(refused.value.code, refused.value.detail, locale))
    assert refused.value.detail
    return refused.value.code


def spoilt(path, change):
    path.write_bytes(change(path.read_bytes()))
    return path


FEW = {"max_columns": 4}
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x SYSTEM "file:///etc/passwd">'
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(99)


def put(new, old=b"BAD-1"):
    return lambda body: body.replace(old, new)


def cut(body):
    return body[: len(body) * 2 // 3]


FILES = [
    ("header only", SEPARATED, lambda body: body.split(b"\n")[0], {}, "FEED_EMPTY"),
    ("nothing", EVERY, lambda _: b"", {}, "FEED_EMPTY"),
    ("blanks", SEPARATED, lambda _: b" \n\n\t\n", {}, "FEED_EMPTY"),
    ("too many columns", [*SEPARATED, *BOOKS], bytes, FEW, "FEED_TOO_LARGE"),
    ("too many names", [XML, FeedFormat.NATIVE_JSONL], bytes, FEW, "FEED_TOO_LARGE"),
    ("too many lines", EVERY, bytes, {"max_lines": 2}, "FEED_TOO_LARGE"),
    ("a long line", [*SEPARATED, *LINES], put(b"B" * 1_100_000), {}, "FEED_TOO_LARGE"),
    ("wrong separator", SEPARATED, bytes, {"separator": "^"}, "HEADER_MISSING"),
    ("cut", [*LINES, XML, JSON, *BOOKS], cut, {}, "FEED_TRUNCATED"),
    ("an archive", TEXTS, gzip.compress, {}, "FORMAT_UNKNOWN"),
    ("a picture", SEPARATED, lambda _: PICTURE, {}, "HEADER_MISSING"),
    ("not UTF-8", [JSON], put(b"B\xe9D"), {"encoding": "utf-8"}, "FORMAT_UNKNOWN"),
    ("bomb", [XML], lambda body: ENTITIES + body, {}, "FORMAT_UNKNOWN"),
    ("bomb used", [XML], lambda body: ENTITIES + put(b"&b;")(body), {}, "FORMAT_UNKNOWN"),
    ("external", [XML], lambda body: OUTSIDE + body, {}, "FORMAT_UNKNOWN"),
    ("entity", [XML], put(b"&lol;"), {}, "FORMAT_UNKNOWN"),
    ("levels", [XML], put(b"<i>" * 99 + b"</i>" * 99), {}, "FORMAT_UNKNOWN"),
    ("ampersand", [XML], put(b"A & B"), {}, "FORMAT_UNKNOWN"),
]


@pytest.mark.parametrize(
    ("kind", "change", "settings", "code"),
    [
        pytest.param(kind, change, settings, code, id=f"{kind}: {name}")
        for name, kinds, change, settings, code in FILES
        for kind in kinds
    ],
)
def test_a_bad_file_is_refused_with_its_code_and_what_to_do(tmp_path, kind, change, settings, code):
    path = spoilt(write(kind, lines(), tmp_path / "feed"), change)

    assert refusal(path, **settings) == code


@pytest.mark.parametrize("kind", [*SEPARATED, *LINES])
def test_a_line_that_is_not_utf8_where_it_must_be_is_rejected_alone(tmp_path, kind):
    many = [GOOD | {"sku": f"S-{n}"} for n in range(120)]
    path = write(kind, [*many, GOOD | {"sku": "BAD-1"}], tmp_path / "feed")
    spoilt(path, lambda body: body.replace(b"BAD-1", b"B\xe9D-1"))
    found = read(path, encoding="utf-8")

    assert found.frame.height == 120
    assert {problem.code for problem in found.problems} == {"BAD_ENCODING"}


@pytest.mark.parametrize(("kind", "code"), [(XML, "FIELD_TOO_LONG"), (JSON, "GTIN_INVALID")])
def test_a_text_of_more_than_a_mebibyte_rejects_its_record_alone(tmp_path, kind, code):
    found = read(write(kind, lines(gtin="1" * 1_100_000), tmp_path / "feed"))

    assert found.frame.height == 3
    assert [problem.code for problem in found.problems] == [code]
    assert len(found.problems[0].value or "") <= 80


def taken(folder, body, name=None, **limits):
    into = Body(folder / "taken", name, replace(Limits(), **limits))
    try:
        for at in range(0, len(body), 65_536):
            into.write(body[at : at + 65_536])
        return into.finish()
    except FetchFailed as failed:
        return failed.code
    finally:
        into.close()


def wrong_sum(body):
    packed = bytearray(gzip.compress(body))
    packed[-8:-4] = (zlib.crc32(body) ^ 1).to_bytes(4, "little")
    return bytes(packed)


ARCHIVES = [
    pytest.param(lambda b: gzip.compress(b)[:-9], FileCode.FEED_TRUNCATED, id="cut"),
    pytest.param(wrong_sum, FileCode.FEED_TRUNCATED, id="wrong checksum"),
    pytest.param(lambda b: gzip.compress(gzip.compress(b)), FileCode.FORMAT_UNKNOWN, id="nested"),
    pytest.param(lambda b: gzip.compress(b) * 2, FileCode.FORMAT_UNKNOWN, id="two files"),
    pytest.param(
        lambda b: gzip.compress(b + b"\n" * (4 * MIB)), FileCode.ARCHIVE_BOMB, id="1 to 1000"
    ),
]


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize(("pack", "code"), ARCHIVES)
def test_an_archive_that_is_cut_false_nested_or_a_bomb_is_refused(tmp_path, kind, pack, code):
    body = write(kind, lines(), tmp_path / "feed").read_bytes()

    assert taken(tmp_path, pack(body)) is code
    assert taken(tmp_path, gzip.compress(body)).bytes == len(body)
    assert not (tmp_path / "taken.part").exists()


def test_a_workbook_that_inflates_without_end_is_a_bomb(tmp_path):
    rows = [["sku", "price", "grade"], ["A-1", 10, "GOOD"]]
    path = xlsx(tmp_path / "w", {"S": rows}, extra={"xl/media/x": bytes(4 * MIB)})

    assert refusal(path) is FileCode.ARCHIVE_BOMB


PIECES = [
    *(b'"', b"<", b">", b"&", b"{", b"[", b"}", b"]", b"\n", b"\r", b"\0", b",", b";", b"\t"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"null", b"1e999", b"\\u0000", b"\\ud800", b"<![CDATA["),
    *(b"<!--", b"-", b"9" * 30, b"NaN", b'""', b"\xe2\x80\xa8", b"0" * 400, b"=", b"]]>", b"'"),
]


def mangled(rng, body):
    """The bytes with some of them changed, doubled, dropped, or the end cut off."""
    for _ in range(rng.choice([1, 1, 2, 5])):
        at, other = sorted(rng.randrange(len(body) + 1) for _ in range(2))
        match rng.randrange(5):
            case 0:
                body = body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]
            case 1:
                body = body[:at] + rng.choice(PIECES) + body[at:]
            case 2:
                body = body[:at] + body[at:other] * 2 + body[other:]
            case 3:
                body = body[:at] + body[at + rng.randrange(9) :]
            case _:
                body = body[: max(at, len(body) // 2)]
    return body or b"x"


@pytest.mark.parametrize("kind", EVERY)
def test_whatever_the_bytes_are_a_file_is_read_or_refused_with_a_code(tmp_path, kind):
    path = tmp_path / "feed"
    for number in range(4 if kind in BOOKS else 40):
        rng = random.Random(f"{kind}/{number}")
        path.write_bytes(mangled(rng, write(kind, lines(), path).read_bytes()))
        with contextlib.suppress(FileRefused):
            read(
                path,
                rng.choice([FULL, DELTA]),
                block_bytes=rng.choice([50, 1_000, MIB]),
                format=rng.choice([None, kind]),
            )
