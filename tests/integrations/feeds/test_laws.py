"""Laws of the readers: the fast way is the slow way, a column is its values, order is nothing."""

import csv
from dataclasses import replace

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.amounts import parse_amount
from domain.offers.grades import grade_table, parse_grade
from domain.offers.lines import FeedMode
from domain.offers.values import (
    parse_battery,
    parse_bool,
    parse_date,
    parse_gtin,
    parse_note,
    parse_quantity,
    parse_sku,
    parse_text,
    parse_title,
    parse_warranty,
    parse_whole,
    sku_key,
)
from integrations.feeds.columns import layout
from integrations.feeds.contract import Raw
from integrations.feeds.csv_fast import FastReader
from integrations.feeds.csv_slow import SlowReader
from integrations.feeds.native import NATIVE
from integrations.feeds.normalise import Normaliser
from tests.integrations.feeds.reading import DELTA, read

HEADER = ["sku", "title", "price", "grade"]
LIMIT = 1_048_576
relaxed = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

cells = st.one_of(
    st.sampled_from(["A-1", "b-2", "", "GOOD", "10.00", "1.234", '"a,b"', '"x""y"', '""', ' "q"']),
    st.text(alphabet='a"é \t;', max_size=6),
)
lines = st.one_of(
    st.lists(cells, min_size=4, max_size=4).map(",".join),
    st.lists(cells, min_size=1, max_size=6).map(",".join),
    st.text(alphabet='a,"\nb', max_size=12),
)
clean_lines = st.tuples(
    st.from_regex(r"[A-Z]{1,5}-[0-9]{1,3}", fullmatch=True),
    st.sampled_from(["Phone", '"Phone, black"', '"27"" screen"', "Téléphone", ""]),
    st.sampled_from(["10", "199.90", "19.9", "0", "x"]),
    st.sampled_from([grade.value for grade in Grade] + ["gut", "nope"]),
).map(",".join)


def both(piece, width_header=HEADER):
    form = layout(width_header, NATIVE, DELTA)
    fast = FastReader(form, ",", LIMIT).read(piece, 2)
    slow = SlowReader(form, ",", LIMIT).read(piece, 2, final=True)
    return fast, slow


def chunk_of(raw, marks=None, kind=DELTA):
    return Normaliser(kind, marks or {}).chunk(raw)


def same(fast, slow):
    assert slow.problems == []
    assert (fast.consumed, fast.physical) == (slow.consumed, slow.physical)
    quick, careful = chunk_of(fast), chunk_of(slow)
    assert quick.frame.equals(careful.frame)
    assert quick.problems == careful.problems
    assert quick.lines == careful.lines


@relaxed
@given(st.lists(lines, max_size=6))
def test_what_the_fast_reader_takes_it_reads_as_the_slow_one(texts):
    fast, slow = both("".join(text + "\n" for text in texts).encode())

    if fast is not None:
        same(fast, slow)


@relaxed
@given(st.lists(clean_lines, min_size=1, max_size=8))
def test_the_fast_reader_takes_every_clean_piece(texts):
    fast, slow = both("".join(text + "\n" for text in texts).encode())

    assert fast is not None
    same(fast, slow)


@relaxed
@given(st.lists(st.sampled_from(["A", '"B"', "", " ", '"C']), max_size=6))
def test_a_file_of_one_column_is_read_alike(texts):
    fast, slow = both("".join(text + "\n" for text in texts).encode(), ["sku"])

    if fast is not None:
        same(fast, slow)


@relaxed
@given(st.lists(lines, min_size=1, max_size=8), st.integers(min_value=1, max_value=40))
def test_where_a_file_is_cut_changes_nothing(tmp_path, texts, size):
    path = tmp_path / "feed.csv"
    path.write_text(",".join(HEADER) + "\n\nZ-9,x,10.00,GOOD\n" + "\n".join(texts))

    whole, cut = read(path, DELTA), read(path, DELTA, block_bytes=size)

    assert cut.frame.equals(whole.frame)
    assert (cut.problems, cut.lines) == (whole.problems, whole.lines)


@relaxed
@given(st.permutations([f"S-{n},T {n},{10 + n}.50,{grade.value}" for n, grade in enumerate(Grade)]))
def test_the_order_of_lines_changes_nothing_but_their_numbers(tmp_path, texts):
    path = tmp_path / "feed.csv"
    path.write_text("sku,title,price,grade\n" + "\n".join(texts))

    frame = read(path).frame.drop("line").sort("sku")

    assert frame["sku"].to_list() == [f"S-{n}" for n in range(5)]
    assert frame["price_minor"].to_list() == [1050, 1150, 1250, 1350, 1450]
    assert frame["grade"].to_list() == [grade.value for grade in Grade]


printable = st.text(
    st.characters(min_codepoint=1, max_codepoint=0x3000, exclude_categories=["Cs"]), max_size=24
)
numbers = st.from_regex(r"[-+]?[0-9 .,']{0,9}[0-9]?(e3|%|\.0)?", fullmatch=True)
RULES = {
    "sku": (parse_sku, printable),
    "brand": (parse_text, printable),
    "title": (parse_title, printable | st.sampled_from(["t" * 255, "t" * 256, "é" * 255])),
    "note": (parse_note, printable | st.sampled_from(["a@b.c", "tel 0612345678", "v1.2 ok"])),
    "quantity": (parse_quantity, numbers),
    "warranty_months": (parse_warranty, numbers),
    "handling_hours": (lambda text: parse_whole(text, 0, 240), numbers),
    "sequence": (lambda text: parse_whole(text, 0, 10**17), numbers),
    "deleted": (parse_bool, st.sampled_from(["oui", "NON", "1", "0", "x", "maybe", ""])),
    "gtin": (lambda text: parse_gtin(text, allow_restricted=False), numbers),
    "available_from": (
        lambda text: parse_date(text, "FR"),
        st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "Z")
        | st.dates().map(str)
        | st.dates().map(lambda day: f"{day:%d/%m/%Y}")
        | numbers,
    ),
}


def raw_of(columns):
    height = len(next(iter(columns.values())))
    frame = pl.DataFrame(
        {"line": range(2, height + 2), "sku": [f"S{n}" for n in range(height)]} | columns,
        schema={"line": pl.Int32, "sku": pl.String} | dict.fromkeys(columns, pl.String),
    )
    return Raw(frame, [], 0, 0, 0)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_column_is_what_the_rule_says_of_each_of_its_values(data):
    name = data.draw(st.sampled_from(sorted(RULES)))
    rule, values = RULES[name]
    texts = data.draw(st.lists(values, min_size=1, max_size=12))
    texts = ["x" if name == "sku" and not parse_sku(text).value else text for text in texts]
    expected = [rule(text) for text in texts]

    chunk = chunk_of(raw_of({name: texts}), kind=replace(DELTA, mode=FeedMode.STOCK))

    kept = {line: one.value for line, one in enumerate(expected, 2) if not (one.code and one.fatal)}
    found = dict(zip(chunk.frame["line"], chunk.frame[name], strict=True))
    assert found == ({k: bool(v) for k, v in kept.items()} if name == "deleted" else kept)
    said = {(line, one.code, one.fatal) for line, one in enumerate(expected, 2) if one.code}
    assert {(p.line, p.code, p.fatal) for p in chunk.problems} == said


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        numbers
        | st.decimals(min_value=0, max_value=10**7, places=2).map(str)
        | st.sampled_from(
            [
                "199,90",
                "199,90€",
                "EUR 10",
                "9.90 EUR",
                "1.234 EUR",
                "0 EUR",
                "7 JPY",
                "5 XXX",
                "1.234",
                "007.5",
                "12 kr",
                "10.005",
            ]
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([None, "dot", "comma"]),
    st.sampled_from([Currency.EUR, Currency.JPY]),
)
def test_a_column_of_prices_is_what_the_rule_says_of_each_amount(texts, mark, currency):
    kind = replace(DELTA, currency=currency, decimal=mark)
    codes = [currency.value] * len(texts)
    expected = [parse_amount(text, mark, currency) for text in texts]

    chunk = chunk_of(raw_of({"price": texts, "currency": codes}), kind=kind)

    kept = {line: one.value for line, one in enumerate(expected, 2) if not one.fatal}
    assert dict(zip(chunk.frame["line"], chunk.frame["price_minor"], strict=True)) == kept
    assert len(chunk.problems) == sum(one.code is not None for one in expected)


def test_an_amount_with_its_code_is_in_that_currency_unless_the_column_says_another():
    texts = ["9.90 GBP", "9,90 EUR", "9 JPY", "9.90 XXX", "0.00 EUR"]

    free = chunk_of(raw_of({"price": texts}))
    held = chunk_of(raw_of({"price": texts, "currency": ["EUR"] * 5}))

    assert free.frame["price_minor"].to_list() == [990, 990, 9]
    assert free.frame["currency"].to_list() == ["GBP", "EUR", "JPY"]
    assert held.frame["price_minor"].to_list() == [990]
    assert [problem.line for problem in held.problems] == [2, 4, 5, 6]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["GOOD", "good", "A+", "Très bon", "9", "nope", ""]), min_size=1))
def test_a_column_of_grades_is_what_the_table_says_of_each_word(words):
    table = {"9": Grade.PREMIUM, "good": Grade.FAIR}
    expected = [parse_grade(word, grade_table(table)) for word in words]

    chunk = chunk_of(raw_of({"grade": words}), kind=replace(DELTA, grade_map=table))

    kept = {line: one.value for line, one in enumerate(expected, 2) if not one.code}
    assert dict(zip(chunk.frame["line"], chunk.frame["grade"], strict=True)) == kept


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["new", "NEUF", "87", "100", "0", "87 %", "x", ""]), min_size=1))
def test_a_column_of_batteries_is_what_the_rule_says_of_each(words):
    expected = [parse_battery(word) for word in words]

    chunk = chunk_of(raw_of({"battery": words}))

    kept = {
        line: (one.value.new, one.value.health) if one.value else (None, None)
        for line, one in enumerate(expected, 2)
        if not one.code
    }
    pairs = zip(chunk.frame["battery_new"], chunk.frame["battery_health"], strict=True)
    assert dict(zip(chunk.frame["line"], pairs, strict=True)) == kept


@settings(max_examples=60, deadline=None)
@given(st.lists(printable.filter(lambda text: parse_sku(text).value), min_size=1, max_size=9))
def test_two_skus_are_the_same_key_as_the_rule_says(skus):
    frame = chunk_of(raw_of({"title": ["t"] * len(skus)} | {"sku": skus})).frame

    expected = [sku_key(parse_sku(sku).value) for sku in skus]
    assert frame["sku_key"].to_list() == expected


columns = ["sku", "title", "price", "grade", "quantity"]
rows = st.lists(
    st.tuples(
        st.from_regex(r"[A-Z]{1,3}-[0-9]", fullmatch=True),
        st.sampled_from(["Phone", "Phone, black", '27" screen', ""]),
        st.sampled_from(["10.00", "199,90", "1.234", "x", ""]),
        st.sampled_from(["GOOD", "gut", "nope", ""]),
        st.sampled_from(["1", "0", "many", ""]),
    ),
    min_size=1,
    max_size=6,
)


def written(path, header, lines, quoting):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, quoting=quoting)
        writer.writerow(header)
        writer.writerows(lines)
    return read(path, DELTA)


@relaxed
@given(rows, st.permutations(range(len(columns))), st.booleans())
def test_other_quotes_and_another_order_of_columns_change_no_offer(tmp_path, lines, order, quoted):
    plain = written(tmp_path / "a", columns, lines, csv.QUOTE_MINIMAL)
    other = written(
        tmp_path / "b",
        [columns[at] for at in order],
        [[line[at] for at in order] for line in lines],
        csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
    )

    assert other.frame.equals(plain.frame)
    assert other.problems == plain.problems


@relaxed
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_offer_and_no_problem(tmp_path, lines, random):
    shuffled = random.sample(lines, len(lines))
    one = written(tmp_path / "a", columns, lines, csv.QUOTE_MINIMAL)
    other = written(tmp_path / "b", columns, shuffled, csv.QUOTE_MINIMAL)

    assert offers_of(one) == offers_of(other)
    assert faults_of(one) == faults_of(other)


def offers_of(found):
    return sorted(found.frame.drop("line").rows(), key=repr)


def faults_of(found):
    return sorted((p.sku, p.field, p.code, p.value, p.fatal) for p in found.problems)
