"""The grade of a set of answers: one grade or one coded exclusion, whatever their order."""

import csv
from datetime import date
from itertools import groupby, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boucle.demo_catalogue import REFERENCE
from domain.trade_in import TradeInGrade
from domain.trade_in.questionnaire import (
    Answer,
    AnswerFault,
    AnswersRefused,
    Excluded,
    NotEligible,
    Question,
    Questionnaire,
    best_left,
    declared_grade,
    works,
)

G = TradeInGrade
ORDER = list(G)


def shipped() -> list[Questionnaire]:
    """The questionnaires of the reference files."""
    folder = REFERENCE / "trade_in"
    with (folder / "answers.csv").open(encoding="utf-8", newline="") as file:
        answers = list(csv.DictReader(file))
    with (folder / "questions.csv").open(encoding="utf-8", newline="") as file:
        questions = list(csv.DictReader(file))
    found = []
    for category, rows in groupby(questions, key=lambda row: row["category"]):
        asked = tuple(
            Question(row["question"], _answers(answers, category, row["question"])) for row in rows
        )
        found.append(Questionnaire(category, "*", 1, date(2026, 1, 1), asked))
    return found


def _answers(rows: list[dict[str, str]], category: str, question: str) -> tuple[Answer, ...]:
    own = [row for row in rows if (row["category"], row["question"]) == (category, question)]
    return tuple(
        Answer(
            row["answer"],
            best=G(row["best_grade"]) if row["best_grade"] else None,
            excluded=NotEligible(row["excluded"]) if row["excluded"] else None,
        )
        for row in sorted(own, key=lambda row: int(row["position"]))
    )


SHIPPED = shipped()
NAMES = [each.category for each in SHIPPED]
PHONE = next(each for each in SHIPPED if each.category == "smartphone")


@st.composite
def answered(draw: st.DrawFn) -> tuple[Questionnaire, list[tuple[str, str]]]:
    asked = draw(st.sampled_from(SHIPPED))
    said = [(q.code, draw(st.sampled_from(q.answers)).code) for q in asked.questions]
    return asked, draw(st.permutations(said))


def how_good(found: TradeInGrade | Excluded | AnswersRefused) -> int:
    """0 for the best grade; worst is a device that is not bought."""
    assert not isinstance(found, AnswersRefused)
    return len(ORDER) if isinstance(found, Excluded) else ORDER.index(found)


def test_six_categories_are_asked_about() -> None:
    assert {"smartphone", "tablet", "laptop", "smartwatch", "console", "headphones"} <= set(NAMES)


@pytest.mark.parametrize("asked", SHIPPED, ids=NAMES)
def test_every_complete_set_of_answers_gives_a_grade_or_a_coded_exclusion(
    asked: Questionnaire,
) -> None:
    choices = [[(q.code, a.code) for a in q.answers] for q in asked.questions]
    grades = {declared_grade(asked, said) for said in product(*choices)}

    assert not any(isinstance(each, AnswersRefused) for each in grades)
    assert {each for each in grades if isinstance(each, TradeInGrade)} == set(G)


@given(answered(), st.data())
def test_a_worse_answer_never_gives_a_better_grade(
    case: tuple[Questionnaire, list[tuple[str, str]]], data: st.DataObject
) -> None:
    asked, said = case
    question = data.draw(st.sampled_from(asked.questions))
    codes = [answer.code for answer in question.answers]
    now = dict(said)[question.code]
    worse = data.draw(st.sampled_from(codes[codes.index(now) :]))
    then = [(q, worse if q == question.code else a) for q, a in said]

    assert how_good(declared_grade(asked, then)) >= how_good(declared_grade(asked, said))


@given(answered(), st.randoms())
def test_the_order_of_answers_does_not_matter(
    case: tuple[Questionnaire, list[tuple[str, str]]], random: object
) -> None:
    asked, said = case

    assert declared_grade(asked, said) == declared_grade(asked, sorted(said))


@given(st.lists(st.sampled_from(ORDER), max_size=8))
def test_works_and_looks_are_counted_apart(bests: list[TradeInGrade]) -> None:
    found = best_left(bests)

    assert works(found) == all(works(each) for each in bests)
    assert (found.endswith("CRACKED")) == any(each.endswith("CRACKED") for each in bests)
    assert all(ORDER.index(found) >= ORDER.index(each) for each in bests)


GOOD = {
    "ownership": "mine", "genuine": "genuine", "account": "signed_out", "powers_on": "yes",
    "works": "yes", "liquid": "never", "screen": "flawless", "body": "flawless",
    "battery": "healthy",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, G.FUNCTIONAL_FLAWLESS),
        ({"battery": "unknown"}, G.FUNCTIONAL_GOOD),
        ({"screen": "faint", "body": "marked"}, G.FUNCTIONAL_USED),
        ({"screen": "broken"}, G.FUNCTIONAL_CRACKED),
        ({"works": "no"}, G.NOT_FUNCTIONAL_USED),
        ({"liquid": "yes", "screen": "broken"}, G.NOT_FUNCTIONAL_CRACKED),
        ({"ownership": "not_mine"}, Excluded(NotEligible.NOT_OWNED, "ownership")),
        (
            {"battery": "swollen", "account": "cannot"},
            Excluded(NotEligible.ACCOUNT_LOCKED, "account"),
        ),
        (
            {"works": "perhaps"},
            AnswersRefused(AnswerFault.ANSWER_NOT_ALLOWED, "works", ("yes", "no")),
        ),
    ],
)
def test_a_phone_is_graded_by_its_answers(
    changed: dict[str, str], found: TradeInGrade | Excluded | AnswersRefused
) -> None:
    assert declared_grade(PHONE, list((GOOD | changed).items())) == found


def test_a_question_that_is_unknown_missing_or_answered_twice_is_told() -> None:
    said = list(GOOD.items())

    unknown = declared_grade(PHONE, [*said, ("colour", "red")])
    missing = declared_grade(PHONE, [each for each in said if each[0] != "screen"])
    twice = declared_grade(PHONE, [*said, ("works", "no")])

    assert isinstance(unknown, AnswersRefused)
    assert (unknown.fault, unknown.question) == (AnswerFault.UNKNOWN_QUESTION, "colour")
    assert isinstance(missing, AnswersRefused)
    assert (missing.fault, missing.question) == (AnswerFault.MISSING_ANSWER, "screen")
    assert missing.allowed == ("flawless", "faint", "marked", "broken")
    assert twice == AnswersRefused(AnswerFault.ANSWERED_TWICE, "works")
