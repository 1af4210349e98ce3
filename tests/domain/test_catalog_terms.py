"""What people type, as words of the index and as a query of them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.catalog.terms import (
    LONGEST_WORD,
    MOST_WORDS,
    Understood,
    corrected,
    fold_word,
    phrases_of,
    text_query,
    words_of,
)

QUERY = re.compile(r"[\w()&|:* ]*")


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("iPhone 13 128 Go noir", ("iphone", "13", "128gb", "noir")),
        ("128Go", ("128gb",)),
        ("128 GB", ("128gb",)),
        ("1 To", ("1tb",)),
        ("2tb ssd", ("2tb", "ssd")),
        ("go pro", ("go", "pro")),
        ("pro go", ("pro", "go")),
        ("5g", ("5g",)),
        ("Écran 15,6 pouces", ("ecran", "15", "6", "pouces")),
        ("WH-1000XM4", ("wh", "1000xm4")),
        ("Straße", ("strasse",)),
        ("ﬁn", ("fin",)),
        ("a_b", ("a", "b")),
        ("日本語 テスト", ("日本語", "テスト")),
        ("", ()),
        (" !?& | ( ) : * ' \" \\ \0 \ud800", ()),
        ("x" * 200, ("x" * LONGEST_WORD,)),
        (" ".join(map(str, range(100, 200))), tuple(map(str, range(100, 112)))),
    ],
)
def test_a_term_is_read_as_these_words(term: str, words: tuple[str, ...]) -> None:
    assert words_of(term) == words


def test_folding_drops_case_and_accents() -> None:
    assert fold_word("Ça Où ÅNGSTRÖM") == "ca ou angstrom"


def test_phrases_are_the_runs_of_one_to_three_words() -> None:
    assert phrases_of(("a", "b", "c", "d")) == [
        "a", "b", "c", "d", "a b", "b c", "c d", "a b c", "b c d",
    ]  # fmt: skip
    assert phrases_of(()) == []


@pytest.mark.parametrize(
    ("words", "known", "query"),
    [
        pytest.param((), Understood(), "", id="nothing"),
        pytest.param(("ipho",), Understood(), "(ipho:*)", id="a beginning"),
        pytest.param(
            ("iphone", "13"), Understood(exact=frozenset({"iphone", "13"})), "(iphone) & (13)",
            id="a whole number",
        ),
        pytest.param(("13", "pro"), Understood(), "(13) & (pro:*)", id="a number is no beginning"),
        pytest.param(("1",), Understood(), "(1:*)", id="the last number is"),
        pytest.param(
            ("samsng", "s2"), Understood(corrections={"samsng": "samsung"}),
            "(samsung:*) & (s2:*)", id="a typo",
        ),
        pytest.param(
            ("ordinateur", "portable", "hp"),
            Understood(synonyms={"ordinateur portable": ("laptop",), "portable": ("laptop",)}),
            "((ordinateur:* & portable:*) | (laptop)) & (hp:*)",
            id="the longest phrase wins",
        ),
        pytest.param(
            ("montre",), Understood(synonyms={"montre": ("smart watch", "!")}),
            "((montre:*) | (smart & watch))", id="a synonym of two words, one of none",
        ),
    ],
)  # fmt: skip
def test_words_become_this_query(words: tuple[str, ...], known: Understood, query: str) -> None:
    assert text_query(words, known) == query


def test_a_term_is_corrected_word_by_word_or_not_at_all() -> None:
    known = Understood(corrections={"samsng": "samsung", "galxy": "galaxy"})

    assert corrected(("samsng", "galxy", "s21"), known) == "samsung galaxy s21"
    assert corrected(("samsung", "s21"), known) is None
    assert corrected((), known) is None


@given(st.text(max_size=300))
def test_any_text_gives_few_short_words_of_letters_and_digits(term: str) -> None:
    words = words_of(term)

    assert len(words) <= MOST_WORDS
    for word in words:
        assert 0 < len(word) <= LONGEST_WORD + 2
        assert re.fullmatch(r"[^\W_]+", word)


@given(st.text(max_size=100))
@example("\u2120 \u33d8 \u1d2c \u0130")
def test_words_read_again_stay_as_they_are(term: str) -> None:
    words = words_of(term)

    assert words_of(" ".join(words)) == words


@given(
    st.text(max_size=80),
    st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=20), max_size=3).map(tuple)),
)
def test_a_query_holds_nothing_but_words_and_our_operators(
    term: str, more: dict[str, tuple[str, ...]]
) -> None:
    words = words_of(term)
    synonyms = dict(zip(phrases_of(words), more.values(), strict=False))

    query = text_query(words, Understood(synonyms=synonyms))

    assert QUERY.fullmatch(query)
    assert query.count("(") == query.count(")")
    assert bool(query) is bool(words)
