"""How pages write amounts, days and numbers in each of their languages."""

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from boucle.settings import ROOT

LANGUAGES = ("en", "fr")
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}
_NARROW, _SPACE = "\u202f", "\u00a0"
_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": (
        *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
        *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
    ),
}


def number(value: float | str | Decimal, language: str) -> str:
    """A number with its thousands apart: 12,345.60 or 12 345,60; a float in its shortest form."""
    text = f"{Decimal(f'{value:.15g}' if isinstance(value, float) else value):,}"
    if language == "fr":
        return text.replace(",", _NARROW).replace(".", ",")
    return text


def money(value: dict[str, Any], language: str) -> str:
    """An amount with its currency: €289.00 or 289,00 €."""
    amount, currency = number(str(value["amount"]), language), str(value["currency"])
    sign = _SYMBOLS.get(currency, currency)
    if language == "fr":
        return f"{amount}{_SPACE}{sign}"
    return f"{sign}{amount}" if currency in _SYMBOLS else f"{sign}{_SPACE}{amount}"


def day(value: str, language: str) -> str:
    """A date of the API as a short day: Tue 5 May or mar. 5 mai."""
    at = date.fromisoformat(value[:10])
    return f"{_DAYS[language][at.weekday()]} {at.day} {_MONTHS[language][at.month - 1]}"


def month(value: str, language: str) -> str:
    """A month of the API, `2026-05`, in short: May 2026 or mai 2026."""
    return f"{_MONTHS[language][int(value[5:7]) - 1]} {value[:4]}"


def figure(display: str, language: str) -> str:
    """A shown figure as each language writes it: 24000 as 24,000 or 24 000; a minus stays."""
    return number(Decimal(display), language)


def moment(value: str, language: str) -> str:
    """A time of the API as a day and a clock time in UTC."""
    at = datetime.fromisoformat(value).astimezone(UTC)
    return f"{day(at.isoformat(), language)}, {at:%H:%M:%S} UTC"


def seconds(stages: Mapping[str, float], language: str) -> str | None:
    """How long all stages took together; None before one ended."""
    return f"{number(f'{sum(stages.values()):.1f}', language)}{_SPACE}s" if stages else None


def country(code: str, language: str) -> str:
    """The name of a country, or its code where it has none here."""
    return _countries().get(code, {}).get(f"name_{language}", code)


@cache
def _countries() -> dict[str, dict[str, str]]:
    path = ROOT / "models" / "reference" / "countries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}
