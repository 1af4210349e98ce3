"""Why a market goes no further, as clients read it."""

from typing import Any

import strawberry

from domain.accounts.roles import Role
from domain.markets.checks import CheckCode
from domain.markets.wording import REFUSALS
from resolvers.catalog import language
from resolvers.markets.rule_changes import ROLES
from schema.common import Info, Locale, Problem
from schema.rules import Staff, ruled

TEAM = Staff(frozenset({Role.COUNTRY_TEAM}))
DECISIONS = Staff(frozenset(role.value for role in ROLES))
"""Who proposes and decides rules."""


def _explanation(root: Problem, locale: Locale = "en") -> str:
    """`message` and `hint` in a language, `en` or `fr`."""
    known = REFUSALS[language(locale)].get(root.code, (root.message, root.hint or ""))
    return " ".join(known).strip()


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


@ruled(DECISIONS)
@strawberry.type
class RuleOverlap(Problem):
    """Rules of the same place hold on some of the same days."""

    explanation: str = EXPLAINED
    ids: list[strawberry.ID] = strawberry.field(description="Those rules. At most 100.")


@ruled(DECISIONS)
@strawberry.type
class RuleInvalid(Problem):
    """What no rule can be: no source, reversed dates, another place, not the shape of its kind."""

    explanation: str = EXPLAINED
    index: int | None = strawberry.field(
        default=None, description="Which rule of several, from 0; `null` where one was given."
    )
    field: str = strawberry.field(description="What of it is wrong, such as `value.percent`.")


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
