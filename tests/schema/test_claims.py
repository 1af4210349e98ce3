"""Anybody reads a text by the rules of a market before it is published."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from domain.impact.linter import Readers
from domain.money import Currency
from domain.offers.lines import FeedMode, LineCode
from integrations.feeds.contract import Chunk, ReadSettings
from integrations.feeds.reading import open_feed
from models.impact.claims import linter, readers
from tests import factories
from tests.schema.asking import data, refusal
from tests.schema.test_offer_writes import call, seller

QUERY = """query($market: String!, $text: String!, $locale: String!, $source: String) {
  lintClaim(market: $market, text: $text, locale: $locale, source: $source, path: "description") {
    accepted market language on findings {code path word position length source suggestion
      rule {id family scope title reference source status validFrom validTo}}}}"""


async def lint(text: str, market: str = "FR", locale: str = "fr", source: str | None = None):
    asked = {"market": market, "text": text, "locale": locale, "source": source}
    return (await data(QUERY, **asked))["lintClaim"]


async def test_a_finding_names_word_place_rule_source_and_what_to_do(db: None) -> None:
    await factories.world(1, 1)
    told = await lint("Un téléphone comme neuf")
    assert (told["accepted"], told["market"], told["language"]) == (False, "FR", "fr")
    assert told["findings"] == [
        {
            "code": "CLAIM_FORBIDDEN",
            "path": ["description"],
            "word": "comme neuf",
            "position": 13,
            "length": 10,
            "source": "Décret 2022-190 du 17 février 2022, Code de la consommation",
            "suggestion": "Dites l'état, et ce qui a été testé et réparé.",
            "rule": {
                "id": "fr.as_new",
                "family": "AS_NEW",
                "scope": "FR",
                "title": "Produit reconditionné présenté comme neuf",
                "reference": "terms “état neuf”, “comme neuf”, “à neuf” and equivalents",
                "source": "Décret 2022-190 du 17 février 2022, Code de la consommation",
                "status": "UNVERIFIED",
                "validFrom": "2022-02-19",
                "validTo": None,
            },
        }
    ]
    assert (await lint("Un téléphone comme neuf", market="DE"))["accepted"] is True


async def test_a_text_for_publication_needs_a_source_for_what_it_says(db: None) -> None:
    await factories.world(1, 1)
    [found] = (await lint("The best phone", locale="en"))["findings"]
    assert (found["code"], found["path"]) == ("CLAIM_WITHOUT_SOURCE", ["description"])
    told = await lint("The best phone", locale="en", source="Test magazine, May 2026")
    assert told["accepted"] is True


@pytest.mark.parametrize(
    ("given", "argument", "reason"),
    [
        ({"market": "ZZ"}, "market", "MARKET_UNKNOWN"),
        ({"locale": "ja"}, "locale", "LANGUAGE_WITHOUT_LIST"),
        ({"text": "a" * 10_001}, "text", "TEXT_TOO_LONG"),
        ({"source": "a" * 501}, "source", "TEXT_TOO_LONG"),
    ],
)
async def test_what_cannot_be_read_names_its_argument(
    db: None, given: dict[str, str], argument: str, reason: str
) -> None:
    await factories.world(1, 1)
    asked = {"market": "FR", "text": "x", "locale": "fr", **given}
    told = await refusal(QUERY, **asked)
    assert told["code"] == "BAD_USER_INPUT"
    assert told["argument"] == argument
    assert told["reason"] == reason


async def test_an_offer_is_taken_without_a_note_that_makes_a_claim(db: None) -> None:
    owner, _ = await seller()
    await call(owner, "upsertOffers", [{"sku": "SKU-0", "note": "Small scratch", "quantity": 4}])
    told = await call(
        owner, "upsertOffers", [{"sku": "SKU-0", "note": "Carbon neutral", "quantity": 5}]
    )
    assert [row["outcome"] for row in told["results"]] == ["APPLIED"]
    kept = await factories.of_sku(owner, "SKU-0")
    assert (kept["note"], kept["quantity"]) == ("Small scratch", 5)


def open_text(text: str, folder: Path, settings: ReadSettings) -> list[Chunk]:
    path = folder / "feed.csv"
    path.write_text(text, encoding="utf-8")
    return list(open_feed(path, settings).chunks)


def read(notes: list[str], claims: Readers | None, *, careful: bool) -> tuple[list, list]:
    lines = "\n".join(f"S-{n},{note},9,100,EUR,GOOD" for n, note in enumerate(notes))
    text = f"sku,note,quantity,price,currency,grade\n{lines}\n"
    settings = ReadSettings(FeedMode.FULL, Currency.EUR, ("FR",), claims=claims, careful=careful)
    with TemporaryDirectory() as folder:
        chunks = open_text(text, Path(folder), settings)
    problems = [
        (p.line, p.field, p.code, p.fatal) for chunk in chunks for p in chunk.problems
        if p.field == "note"
    ]  # fmt: skip
    kept = [note for chunk in chunks for note in chunk.frame["note"].to_list()]
    return kept, problems


NOTES = [
    "Small scratch on the back", "carbon-neutral", "CLIMATE NEUTRAL phone", "eco_friendly",
    "Midnight Green 87 %", "comme neuf", "état neuf", "5 trees", "Best phone", "x_green",
]  # fmt: skip


def test_a_line_with_a_claim_has_a_warning_and_stands_without_its_note() -> None:
    claims = readers(["FR"], date(2026, 11, 23))
    kept, problems = read(NOTES, claims, careful=False)
    bad = {1, 2, 3, 5, 6, 7, 8, 9}
    assert kept == [None if n in bad else note for n, note in enumerate(NOTES)]
    assert problems == [(n + 2, "note", LineCode.NOTE_FORBIDDEN, False) for n in sorted(bad)]
    assert read(NOTES, claims, careful=True) == (kept, problems)
    assert read(NOTES, None, careful=False)[1] == []


def test_no_word_is_missed_by_the_fast_way() -> None:
    claims = readers(["FR"], date(2026, 11, 23))
    plain = [t.words.replace("#", "5").replace("~", "of").replace("*", "") for t in linter().terms]
    notes = [words for words in plain if words.isascii() and "," not in words]
    assert len(notes) > 150
    assert read(notes, claims, careful=False) == read(notes, claims, careful=True)
    assert read(notes, claims, careful=False)[0] == [None] * len(notes)
