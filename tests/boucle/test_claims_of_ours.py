"""Our own pages, mails and letters keep to the words that merchants have to keep to."""

import ast
import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from boucle.pages.words import WORDS
from domain.impact.linter import Finding
from models.impact.claims import linter, where

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)
MARKETS = ("FR", "DE", "GB", "US")
_CODE = re.compile(r"\{[%#{].*?[%#}]\}|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
_LETTERS = ("letters", "wording", "visibility_", "words", "receipts")


def found(text: str, language: str | None) -> list[Finding]:
    """What any of our markets refuses in a text."""
    return [
        each for country in MARKETS for each in linter().lint(text, where(country, TODAY), language)
    ]


def strings(path: Path) -> Iterator[str]:
    """The texts of a module, without its docstrings and names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


_NAMES = ROOT / "domain" / "raas" / "words.py"
"""Words that models of devices are told apart by, colours among them: no texts."""
MODULES = sorted(
    path
    for folder in ("domain", "integrations", "resolvers", "workers", "boucle")
    for path in (ROOT / folder).rglob("*.py")
    if any(word in path.name for word in _LETTERS) and path != _NAMES
)
TEMPLATES = sorted((ROOT / "boucle" / "pages" / "templates").glob("*.html"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_words_of_our_pages_make_no_claim(language: str) -> None:
    told = {key: found(pair[language == "fr"], language) for key, pair in WORDS.items()}
    assert {key: [each.word for each in hits] for key, hits in told.items() if hits} == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_makes_no_claim(path: Path) -> None:
    text = _CODE.sub(" ", path.read_text(encoding="utf-8"))
    assert [each.word for each in found(text, None)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_mail_or_message_makes_no_claim(path: Path) -> None:
    texts = [text for text in strings(path) if " " in text or not text.isascii()]
    hits = {text: [each.word for each in found(text, None)] for text in texts}
    assert {text: words for text, words in hits.items() if words} == {}


def test_the_texts_of_our_reference_data_make_no_claim() -> None:
    hits = []
    for path in sorted((ROOT / "models" / "reference").rglob("*.csv")):
        if path.parent.name == "claims":
            continue
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            names = [name for name in reader.fieldnames or () if name.startswith("text_")]
            for row in reader if names else ():
                for name in names:
                    hits += [(path.name, each.word) for each in found(row[name], name[-2:])]
    assert hits == []


def test_the_sweep_reads_what_it_says() -> None:
    assert len(MODULES) >= 15
    assert len(TEMPLATES) >= 20
    assert found("Our carbon neutral shop", "en")[0].word == "carbon neutral"
    assert "letters.py" in {path.name for path in MODULES}
