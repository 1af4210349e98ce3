"""Documents that callers hand in to be run later: read, checked, and made ready."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from domain.partners.bulk import BulkKind
from resolvers.context import Caller


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """A document that may be run in bulk. `facts` is JSON for the worker; `scopes` are needed."""

    kind: BulkKind
    scopes: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DocumentRefused:
    """A document that cannot be run in bulk: a code, and what is wrong with it."""

    code: str
    message: str


class Documents(Protocol):
    """What reads the documents that callers hand in."""

    def bulk(
        self, text: str, name: str | None, variables: Mapping[str, Any], caller: Caller
    ) -> BulkPlan | DocumentRefused:
        """Check a document for bulk. Raises: SignInFirst, Forbidden where the caller may not."""
        ...
