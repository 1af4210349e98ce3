"""A request's headers by name, read once for everything that asks for them."""

from collections.abc import Mapping

from starlette.types import Scope

Heads = Mapping[bytes, bytes]

_KEPT = "boucle.heads"


def heads_of(scope: Scope) -> Heads:
    """Values by lower-case name; those of a repeated header are joined. Source: RFC 9110, 5.3."""
    found: dict[bytes, bytes] | None = scope.get(_KEPT)
    if found is None:
        sent: list[tuple[bytes, bytes]] = scope["headers"]
        found = dict(sent)
        if len(found) != len(sent):
            found = _joined(sent)
        scope[_KEPT] = found
    return found


def text(heads: Heads, name: bytes) -> str | None:
    """A header as text; None where it was not sent."""
    value = heads.get(name)
    return None if value is None else value.decode("latin-1")


def _joined(sent: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    values: dict[bytes, list[bytes]] = {}
    for name, value in sent:
        values.setdefault(name, []).append(value)
    return {name: b", ".join(parts) for name, parts in values.items()}


def address_of(scope: Scope) -> str | None:
    """Where a request comes from, as far as the server knows."""
    client = scope.get("client")
    return client[0] if client else None
