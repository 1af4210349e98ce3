"""The embedded issuer's key pairs, and the access tokens that they sign.

Source: RFC 7517 (JWKS), RFC 9068 (access tokens).
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from joserfc import jwk, jwt

from domain.accounts.tokens import (
    ACCESS_LIFE,
    AUDIENCE,
    OWN_ALGORITHM,
    Terms,
    TokenRefused,
    key_id,
    read,
)
from models.accounts import SigningKey, signing
from models.base import new_id
from models.vault import SecretLost, Vault

log = structlog.get_logger()

USED_FOR = timedelta(days=90)
READ_AGAIN_SECONDS = 60.0
UNKNOWN_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Pair:
    kid: str
    made_at: datetime
    public: jwk.ECKey
    private: jwk.ECKey | None


class Signing:
    """Signs with the newest key pair and reads what the last ones signed.

    A pair is made where there is none, where its private half does not open any more, and after
    90 days; the old one's public half stays for the tokens that it signed.
    """

    def __init__(
        self, vault: Vault, issuer: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer = issuer
        self._vault, self._clock = vault, clock
        self._pairs: list[_Pair] = []
        self._read_at = float("-inf")

    async def ready(self, now: datetime) -> str:
        """The id of the key pair that signs now, made if need be. Call it outside transactions."""
        if self._age() > READ_AGAIN_SECONDS or not self._signs(now):
            await self._read()
            if not self._signs(now):
                await signing.add(self._made(), self._pairs[0].kid if self._pairs else None)
                await self._read()
        return self._pairs[0].kid

    async def sign(self, account_id: UUID, session_id: UUID, now: datetime) -> tuple[str, datetime]:
        """An access token of a session, and when it ends."""
        kid = await self.ready(now)
        pair = next(pair for pair in self._pairs if pair.kid == kid)
        if pair.private is None:
            raise SecretLost(kid)
        ends = now.replace(microsecond=0) + ACCESS_LIFE
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "client_id": AUDIENCE,
            "sub": str(account_id),
            "sid": str(session_id),
            "jti": str(new_id()),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(ends.timestamp()),
        }
        header = {"alg": OWN_ALGORITHM, "kid": kid, "typ": "at+jwt"}
        return jwt.encode(header, claims, pair.private, algorithms=[OWN_ALGORITHM]), ends

    async def read(self, token: str, now: datetime) -> dict[str, Any]:
        """The claims of a token of ours. Raises: TokenRefused, TokenExpired."""
        kid = key_id(token)
        pair = self._pair(kid)
        if pair is None and self._age() > UNKNOWN_AGAIN_SECONDS:
            await self._read()
            pair = self._pair(kid)
        if pair is None:
            raise TokenRefused("signed with an unknown key")
        return read(token, pair.public, Terms(self.issuer, AUDIENCE, (OWN_ALGORITHM,), now))

    async def published(self, now: datetime) -> list[dict[str, Any]]:
        """The public halves, for whoever reads our tokens."""
        await self.ready(now)
        extra = {"use": "sig", "alg": OWN_ALGORITHM}
        return [{**pair.public.as_dict(private=False), **extra} for pair in self._pairs]

    def _pair(self, kid: str) -> _Pair | None:
        return next((pair for pair in self._pairs if pair.kid == kid), None)

    def _age(self) -> float:
        return self._clock() - self._read_at

    def _signs(self, now: datetime) -> bool:
        """Whether the newest pair may sign."""
        if not self._pairs or self._pairs[0].private is None:
            return False
        return now - self._pairs[0].made_at < USED_FOR

    async def _read(self) -> None:
        began = self._clock()
        self._pairs = [self._opened(row) for row in await signing.newest()]
        self._read_at = began

    def _opened(self, row: SigningKey) -> _Pair:
        public = jwk.ECKey.import_key({**json.loads(row.public), "kid": row.kid})
        try:
            text = self._vault.open(bytes(row.private), signing.cell(row))
            private = jwk.ECKey.import_key({**json.loads(text), "kid": row.kid})
        except SecretLost as error:
            log.warning("signing_key.lost", kid=row.kid, error=str(error))
            private = None
        return _Pair(row.kid, row.created_at, public, private)

    def _made(self) -> SigningKey:
        pair = jwk.ECKey.generate_key("P-256", auto_kid=True)
        row = SigningKey(kid=pair.kid, public=json.dumps(pair.as_dict(private=False)))
        text = json.dumps(pair.as_dict(private=True)).encode()
        row.private = self._vault.close(text, signing.cell(row))
        return row
