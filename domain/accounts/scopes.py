"""Scopes, each in some markets or in all: `offers:write@FR,DE`.

Source: docs/rules/identity.md, "Scopes".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

Grants = Mapping[str, frozenset[str] | None]
"""Scopes by name, with the markets that each is limited to; None is every market."""

MOST: Final = 50
_GRANT: Final = re.compile(r"([a-z][a-z_]{1,30}:(?:read|write))(?:@([A-Z]{2}(?:,[A-Z]{2}){0,59}))?")


@dataclass(frozen=True, slots=True)
class ScopeNotGranted:
    """The maker of a key may not do this; so the key may not either."""

    scope: str


@dataclass(frozen=True, slots=True)
class MarketNotGranted:
    """The maker of a key may do this, but not in this market; an empty market is all of them."""

    scope: str
    market: str


def read(texts: Iterable[str]) -> dict[str, frozenset[str] | None] | str:
    """The grants that these texts say, or the first text that is not one.

    A scope that is said twice holds in the markets of both.
    """
    found: dict[str, frozenset[str] | None] = {}
    for text in texts:
        match = _GRANT.fullmatch(text)
        if match is None:
            return text
        markets = frozenset(match[2].split(",")) if match[2] else None
        before = found.get(match[1], frozenset())
        found[match[1]] = None if markets is None or before is None else before | markets
    return found


def written(grants: Grants) -> list[str]:
    """The texts of grants, in a stable order: what `read` reads."""
    return [
        scope if markets is None else f"{scope}@{','.join(sorted(markets))}"
        for scope, markets in sorted(grants.items())
    ]


def beyond(asked: Grants, held: Grants) -> ScopeNotGranted | MarketNotGranted | None:
    """The first of the asked grants that is more than what is held; None where nothing is."""
    for scope, markets in sorted(asked.items()):
        if scope not in held:
            return ScopeNotGranted(scope)
        limit = held[scope]
        if limit is None:
            continue
        if markets is None:
            return MarketNotGranted(scope, "")
        if outside := sorted(markets - limit):
            return MarketNotGranted(scope, outside[0])
    return None


def markets_of(grants: Grants) -> frozenset[str] | None:
    """The markets that grants open together; None where one of them opens all."""
    limits = [markets for markets in grants.values() if markets is not None]
    return frozenset().union(*limits) if len(limits) == len(grants) else None
