"""Words that a text may not say, by market, language and day."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.impact import Indicator
from domain.impact.claims import LANGUAGES, claim
from domain.impact.linter import ClaimCode, ClaimFamily, folded
from domain.impact.shown import shown
from models.impact.claims import linter, readers, where
from tests.domain.impact import of

LINTER = linter()
TODAY = date(2026, 11, 23)
MEMBERS = Path(__file__).parents[3] / "models" / "reference" / "rules" / "members.csv"
FORBIDDEN, WANTS = ClaimCode.CLAIM_FORBIDDEN, ClaimCode.CLAIM_WITHOUT_SOURCE


def words(text: str, country: str, language: str | None = None, on: date = TODAY) -> list[str]:
    return [each.word for each in LINTER.lint(text, where(country, on), language)]


# Of docs/impact.md, typed from the method's list.
LISTED = {
    "en": "neutral|carbon neutral|climate neutral|net zero|climate positive|offset|compensated|"
    "zero impact|green|eco-friendly|environmentally friendly|sustainable",
    "fr": "neutre en carbone|compensé|écologique|vert|éco-responsable|"
    "respectueux de l'environnement|biodégradable",
    "de": "klimaneutral|CO2-neutral|klimapositiv|kompensiert|umweltfreundlich|nachhaltig|grün",
}
CASES = [(lang, word) for lang, listed in LISTED.items() for word in listed.split("|")]


@pytest.mark.parametrize(("language", "word"), CASES)
@pytest.mark.parametrize("country", ["FR", "DE", "GB", "US", "JP"])
def test_the_listed_words_are_refused_everywhere(language: str, word: str, country: str) -> None:
    text = f"Good phone, {word}, with charger."
    [found] = LINTER.lint(text, where(country, TODAY), language)
    assert (found.word, found.position) == (word, 12)
    assert found.code is FORBIDDEN
    assert found.rule.source
    assert found.rule.suggestions["fr"] != found.rule.suggestions["en"]


@pytest.mark.parametrize(
    "text", ["état neuf", "Comme neuf", "à neuf", "as new", "à l\u2019état  NEUF"]
)
def test_as_new_is_refused_in_france_alone(text: str) -> None:
    [found] = LINTER.lint(text, where("FR", TODAY), "fr")
    assert found.rule.id == "fr.as_new"
    assert LINTER.lint(text, where("DE", TODAY), "fr") == ()
    assert LINTER.lint(text, where("FR", date(2022, 2, 18)), "fr") == ()


def test_a_rule_holds_from_its_day_on() -> None:
    def rule(on: date) -> str | None:
        found = LINTER.rule(ClaimFamily.OFFSET, where("DE", on))
        return found.id if found else None

    assert rule(date(2025, 12, 31)) is None
    assert rule(date(2026, 9, 26)) == "house.offset"
    assert rule(date(2026, 9, 27)) == "eu.offset"
    assert LINTER.rule(ClaimFamily.OFFSET, where("GB", TODAY)).id == "gb.offset"  # type: ignore[union-attr]
    assert LINTER.rule(ClaimFamily.OFFSET, where("FR", TODAY)).id == "fr.offset"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The best phone", ["best"]),
        ("le moins cher, n° 1 en France", ["le moins cher", "n° 1"]),
        ("saves 77 kg of CO2", ["77 kg of CO2"]),
        ("\u221280 % de CO₂", ["80 % de CO₂"]),
        ("Reconditionné en France", ["Reconditionné en France"]),
    ],
)
def test_superlatives_and_figures_want_a_source(text: str, found: list[str]) -> None:
    told = LINTER.lint(text, where("FR", TODAY), "fr")
    assert [each.word for each in told] == found
    assert {each.code for each in told} == {WANTS}
    assert LINTER.lint(text, where("FR", TODAY), "fr", source="ADEME, 2022") == ()


def test_a_source_excuses_no_forbidden_word_no_tree_and_no_band() -> None:
    text = "Carbon neutral: like 3 trees, 64\u201387 %"
    told = LINTER.lint(text, where("FR", TODAY), "en", source="somebody")
    assert [each.word for each in told] == ["Carbon neutral", "3 trees", "64\u201387 %"]
    assert {each.code for each in told} == {FORBIDDEN}


@pytest.mark.parametrize(
    "text",
    ["c\u00adarbon neutral", "CARBON\u00a0NEUTRAL", "carbon‑neutral", "ｃａｒｂｏｎ neutral", "carbon_neutral"],  # noqa: E501, RUF001
)  # fmt: skip
def test_a_word_is_found_however_it_is_hidden(text: str) -> None:
    assert words(text, "DE") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Midnight Green, small scratch", "Coloris vert, 128 Go", "iPhone 13 in grün",
        "Neutral grey case", "The cheapest offer is not always first", "Evergreen Terrace 3",
        "Battery 87 %, 128 GB, 0.35 kg", "Batterie 87 %, coque neuve",
        "An estimate of avoided emissions: not an offset, not a carbon credit.",
        "Estimate of avoided emissions. Not an offset, not a carbon credit, not to be deducted "
        "from scopes 1, 2 or 3.",
    ],
)  # fmt: skip
def test_what_makes_no_claim_is_let_through(text: str) -> None:
    assert words(text, "FR") == []


def test_the_fixed_sentence_is_let_through_as_a_whole_only() -> None:
    assert words("Not an offset", "DE", "en") == ["offset"]


def test_a_name_that_was_told_is_no_claim() -> None:
    text = "Fresh Green, 128 GB"
    assert words(text, "DE", "en") == ["Green"]
    assert LINTER.lint(text, where("DE", TODAY), "en", names=["Fresh Green"]) == ()


def test_a_text_for_several_markets_keeps_to_the_rules_of_each() -> None:
    assert readers(["DE", "FR"], TODAY).forbids("comme neuf")
    assert not readers(["DE", "GB"], TODAY).forbids("comme neuf")
    assert readers(["DE", "FR"], TODAY).in_force()[0] == "fr.generic"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("indicator", ["GWP", "RAW", "EWASTE"])
@pytest.mark.parametrize("country", ["FR", "DE", "GB", "US"])
def test_what_we_write_passes_our_own_linter(language: str, indicator: str, country: str) -> None:
    result = of("smartphone", "2.5", "ademe-2022", indicator=Indicator(indicator))
    text = claim(result, language, "smartphone", Decimal(2), Decimal("0.29"), TODAY)
    assert text is not None
    assert LINTER.lint(text, where(country, TODAY), language, source=result.factor_set) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_claim_tells_scope_range_method_set_and_day(language: str) -> None:
    result = of("laptop", "4.5")
    text = claim(result, language, "laptop", Decimal(3), Decimal("0.29"), TODAY)
    assert text is not None
    drawn = result.net_range
    assert drawn is not None
    for part in ("kg CO2e", "3", "29 %", "avoided-1", "be-v2", "2026-11-23"):
        assert part in text
    assert drawn.p50 is not None
    ranged = {
        "en": f"(range {shown(drawn.p05)} to {shown(drawn.p95)})",
        "fr": f"(de {shown(drawn.p05)} à {shown(drawn.p95)})",
    }
    assert ranged[language] in text
    assert f" {shown(drawn.p50)} kg CO2e" in text
    scope = {
        "en": "compared with buying a new laptop. Includes refurbishing",
        "fr": "par rapport à l'achat d'un produit neuf de la catégorie « ordinateur portable ». "
        "Reconditionnement compris",
    }
    assert scope[language] in text
    assert {"en": "Reduced: short first life.", "fr": "Réduit : première vie courte."}[
        language
    ] in text


WORDS = {
    "en": ("avoided over", "years of use", "range", "compared with buying a new",
           "Includes refurbishing", "% deducted for rebound", "Method avoided-1", "factors"),
    "fr": ("évités sur", "ans d'usage", "(de ", "par rapport à l'achat d'un produit neuf",
           "Reconditionnement compris", "% déduits pour l'effet rebond", "Méthode avoided-1",
           "facteurs"),
}  # fmt: skip
SHIPPED = sorted(
    {row["country"] for row in csv.DictReader(MEMBERS.read_text("utf-8").splitlines())}
    | {"GB", "US", "JP", "KR", "CN"}
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("category", "life", "set_id", "indicator", "seconds"),
    [("smartphone", "3", "ademe-2022", "GWP", 2), ("smartphone", "2.5", "ademe-2022", "RAW", 2),
     ("smartphone", "3", "be-v2", "GWP", 2), ("smartphone", "3", "ademe-2022", "EWASTE", 2),
     ("tablet", "3", "be-v2", "GWP", 2), ("laptop", "4.5", "be-v2", "GWP", 3),
     ("laptop", "5", "ademe-2022", "GWP", 3), ("desktop", "5", "be-v2", "GWP", 3)],
)  # fmt: skip
def test_the_words_of_every_market_tell_all_of_it_and_pass_its_rules(
    language: str, category: str, life: str, set_id: str, indicator: str, seconds: int
) -> None:
    result = of(category, life, set_id, indicator=Indicator(indicator))
    text = claim(result, language, category, Decimal(seconds), Decimal("0.29"), TODAY)
    assert text is not None
    drawn = result.net_range
    assert drawn is not None
    assert drawn.p50 is not None
    shares = [shown(value) for value in (drawn.p05, drawn.p50, drawn.p95)]
    said = [*shares, *WORDS[language], set_id, "2026-11-23", str(seconds), "29 %"]
    assert [word for word in said if word not in text] == []
    assert ("Cautious" in text or "prudente" in text) is (result.grade == "C")
    assert ("Reduced" in text or "Réduit" in text) is result.reduced
    refused = {
        country: found
        for country in SHIPPED
        if (found := LINTER.lint(text, where(country, TODAY), language, source=set_id))
    }
    assert refused == {}
    assert len(SHIPPED) > 27


@given(st.text(max_size=60), st.sampled_from(["carbon neutral", "comme neuf", "klimaneutral"]))
def test_a_forbidden_word_is_found_in_any_text(around: str, word: str) -> None:
    told = LINTER.lint(f"{around} | {word} | {around}", where("FR", TODAY))
    assert word in [each.word for each in told]


@given(st.text(max_size=200))
def test_a_finding_is_a_part_of_the_text(text: str) -> None:
    for each in LINTER.lint(text, where("FR", TODAY)):
        assert text[each.position : each.position + each.length] == each.word
    plain, places = folded(text)
    assert len(plain) == len(places)


def test_every_rule_and_word_has_a_source() -> None:
    assert all(rule.source and rule.reference and rule.status for rule in LINTER.rules)
    assert {term.language for term in LINTER.terms} == {"en", "fr", "de", "es", "it", "nl", "pt"}
    for term in LINTER.terms:
        assert LINTER.rule(term.family, where("FR", TODAY)), term


def test_ten_thousand_letters_take_no_time() -> None:
    for text in ("1 " * 5_000, "best " * 2_000, "co2 by " * 1_400, "carbon" + " " * 9_990):
        assert len(LINTER.lint(text, where("FR", TODAY))) <= 100
