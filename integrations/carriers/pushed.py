"""What stands between a push and us: its proof, its key, and what its sender wants to hear.

Source: docs/tracking.md, "Pushes".
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from domain.shipments.carriers import TrackingApi
from integrations.carriers.base import BadSignature, PushReader
from integrations.carriers.registry import PUSHES
from integrations.carriers.signatures import check_one_of

MOST_CONFIRMING: Final = 4_096


class Pushed:
    """A push as it came, of an API that may be none. Shapes: header names are lower case."""

    def __init__(self, api: TrackingApi | None, headers: Mapping[str, str], body: bytes) -> None:
        self.api, self.body = api, body
        self._headers = headers
        found = PUSHES.get(api) if api else None
        self.known = found is not None
        self._reader: PushReader = found or PUSHES[TrackingApi.AFTERSHIP]

    def proved(self, secrets: Sequence[str]) -> bool:
        """Whether one of these secrets made its proof. As much work for an API that is none."""
        try:
            self._reader.verify(self._headers, self.body, secrets)
        except BadSignature:
            return self.asked_to_confirm(secrets) is not None
        return True

    def key(self) -> str:
        """What tells it from others."""
        return self._reader.delivery_key(self._headers, self.body)

    def asked_to_confirm(self, secrets: Sequence[str]) -> str | None:
        """The secret that DHL wants to hear again before it pushes, if it is one of these."""
        if self.api is not TrackingApi.DHL_UNIFIED or len(self.body) > MOST_CONFIRMING:
            return None
        try:
            said = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        given = said.get("secret") if isinstance(said, dict) and "shipments" not in said else None
        if not isinstance(given, str):
            return None
        try:
            check_one_of(given, secrets)
        except BadSignature:
            return None
        return given
