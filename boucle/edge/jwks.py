"""`/.well-known/jwks.json`: the keys that our access tokens can be read with.

Source: RFC 7517, 5.
"""

from datetime import UTC, datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import unavailable
from boucle.edge.errors import AWAY
from resolvers.accounts.house import house

MEDIA_TYPE = "application/jwk-set+json"
MAX_AGE = 300


async def jwks(_request: Request) -> Response:
    """The public keys of the embedded issuer; none where people sign in elsewhere."""
    here = house()
    try:
        keys = [] if here.outside else await here.signing.published(datetime.now(UTC))
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    headers = {"Cache-Control": f"public, max-age={MAX_AGE}"}
    return Response(orjson.dumps({"keys": keys}), headers=headers, media_type=MEDIA_TYPE)
