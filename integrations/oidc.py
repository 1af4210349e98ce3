"""An OpenID provider of the operator's: whose tokens we believe, and the keys that it publishes.

Source: OpenID Connect Discovery 1.0; RFC 7517; RFC 8725.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from joserfc import jwk
from joserfc.errors import JoseError
from yarl import URL

from domain.accounts.tokens import ALGORITHMS, Terms, TokenRefused, key_id, read
from integrations.http import Rejected, Unavailable, get_json, outbound, place

log = structlog.get_logger()

DISCOVERY = "/.well-known/openid-configuration"
KEPT_SECONDS = 600.0
UNKNOWN_AGAIN_SECONDS = 60.0
FIRST_AGAIN_SECONDS = 2.0
MOST_KEYS = 50


class Provider:
    """Believes tokens of one issuer for one audience.

    Keys are kept for 10 minutes, and for longer while the provider does not answer; an unknown
    key id is looked up once a minute at most, whoever sends it.
    """

    def __init__(
        self, url: str, audience: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._audience, self._clock = url, audience, clock
        self._keys: dict[str, jwk.Key] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    @property
    def url(self) -> str:
        """The issuer, as its tokens name it."""
        return self._url

    async def claims(self, token: str, now: datetime) -> Mapping[str, Any]:
        """The claims of a token that this issuer signed for us.

        Raises: TokenRefused, TokenExpired; ConnectionError while its keys cannot be had.
        """
        key = await self._key(key_id(token))
        return read(token, key, Terms(self._url, self._audience, ALGORITHMS, now))

    async def _key(self, kid: str) -> jwk.Key:
        if self._wanting(kid):
            async with self._fetching:  # whoever comes meanwhile waits for the same answer
                if self._wanting(kid):
                    self._tried_at = self._clock()
                    await self._fetch(self._tried_at)
        if not self._keys:
            raise ConnectionError("the issuer's keys cannot be had")
        if kid not in self._keys:
            raise TokenRefused("signed with an unknown key")
        return self._keys[kid]

    def _wanting(self, kid: str) -> bool:
        """Whether the keys must be fetched for this key id, and may be by now."""
        present = self._clock()
        old = present - self._fetched_at >= KEPT_SECONDS
        pause = UNKNOWN_AGAIN_SECONDS if self._keys else FIRST_AGAIN_SECONDS
        return (kid not in self._keys or old) and present - self._tried_at >= pause

    async def _fetch(self, present: float) -> None:
        host = URL(self._url)
        try:
            async with outbound(allowed=[place(host.host or "", host.port)]) as session:
                told = await get_json(session, self._url.rstrip("/") + DISCOVERY)
                if told.get("issuer") != self._url:
                    raise Rejected("the discovery document names another issuer")
                published = await get_json(session, str(told.get("jwks_uri", "")))
        except (Unavailable, Rejected) as error:
            log.warning("oidc.keys_not_fetched", issuer=self._url, error=str(error))
            return
        self._keys, self._fetched_at = _keys(published), present


def _keys(published: Mapping[str, Any]) -> dict[str, jwk.Key]:
    """The keys that can verify a signature, by id; others are left out, shared secrets too."""
    found: dict[str, jwk.Key] = {}
    entries = published.get("keys")
    for entry in entries[:MOST_KEYS] if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        if entry.get("kty") not in {"RSA", "EC", "OKP"} or not isinstance(entry.get("kid"), str):
            continue
        try:
            found[entry["kid"]] = jwk.import_key(entry)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("oidc.key_left_out", kid=entry["kid"][:80], error=type(error).__name__)
    return found
