"""What a merchant can do about a reason, with its own value and the limit, in its language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.offers.visibility import Reason, VisibilityReason
from domain.offers.visibility_en import HINTS_EN, TOLD_EN
from domain.offers.visibility_fr import HINTS_FR, TOLD_FR

DEFAULT_LOCALE: Final = "en"


@dataclass(frozen=True, slots=True)
class Hints:
    """The hints of one language: what to do, and before it what was found where that is known."""

    todo: Mapping[Reason, str]
    told: Mapping[Reason, str]


HINTS: Final = {"en": Hints(HINTS_EN, TOLD_EN), "fr": Hints(HINTS_FR, TOLD_FR)}


def hint(reason: VisibilityReason, locale: str = DEFAULT_LOCALE) -> str:
    """What was found, if it can be said, and what to do about it.

    Shapes: `locale` is a BCP 47 tag; a language that we do not write is answered in English.
    """
    language = locale.replace("_", "-").partition("-")[0].lower()
    texts = HINTS.get(language, HINTS[DEFAULT_LOCALE])
    told = texts.told.get(reason.code, "")
    facts = {"{value}": reason.value, "{limit}": reason.limit}
    if not told or any(mark in told and fact is None for mark, fact in facts.items()):
        return texts.todo[reason.code]
    for mark, fact in facts.items():
        told = told.replace(mark, fact or "")
    return f"{told} {texts.todo[reason.code]}"
