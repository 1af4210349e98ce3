"""Which names of this server a request may use."""

import re

from starlette.types import Scope

from boucle.edge.heads import heads_of

_PORT = re.compile(rb":[0-9]{1,5}$")


class Hosts:
    """The host names of a setting; `*.` stands for any name below, `*` for any at all."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        names = [name.lower().encode() for name in allowed]
        self._any = b"*" in names
        self._exact = frozenset(names)
        self._below = tuple(name[1:] for name in names if name.startswith(b"*."))

    def allow(self, scope: Scope) -> bool:
        """Whether the request names one host, and an allowed one.

        A repeated header is joined with a comma, which no name has.
        """
        if self._any:
            return True
        host = _PORT.sub(b"", heads_of(scope).get(b"host", b"").lower())
        return host in self._exact or bool(self._below and host.endswith(self._below))
