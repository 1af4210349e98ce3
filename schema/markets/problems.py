"""Why a market goes no further, as clients read it."""

from typing import Any

import strawberry

from domain.accounts.roles import Role
from domain.markets.checks import CheckCode
from domain.markets.wording import REFUSALS
from resolvers.catalog import language
from schema.common import Info, Locale, Problem
from schema.rules import Staff, ruled

TEAM = Staff(frozenset({Role.COUNTRY_TEAM}))


def _explanation(root: Problem, locale: Locale = "en") -> str:
    """`message` and `hint` in a language, `en` or `fr`."""
    return " ".join(REFUSALS[language(locale)][root.code])


EXPLAINED: Any = strawberry.field(resolver=_explanation)


def said(info: Info, code: str, *path: str) -> dict[str, Any]:
    """What every refusal of a launch says."""
    message, hint = REFUSALS["en"][code]
    return {
        "code": code,
        "message": message,
        "path": ["input", *path],
        "hint": hint,
        "request_id": strawberry.ID(info.context.request_id),
    }


@ruled(TEAM)
@strawberry.type
class ReadinessFailed(Problem):
    """The market is not ready."""

    explanation: str = EXPLAINED
    checks: list[CheckCode] = strawberry.field(description="Checks that fail. At most 11.")


@ruled(TEAM)
@strawberry.type
class OpeningNotOpen(Problem):
    """The request was decided, has expired, or is not there."""

    explanation: str = EXPLAINED


@ruled(TEAM)
@strawberry.type
class OwnerUnknown(Problem):
    """Nobody of staff with this address acts in the market."""

    explanation: str = EXPLAINED


@ruled(TEAM)
@strawberry.type
class MarketExists(Problem):
    """There is such a market."""

    explanation: str = EXPLAINED


@ruled(TEAM)
@strawberry.type
class RuleOverlap(Problem):
    """Rules in force cover some of the same days."""

    explanation: str = EXPLAINED
    ids: list[strawberry.ID] = strawberry.field(description="Those rules. At most 100.")


@ruled(TEAM)
@strawberry.type
class RuleInvalid(Problem):
    """A rule is not of its kind's shape, or ends before it begins."""

    explanation: str = EXPLAINED
    index: int = strawberry.field(description="Which rule of the input, from 0.")
    field: str = strawberry.field(description="What of it is wrong.")


@ruled(TEAM)
@strawberry.type
class MissingTranslation(Problem):
    """Texts lack in a language of the market."""

    explanation: str = EXPLAINED
    keys: list[str] = strawberry.field(description="Key and language of each. At most 100.")


@ruled(TEAM)
@strawberry.type
class SourceRequired(Problem):
    """Nobody is named who decided it."""

    explanation: str = EXPLAINED
