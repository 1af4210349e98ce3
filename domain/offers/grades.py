"""How the words that merchants use for the look of a device become a grade of ours."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from domain.catalog import Grade
from domain.offers.codes import LineCode
from domain.offers.values import Parsed, fold, narrow, wrong

GRADE_WORDS: Final[Mapping[Grade, str]] = {
    Grade.PREMIUM: "premium|aa|comme neuf avec pieces d'origine|like new +|neuwertig plus",
    Grade.EXCELLENT: (
        "excellent|a+|a|grade a|parfait etat|etat parfait|comme neuf|like new|wie neu|neuwertig"
        "|sehr gut+|come nuovo|como nuevo|used like new|excelente|eccellente"
    ),
    Grade.VERY_GOOD: (
        "very good|b|grade b|tres bon etat|tres bon|sehr gut|ottimo|muy bueno|zeer goed"
        "|used very good"
    ),
    Grade.GOOD: "good|c|grade c|bon etat|bon|gut|buono|bueno|goed|dobry|used good",
    Grade.FAIR: (
        "fair|d|grade d|etat correct|correct|acceptable|akzeptabel|stallone|accettabile|aceptable"
        "|used fair|used acceptable"
    ),
}
_NEW: Final = frozenset(
    ["new", "neuf", "neuve", "neu", "nuovo", "nuevo", "nieuw", "nowy", "novo", "brand new", "11"]
)
_GRADELESS: Final = frozenset(
    [
        *("used", "refurbished", "10", "cpo", "open box new", "refurbished refurbished"),
        *("occasion", "reconditionne", "gebraucht", "generaluberholt", "gebruikt"),
        *("usato", "ricondizionato", "usado", "reacondicionado"),
    ]
)


def default_grades() -> dict[str, Grade]:
    """The folded words and the grades they mean when a feed says nothing else."""
    return {word: grade for grade, words in GRADE_WORDS.items() for word in words.split("|")}


def grade_table(own: Mapping[str, Grade]) -> Mapping[str, Grade]:
    """The words of a feed over the default ones."""
    return default_grades() | {fold(word): grade for word, grade in own.items()}


def parse_grade(text: str, grades: Mapping[str, Grade]) -> Parsed[Grade]:
    """The grade that a word means in a feed.

    Shapes: `grades` leads folded words to grades, as `grade_table` makes it.
    Refuses: `new`; a word that says used or refurbished and no more; a word not in the table.
    """
    word = fold(narrow(text))
    if not word:
        return Parsed()
    if (grade := grades.get(word)) is not None:
        return Parsed(grade)
    if word in _NEW:
        return wrong(LineCode.CONDITION_NEW)
    return wrong(LineCode.GRADE_MISSING if word in _GRADELESS else LineCode.GRADE_UNKNOWN)


def grade_in_title(title: str, own: Iterable[str], grades: Mapping[str, Grade]) -> Grade | None:
    """The grade whose words stand in a title; None where none or two different ones do.

    Shapes: `own` are the feed's folded words, of any length; of the usual ones only those count
    that are several words or `excellent`, since titles are full of letters and good things. Longer
    words go before those within them: `very good` is not `good`.
    """
    words = {*own, *_TELLING} & grades.keys()
    said = fold(re.sub(r"[^\w\s+]", " ", title))
    found: set[Grade] = set()
    for word in sorted(words, key=len, reverse=True):
        plain = re.escape(fold(re.sub(r"[^\w\s+]", " ", word)))
        said, count = re.subn(rf"(?<!\w){plain}(?![\w+])", "|", said)
        if count:
            found.add(grades[word])
    return found.pop() if len(found) == 1 else None


_TELLING: Final = frozenset(word for word in default_grades() if " " in word or word == "excellent")


def folded_words(words: Iterable[str]) -> frozenset[str]:
    """Names, such as brands, in the form in which they are compared."""
    return frozenset(fold(word) for word in words)
