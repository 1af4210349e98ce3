"""Which pages of other origins may read our answers. Nothing here needs or sets a cookie.

Source: Fetch standard, "CORS protocol"; docs/api.md, "From a browser".
"""

from http import HTTPStatus

from starlette.types import Scope

from boucle.edge.answers import Answer, Code, answer
from boucle.edge.heads import Heads, heads_of

MAX_AGE_SECONDS = 600
EXPOSED = "X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, ETag"

_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"*, Authorization"),
    (b"access-control-max-age", b"%d" % MAX_AGE_SECONDS),
)

Pairs = tuple[tuple[bytes, bytes], ...]


class Origins:
    """The origins of the setting `BOUCLE_CORS_ORIGINS`."""

    def __init__(self, listed: tuple[str, ...]) -> None:
        self._shared: dict[bytes, Pairs] = {
            origin.encode(): (
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-expose-headers", EXPOSED.encode()),
            )
            for origin in listed
        }

    def listed(self, heads: Heads) -> bool:
        """Whether the page that asks is of a listed origin."""
        return heads.get(b"origin", b"") in self._shared

    def shared(self, heads: Heads) -> Pairs:
        """The headers that let the page read the answer; none for an unlisted origin."""
        return self._shared.get(heads.get(b"origin", b""), ())

    def preflight(self, scope: Scope) -> Answer | None:
        """The answer to a browser that asks before it sends; None for any other request."""
        if scope["method"] != "OPTIONS":
            return None
        heads = heads_of(scope)
        if b"origin" not in heads or b"access-control-request-method" not in heads:
            return None
        if self.listed(heads):
            allowed = Answer(b"", HTTPStatus.NO_CONTENT)
            allowed.raw_headers = list(_PREFLIGHT)
            return allowed
        message = "Pages of this origin may not call the API."
        extensions = {"code": Code.FORBIDDEN.value, "reason": "ORIGIN_NOT_ALLOWED"}
        body = {"errors": [{"message": message, "extensions": extensions}]}
        return answer(body, HTTPStatus.FORBIDDEN)
