"""The states of a run, the codes, and what a merchant reads about them."""

from itertools import pairwise

import pytest

from domain import InvalidTransition
from domain.offers.lines import (
    RUN_MOVES,
    FeedFormat,
    FeedRunState,
    FileCode,
    LineCode,
    LineOutcome,
    Severity,
    explain,
    explain_file,
    move_run,
)
from domain.offers.messages import FILES, LINES

S = FeedRunState


@pytest.mark.parametrize(
    "way",
    [
        [S.QUEUED, S.FETCHING, S.READING, S.STAGED, S.APPLYING, S.COMPLETED],
        [S.QUEUED, S.SUPERSEDED],
        [S.FETCHING, S.UNCHANGED],
        [S.STAGED, S.HELD, S.APPLYING],
        [S.HELD, S.CANCELLED],
        [S.STAGED, S.PREVIEWED, S.APPLYING],
        [S.PREVIEWED, S.EXPIRED],
    ],
    ids="-".join,
)
def test_a_run_moves_along_its_way(way):
    for before, after in pairwise(way):
        assert move_run(before, after) is after


@pytest.mark.parametrize("state", RUN_MOVES)
def test_a_run_may_fail_until_it_is_over(state):
    assert move_run(state, S.FAILED) is S.FAILED
    assert not state.final


@pytest.mark.parametrize(
    "state", [S.COMPLETED, S.UNCHANGED, S.SUPERSEDED, S.CANCELLED, S.EXPIRED, S.FAILED]
)
def test_a_run_that_is_over_stays_as_it_is(state):
    assert state.final
    assert move_run(state, S.QUEUED) == InvalidTransition(state, S.QUEUED, ())


def test_a_run_cannot_skip_its_guards():
    refused = move_run(S.READING, S.APPLYING)

    assert refused == InvalidTransition(S.READING, S.APPLYING, ("FAILED", "STAGED"))


def test_the_lists_are_closed():
    assert (len(LineCode), len(FileCode), len(LineOutcome), len(FeedRunState)) == (33, 10, 7, 13)
    assert [code for code in LineCode if code.severity is Severity.WARNING] == [LineCode.STALE_LINE]
    assert [code.value for code in LineCode if code.keeps_price] == [
        "PRICE_MISSING",
        "PRICE_INVALID",
        "PRICE_AMBIGUOUS",
        "PRICE_OUTLIER",
        "PRICE_BELOW_FLOOR",
        "QUANTITY_INVALID",
    ]
    assert [kind.value for kind in FeedFormat if kind.of_google] == [
        "GOOGLE_XML",
        "GOOGLE_TSV",
        "META_CSV",
    ]


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_every_code_is_explained_in_every_language(locale):
    assert set(LINES[locale]) == set(LineCode)
    assert set(FILES[locale]) == set(FileCode)
    for code in LineCode:
        message, suggestion = explain(code, "price", "1.234", locale)
        assert message
        assert suggestion
        assert "{" not in message + suggestion


def test_no_language_copies_another():
    assert all(LINES["en"][code].message != LINES["fr"][code].message for code in LineCode)
    assert all(FILES["en"][code].message != FILES["fr"][code].message for code in FileCode)


def test_a_message_speaks_the_language_of_the_merchant_or_english():
    french = explain(LineCode.PRICE_INVALID, "price", "-5", "fr-BE")

    assert french[0] == "price « -5 » n'est pas un montant utilisable tel quel."
    assert explain(LineCode.PRICE_INVALID, "price", "-5", "ja") == explain(
        LineCode.PRICE_INVALID, "price", "-5", "en"
    )


def test_a_value_with_braces_is_shown_and_never_filled_in():
    message, _ = explain(LineCode.GRADE_UNKNOWN, "grade", "{field}{0}", "en")

    assert "“{field}{0}”" in message


def test_a_long_value_is_cut():
    message, _ = explain(LineCode.GRADE_UNKNOWN, "grade", "x" * 500, "en")

    assert message.count("x") == 80


def test_a_refused_file_is_explained_with_what_was_found():
    message, suggestion = explain_file(FileCode.HEADER_MISSING, "missing: sku", "fr")

    assert message == "Des colonnes du flux manquent ou sont répétées. (missing: sku)"
    assert suggestion.startswith("Envoyez chaque colonne")
