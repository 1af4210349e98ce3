"""What partners write in ways of their own, made texts that our rules read."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import polars as pl

from domain.offers.values import parse_date, parse_whole

_TAG: Final = re.compile(r"<[a-zA-Z/!][^>]*>")
MOST_HANDLING_DAYS: Final = 60


def plain_text(text: str) -> str:
    """The words of a text that may hold HTML, with single spaces between them then."""
    if "<" not in text and "&" not in text:
        return text
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def hours_of_days(days: str) -> str:
    """Hours to hand over, from days; what is no number of days stays, to be refused."""
    plain = days.lower().removesuffix("days").removesuffix("day")
    whole = parse_whole(plain, 0, MOST_HANDLING_DAYS)
    return days if whole.value is None else str(24 * whole.value)


def runs_now(first: str, last: str, market: str, now: datetime | None) -> bool:
    """Whether a sale between these dates runs now.

    Shapes: an empty date does not bound; a date that is none, or no `now`, says that it does not.
    """
    begin, end = parse_date(first, market), parse_date(last, market)
    if begin.code or end.code or now is None:
        return not (first.strip() or last.strip())
    at = now.astimezone(UTC)
    after = begin.value is None or datetime.fromisoformat(begin.value) <= at
    return after and (end.value is None or at <= datetime.fromisoformat(end.value))


def each(texts: pl.Series, say: Callable[[str], str | None]) -> pl.Series:
    """What is said of each text, asked once per distinct one."""
    distinct = texts.drop_nulls().unique()
    table = pl.DataFrame(
        {
            "text": distinct,
            "said": pl.Series([say(text) for text in distinct.to_list()], dtype=pl.String),
        }
    )
    asked = pl.DataFrame({"text": texts})
    return asked.join(table, on="text", how="left", maintain_order="left")["said"]


def each_of(
    columns: list[pl.Series], say: Callable[..., str | None], name: str = "said"
) -> pl.Series:
    """What is said of the texts that stand together, asked once per distinct combination."""
    asked = pl.DataFrame([column.alias(f"c{n}") for n, column in enumerate(columns)])
    distinct = asked.unique()
    said = [say(*texts) for texts in distinct.iter_rows()]
    table = distinct.with_columns(pl.Series(name, said, dtype=pl.String))
    keys = asked.columns
    joined = asked.join(table, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return joined[name]


def code_number(text: str) -> str:
    """A number that stands for a word, as spreadsheets may write it: `1.0` is `1`."""
    whole = parse_whole(text, 0, 99)
    return text if whole.value is None else str(whole.value)
