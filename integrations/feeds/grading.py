"""The grade of each record, from its own word, its condition, or the rule of the feed."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from domain.catalog import Grade
from domain.offers.grades import grade_in_title, parse_grade
from domain.offers.lines import FeedMode, LineCode
from domain.offers.values import Parsed, fold
from integrations.feeds.contract import ReadSettings
from integrations.feeds.lanes import Rows
from integrations.feeds.texts import each, plain_text

_NEW = "NEW"


@dataclass(frozen=True, slots=True)
class GradeReader:
    """Reads the grades of one feed by its table of folded words."""

    settings: ReadSettings
    table: Mapping[str, Grade]

    def read(self, rows: Rows, brands: pl.Series) -> dict[str, pl.Series]:
        """The column of grades, reporting words that are none and products that are new."""
        grade = rows.read("grade", self._of_grade, pl.String())
        condition = rows.read("condition", self._of_condition, pl.String())
        if self.settings.grade_in_title:
            titled = each(rows.text("title"), self._of_title)
            grade = grade.zip_with(grade.is_not_null() | titled.is_null(), titled)
        plain = grade.null_count() == 0 and condition.null_count() == rows.height
        if plain and not (grade == _NEW).any():
            return {"grade": grade}
        new = ((grade == _NEW) | (condition == _NEW)).fill_null(value=False)
        grade = _known(grade).zip_with(grade.is_not_null() & (grade != _NEW), _known(condition))
        if new.any():
            grade = self._new(rows, new, grade, brands)
        if self.settings.mode in {FeedMode.FULL, FeedMode.DELTA} and self.settings.fixed_grade:
            grade = grade.fill_null(self.settings.fixed_grade.value)
        self._missing(rows, grade, new)
        return {"grade": grade}

    def _of_grade(self, text: str) -> Parsed[str]:
        found = parse_grade(text, self.table)
        if found.code is LineCode.CONDITION_NEW:
            return Parsed(_NEW)
        lenient = found.code is LineCode.GRADE_MISSING
        return Parsed() if lenient else Parsed(found.value, found.code, found.fatal)

    def _of_title(self, text: str) -> str | None:
        own = {fold(word) for word in self.settings.grade_map if not word.isdigit()}
        found = grade_in_title(plain_text(text), own, self.table)
        return None if found is None else found.value

    def _of_condition(self, text: str) -> Parsed[str]:
        found = parse_grade(text, self.table)
        return Parsed(_NEW) if found.code is LineCode.CONDITION_NEW else Parsed(found.value)

    def _new(self, rows: Rows, new: pl.Series, grade: pl.Series, brands: pl.Series) -> pl.Series:
        """A new product is refused, but for the brands that a market allows: it shows no use."""
        named = brands.fill_null("").to_list()
        allowed = pl.Series([fold(brand) in self.settings.new_allowed_brands for brand in named])
        shown = rows.text("condition" if rows.has("condition") else "grade")
        rows.refuse(new & ~allowed, "condition", LineCode.CONDITION_NEW, shown)
        return grade.fill_null(
            pl.select(pl.when(new).then(pl.lit(Grade.PREMIUM.value))).to_series()
        )

    def _missing(self, rows: Rows, grade: pl.Series, new: pl.Series) -> None:
        """A full feed needs every grade; a change may leave it out but not send an empty word."""
        if not grade.null_count():
            return
        none = grade.is_null() & ~new & ~rows.failed("grade")
        if self.settings.mode is not FeedMode.FULL:
            sent = rows.text("grade").fill_null("").str.strip_chars() != ""
            none = none & sent
        name = "grade" if rows.has("grade") else "condition"
        rows.refuse(none, "grade", LineCode.GRADE_MISSING, rows.text(name))


def _known(grade: pl.Series) -> pl.Series:
    return pl.select(pl.when(grade != _NEW).then(grade)).to_series()
