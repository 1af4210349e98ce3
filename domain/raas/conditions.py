"""How a company's words for the state of a device become a grade, and how grades compare.

Source: docs/fleets.md, "Conditions".
"""

from collections.abc import Mapping
from typing import Final

from domain.catalog import Grade
from domain.offers.values import fold, narrow
from domain.trade_in import TradeInGrade

_G = TradeInGrade
GRADES: Final = tuple(TradeInGrade)
"""The best first."""

CONDITION_WORDS: Final[Mapping[TradeInGrade, str]] = {
    _G.FUNCTIONAL_FLAWLESS: (
        "flawless|a|a+|aa|grade a|new|like new|as new|mint|excellent|perfect|premium|pristine|neuf"
        "|comme neuf|parfait etat|parfait|excellent etat|neu|wie neu|neuwertig|hervorragend"
        "|einwandfrei|nuevo|como nuevo|excelente|perfecto|impecable"
    ),
    _G.FUNCTIONAL_GOOD: (
        "good|b|grade b|very good|light wear|bon|bon etat|tres bon|tres bon etat|gut|sehr gut"
        "|guter zustand|bueno|buen estado|muy bueno|muy buen estado"
    ),
    _G.FUNCTIONAL_USED: (
        "used|c|grade c|fair|average|worn|working|works|functional|ok|acceptable|usage|use|correct"
        "|etat correct|etat moyen|moyen|fonctionnel|fonctionne|gebraucht|akzeptabel|funktionsfahig"
        "|funktioniert|gebrauchsspuren|usado|aceptable|regular|funcional|funciona"
    ),
    _G.FUNCTIONAL_CRACKED: (
        "d|grade d|cracked|cracked screen|broken screen|broken glass|screen cracked|fissure"
        "|ecran casse|ecran fissure|vitre cassee|casse ecran|gesprungen|display defekt"
        "|displayschaden|display gebrochen|glasbruch|pantalla rota|agrietado|cristal roto"
    ),
    _G.NOT_FUNCTIONAL_USED: (
        "e|grade e|not working|does not work|defective|defect|faulty|broken|dead|for parts|no power"
        "|hs|hors service|en panne|panne|defectueux|ne fonctionne pas|pour pieces|defekt|kaputt"
        "|funktioniert nicht|ausser betrieb|averiado|defectuoso|no funciona|estropeado|roto"
        "|para piezas"
    ),
    _G.NOT_FUNCTIONAL_CRACKED: (
        "f|grade f|destroyed|smashed|not working and cracked|broken and cracked|casse|detruit|brise"
        "|zerstort|zerbrochen|destruido|destrozado"
    ),
}
_BY_WORD: Final[Mapping[str, TradeInGrade]] = {
    word: grade for grade, words in CONDITION_WORDS.items() for word in words.split("|")
} | {grade.value.lower().replace("_", " "): grade for grade in TradeInGrade}

# What a refurbished device of a sound one is sold as: never better than the refurbishing makes it.
SOLD_AS: Final[Mapping[TradeInGrade, tuple[Grade, ...]]] = {
    _G.FUNCTIONAL_FLAWLESS: (Grade.PREMIUM, Grade.EXCELLENT),
    _G.FUNCTIONAL_GOOD: (Grade.VERY_GOOD,),
    _G.FUNCTIONAL_USED: (Grade.GOOD, Grade.FAIR),
}

# What a declared condition counts as where devices are settled: the best that it promises.
SETTLED_AS: Final[Mapping[TradeInGrade, str]] = {
    _G.FUNCTIONAL_FLAWLESS: "EXCELLENT",
    _G.FUNCTIONAL_GOOD: "VERY_GOOD",
    _G.FUNCTIONAL_USED: "GOOD",
    _G.FUNCTIONAL_CRACKED: "DAMAGED",
    _G.NOT_FUNCTIONAL_USED: "BROKEN",
    _G.NOT_FUNCTIONAL_CRACKED: "BROKEN",
}


def settled_as(declared: str | None) -> str:
    """The grade of a settlement that a declaration stands for; a device without one is used."""
    grade = declared or _G.FUNCTIONAL_USED.value
    return SETTLED_AS[TradeInGrade(grade)] if grade in set(TradeInGrade) else grade


def condition_of(text: str) -> TradeInGrade | None:
    """The grade that a declared condition means; None for words that nobody knows.

    Shapes: the words of the table, in any case and with or without accents.
    """
    return _BY_WORD.get(fold(narrow(text)))


def works(grade: TradeInGrade) -> bool:
    """Whether a device of this grade does what it is for."""
    return not grade.value.startswith("NOT_")


def cracked(grade: TradeInGrade) -> bool:
    """Whether its screen or its case is broken."""
    return grade.value.endswith("_CRACKED")
