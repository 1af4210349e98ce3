"""Anybody reads a text by the rules of a market before it is published.

Source: docs/impact.md, "Linter".
"""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.impact.linter import Finding
from models.impact.claims import linter, readers
from models.markets import Market
from resolvers import markets
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.impact import Said

LONGEST: Final = 10_000
LONGEST_SOURCE: Final = 500


@dataclass(frozen=True, slots=True)
class Linted:
    """What may not stand in a text, and by which rules it was read."""

    findings: tuple[Finding, ...]
    language: str
    on: date


async def lint(ctx: Context, market: str, locale: str, text: str, source: str | None) -> Linted:
    """Read a text as it would be published in a market today.

    Raises: BadInput for an unknown market, a language without a list, a text that is too long.
    """
    depends(NOT_KEPT)
    row = await _market(market)
    language = _language(locale)
    said = _within(text, "text", LONGEST)
    named = _within(source, "source", LONGEST_SOURCE).strip() if source else ""
    on = ctx.now.date()
    read = readers(row.countries, on)
    found = await asyncio.to_thread(read.linter.lint, said, read.where, language, named or None)
    return Linted(found, language, on)


async def claim(said: Said, language: str, market: str) -> str | None:
    """What may be said of a result in a market; None where its rules of the day do not let it.

    Raises: BadInput for an unknown market.
    """
    row = await _market(market)
    text = said.claim(language)
    if text is None:
        return None
    read, source = readers(row.countries, said.on), said.result.factor_set
    return None if read.linter.lint(text, read.where, language, source) else text


async def _market(code: str) -> Market:
    row = await markets.market(code)
    if row is None:
        raise BadInput("There is no such market.", reason="MARKET_UNKNOWN", argument="market")
    return row


def _language(locale: str) -> str:
    code = stored_text(locale, "locale").replace("_", "-").partition("-")[0].lower()
    if code not in linter().languages:
        known = ", ".join(sorted(linter().languages))
        raise BadInput(
            f"There is no list of words in `{locale[:16]}`: ask for {known}.",
            reason="LANGUAGE_WITHOUT_LIST",
            argument="locale",
        )
    return code


def _within(text: str, argument: str, most: int) -> str:
    if len(text) > most:
        message = f"`{argument}` is longer than {most} characters: shorten it."
        raise BadInput(message, reason="TEXT_TOO_LONG", argument=argument)
    return stored_text(text, argument)
