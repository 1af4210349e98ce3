"""The address of a page, and of the pages one click away from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urlencode

from starlette.requests import Request

_CURSOR = "after"


@dataclass(frozen=True, slots=True)
class Address:
    """A path and its query as ordered pairs. A changed choice starts again at the first page."""

    path: str
    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, request: Request) -> Self:
        """The address that was asked for, without empty values."""
        pairs = request.query_params.multi_items()
        return cls(request.url.path, tuple((k, v) for k, v in pairs if v))

    def get(self, name: str) -> str | None:
        """The first value of a name."""
        return next((v for k, v in self.pairs if k == name), None)

    def all(self, name: str) -> list[str]:
        """Every value of a name, each once."""
        return list(dict.fromkeys(v for k, v in self.pairs if k == name))

    def put(self, **values: str | None) -> Self:
        """The address with these values in place of the present ones; None takes one away."""
        kept = [(k, v) for k, v in self.pairs if k not in values and k != _CURSOR]
        return self._with([*kept, *((k, v) for k, v in values.items() if v is not None)])

    def toggle(self, name: str, value: str) -> Self:
        """The address with the value added, or taken away where it is there."""
        kept = [(k, v) for k, v in self.pairs if (k, v) != (name, value) and k != _CURSOR]
        return self._with(kept if (name, value) in self.pairs else [*kept, (name, value)])

    def only(self, *names: str) -> Self:
        """The address with these names alone."""
        return self._with((k, v) for k, v in self.pairs if k in names)

    def at(self, path: str) -> Self:
        """The same query at another path."""
        return type(self)(path, self.pairs)

    def _with(self, pairs: Iterable[tuple[str, str]]) -> Self:
        return type(self)(self.path, tuple(pairs))

    def __str__(self) -> str:
        path = quote(self.path)
        return f"{path}?{urlencode(self.pairs)}" if self.pairs else path
