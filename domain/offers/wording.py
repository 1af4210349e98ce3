"""The form of what a merchant reads about a problem of its feed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """A message and what to do about it; `{field}` and `{value}` stand for the merchant's own."""

    message: str
    suggestion: str
