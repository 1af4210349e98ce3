"""What a market asks of devices of people, and by which terms it buys them: rows of data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import orjson

from domain.trade_in import TradeInGrade
from domain.trade_in.bids import GradeCodes
from domain.trade_in.decay import Decay, DecayBasis
from domain.trade_in.programme import IdentityDocument, Programme, ProgrammeStatus, in_force
from domain.trade_in.questionnaire import Answer, NotEligible, Question, Questionnaire
from models.base import fetch
from models.kept import Kept
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
_LOCK: Final = 7_204_325  # the advisory lock of whoever sets a programme


@dataclass(frozen=True, slots=True)
class Reference:
    """All of it, as this process holds it."""

    questionnaires: Sequence[Questionnaire]
    programmes: Sequence[Programme]
    decay: Sequence[Decay]
    keeping: Mapping[str, tuple[int, str]]

    def questionnaire(self, market: str, category: str, on: date) -> Questionnaire | None:
        """The newest one of a day: the market's own before that of every market."""
        held = [
            each
            for each in self.questionnaires
            if each.category == category and each.market in {market, "*"} and each.valid_from <= on
        ]
        return max(held, key=lambda each: (each.market != "*", each.version), default=None)

    def programme(self, market: str, category: str, on: date) -> Programme | None:
        """The terms of a day; None where nothing is bought."""
        found = in_force(self.programmes, market, category, on)
        return found if found and found.open else None

    def open_categories(self, market: str, on: date) -> set[str]:
        """The categories that a market asks about and buys."""
        return {
            category
            for category in {each.category for each in self.questionnaires}
            if self.questionnaire(market, category, on) and self.programme(market, category, on)
        }


async def _read() -> Reference:
    return Reference(
        [
            _questionnaire(*key, list(rows))
            for key, rows in groupby(await fetch(SQL["all_questions"]), key=_key)
        ],
        [programme_of(row) for row in await fetch(SQL["all_programmes"])],
        [_decay(row) for row in await fetch(SQL["all_decay"])],
        {row["category"]: (row["new_g"], row["source"]) for row in await fetch(SQL["all_keeping"])},
    )


_KEPT = Kept(_read)


async def reference() -> Reference:
    """What is known; four statements where the process has it not at hand."""
    return await _KEPT.get()


def _key(row: asyncpg.Record) -> tuple[str, str, int]:
    return row["category"], row["market"], row["version"]


def _questionnaire(
    category: str, market: str, version: int, rows: Sequence[asyncpg.Record]
) -> Questionnaire:
    questions = tuple(
        Question(
            row["question"],
            tuple(
                Answer(
                    code,
                    text_en,
                    text_fr,
                    TradeInGrade(best) if best else None,
                    NotEligible(excluded) if excluded else None,
                )
                for code, text_en, text_fr, best, excluded in orjson.loads(row["answers"] or "[]")
            ),
            *(row[name] for name in ("text_en", "text_fr", "help_en", "help_fr")),
        )
        for row in rows
    )
    return Questionnaire(category, market, version, rows[0]["valid_from"], questions)


def programme_of(row: asyncpg.Record) -> Programme:
    """The terms of a row."""
    return Programme(
        row["market"],
        row["category"],
        row["valid_from"],
        row["revision"],
        row["is_open"],
        row["minimum_age"],
        tuple(IdentityDocument(each) for each in row["identity_documents"] if each),
        row["quote_days"],
        row["label_days"],
        row["decision_days"],
        row["inspection_business_days"],
        row["source"],
        ProgrammeStatus(row["status"]),
    )


def _decay(row: asyncpg.Record) -> Decay:
    return Decay(
        row["category"],
        row["market"],
        row["brand"],
        DecayBasis(row["basis"]),
        row["monthly_bp"],
        row["models"],
        row["as_of"],
        row["source"],
    )


async def grade_codes(scheme: str) -> GradeCodes | None:
    """The words of a partner's scale, the newest version of each; None for no such scale."""
    rows = await fetch(SQL["all_codes"])
    found = {row["code"]: TradeInGrade(row["grade"]) for row in rows if row["scheme"] == scheme}
    return found or None


async def set_programme(raw: asyncpg.Connection, wanted: Programme) -> tuple[UUID, int]:
    """Write terms as the next revision of their day, with the rights of a job; id and revision."""
    await raw.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    [row] = await raw.fetch(
        SQL["set_programme"],
        wanted.market,
        wanted.category,
        wanted.valid_from,
        wanted.open,
        wanted.minimum_age,
        [each.value for each in wanted.identity_documents],
        wanted.quote_days,
        wanted.label_days,
        wanted.decision_days,
        wanted.inspection_business_days,
        wanted.source,
        wanted.status.value,
    )
    return row["id"], row["revision"]
