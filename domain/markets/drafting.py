"""What a market says in its own words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A text of a market in a language, and who decided it."""

    key: str
    language: str
    text: str
    source: str
