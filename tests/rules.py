"""The rules that are shipped: as a book for pure tests, as rows for those that touch tables."""

from functools import cache
from pathlib import Path

from domain.markets.rules import Rule, RuleBook, RulePolicy
from models.markets.rules import install, load_rules, read_rules

FOLDER = Path(__file__).parents[1] / "models" / "reference" / "rules"
LENIENT, STRICT = RulePolicy(strict=False), RulePolicy(strict=True)


@cache
def shipped() -> tuple[Rule, ...]:
    """Every rule of the files."""
    return tuple(rule for path in sorted(FOLDER.glob("*.csv")) for rule in read_rules(path))


def book(policy: RulePolicy = LENIENT) -> RuleBook:
    """The rules of the files under a policy."""
    return RuleBook(shipped(), policy)


async def lawful(policy: RulePolicy = LENIENT) -> None:
    """Put the shipped rules into the test's database, and use them under a policy."""
    await load_rules(FOLDER)
    install(policy)
