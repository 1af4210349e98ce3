"""Every format says the same of the same offers, is told from the others, and reads alike twice."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boucle.cli.data import FORMATS
from domain.offers.lines import FeedFormat
from tests.integrations.feeds.reading import DELTA, FULL, read
from tests.integrations.feeds.written import BOOKS, DELIMITED, TEXTS, cells, delimited, write

# A longer search than each change needs: BOUCLE_FEED_FILES=10000 tries so many files.
FILES = int(os.environ.get("BOUCLE_FEED_FILES", "30"))


def examples(count):
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


skus = st.from_regex(r"[A-Z]{1,5}-[0-9]{1,3}", fullmatch=True)
good_lines = st.fixed_dictionaries(
    {
        "sku": skus,
        "gtin": st.sampled_from(["190198457325", "0190198457325", "4006381333931"]),
        "price": st.decimals(min_value=1, max_value=9_999, places=2).map(str),
        "grade": st.sampled_from(["EXCELLENT", "VERY_GOOD", "GOOD", "FAIR"]),
        "quantity": st.integers(min_value=0, max_value=99_999).map(str),
    }
)
offers = st.lists(good_lines, min_size=1, max_size=5)
KEPT = ("sku", "gtin", "price_minor", "currency", "grade", "quantity", "markets")


def test_every_format_is_written_here_and_can_be_named_on_the_command_line():
    assert {*TEXTS, *BOOKS} == set(FeedFormat)
    assert tuple(FeedFormat) == FORMATS


@pytest.mark.parametrize("kind", TEXTS)
def test_a_file_is_told_by_what_it_holds_and_says_its_offers(kind, tmp_path):
    @examples(FILES // 6)
    @given(offers)
    def holds(lines):
        check(kind, lines, tmp_path)

    holds()


@pytest.mark.parametrize("kind", BOOKS)
def test_a_workbook_is_told_by_what_it_holds_and_says_its_offers(kind, tmp_path):
    @examples(FILES // 20)
    @given(offers)
    def holds(lines):
        check(kind, lines, tmp_path)

    holds()


def check(kind, lines, folder):
    found = read(write(kind, lines, folder / "feed"))
    same = read(write(FeedFormat.NATIVE_CSV, lines, folder / "native"))

    assert found.reading.format is kind
    assert found.problems == []
    assert found.frame.select(KEPT).equals(same.frame.select(KEPT))


TRAPS = {
    "gtin": [
        *("1.95949E+14", "190198457325.0", "'0190198457325", '="0190198457325"', "190198457326"),
        *("0000000000000", "9999999999999", "2000000000015", "9783161484100", "123", "abc", ""),
    ],
    "price": [
        *("1 234,50", "1.234,50", "1,234.50", "1'234.50", "1.234", "199,90€", "EUR 199.90"),
        *(
            "-5",
            "0",
            "N/A",
            "-",
            "1e3",
            "10.005",
            "¥19800",
            "",
            "1\u00a0234,50",
            "\uff11\uff12\uff13.50",
        ),
    ],
    "quantity": ["0", "12.0", "many", "1.5", "100001", "\uff11\uff12", "007"],
    "grade": ["Très bon", "used", "refurbished", "new", "nope", "STALLONE", "bon état"],
    "sku": ["É-1", "x" * 65, " A ", "A\u0301-1"],
}
GOOD_LINE = {
    "sku": "A-1",
    "gtin": "190198457325",
    "price": "10.00",
    "grade": "GOOD",
    "quantity": "1",
}
NO_COLUMNS_OF_OURS = {FeedFormat.GOOGLE_XML, FeedFormat.GOOGLE_TSV, FeedFormat.META_CSV}
COMPARED = [kind for kind in (*TEXTS, *BOOKS) if kind not in NO_COLUMNS_OF_OURS]


@pytest.mark.parametrize("kind", COMPARED)
def test_a_trap_is_the_same_trap_in_every_format(kind, tmp_path):
    lines = [
        GOOD_LINE | {"sku": f"S-{name}-{n}"} | {name: text}
        for name, texts in TRAPS.items()
        for n, text in enumerate(texts)
    ]

    found = read(write(kind, lines, tmp_path / "feed"))
    same = read(write(FeedFormat.NATIVE_CSV, lines, tmp_path / "native"))

    assert found.frame.select(KEPT).equals(same.frame.select(KEPT))
    assert told(found) == told(same)
    assert len(told(same)) > 20


def told(found):
    return [(p.sku, p.field, p.code, p.value, p.fatal) for p in found.problems]


raw_cells = st.one_of(
    st.sampled_from([*TRAPS["price"], *TRAPS["gtin"], *TRAPS["quantity"], "GOOD", "1", '"', 'a"b']),
    st.text(alphabet='a"é \t;,\n|', max_size=6),
)
raw_lines = st.lists(raw_cells, min_size=1, max_size=9)
clean = st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in TRAPS.items()})


@pytest.mark.parametrize("kind", DELIMITED)
def test_the_fast_and_the_slow_way_read_the_same_offers_and_errors(kind, tmp_path):
    """A last line that cannot be read sends the whole file the slow way."""

    @examples(FILES // 3)
    @given(st.lists(clean | raw_lines, max_size=5))
    def holds(lines):
        mark = DELIMITED[kind].separator
        head = delimited(kind, [GOOD_LINE])
        rows = [mark.join(cells(kind, one) if isinstance(one, dict) else one) for one in lines]
        (tmp_path / "fast").write_text(head + "".join(f"{row}\n" for row in rows))
        (tmp_path / "slow").write_text(head + "".join(f"{row}\n" for row in rows) + '"')
        fast, slow = read(tmp_path / "fast", DELTA), read(tmp_path / "slow", DELTA)

        if any(problem.code == "BAD_QUOTES" and not problem.field for problem in fast.problems):
            return  # what is open may close with the last line
        assert fast.frame.equals(slow.frame)
        assert fast.problems == slow.problems[:-1]
        assert fast.lines == slow.lines - 1

    holds()


@pytest.mark.parametrize("kind", DELIMITED)
def test_the_same_file_again_is_read_alike_in_every_encoding(kind, tmp_path):
    line = GOOD_LINE | {"sku": "É-1"}
    text = delimited(kind, [line, GOOD_LINE | {"price": "x"}])
    first = None
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        (tmp_path / "feed").write_bytes(text.replace("\n", "\r\n").encode(encoding))
        found = read(tmp_path / "feed", FULL)
        first = first or found
        assert found.reading.format is kind
        assert found.frame.equals(first.frame)
        assert found.problems == first.problems
