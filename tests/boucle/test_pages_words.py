"""What pages write is written as each of their languages does."""

from boucle.pages.wording import day, money, number
from boucle.pages.words import WORDS


def test_amounts_days_and_numbers_are_written_as_each_language_does() -> None:
    assert money({"amount": "1290.40", "currency": "EUR"}, "en") == "€1,290.40"
    assert money({"amount": "1290.40", "currency": "EUR"}, "fr") == "1\u202f290,40\u00a0€"
    assert money({"amount": "39800", "currency": "JPY"}, "en") == "¥39,800"
    assert money({"amount": "99.00", "currency": "SEK"}, "en") == "SEK\u00a099.00"
    assert day("2026-05-05", "fr") == "mar. 5 mai"
    assert number(12345, "en") == "12,345"


def test_every_word_is_there_in_both_languages() -> None:
    assert [key for key, pair in WORDS.items() if not all(word.strip() for word in pair)] == []
