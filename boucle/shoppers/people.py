"""The invented customers of the demo: who they are, and how they sign in.

A code is mailed to them as to everybody; on a development machine mails stay in a folder, and
there they read it. Where mails leave, they cannot sign in: nobody can be them.
"""

import asyncio
import csv
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from boucle.servers.storage import write_private
from boucle.shoppers import operations
from boucle.shoppers.client import Api, NotNow
from integrations.mail import KEPT, last

PEOPLE: Final = Path(__file__).with_name("people.csv")
_CODE: Final = re.compile(r"^\s{2,}([0-9]{8})\s*$", re.MULTILINE)
_EARLY: Final = timedelta(minutes=1)
_TRIES, _PAUSE_SECONDS = 40, 0.5


@dataclass(frozen=True, slots=True)
class Shopper:
    """Somebody invented, at an address that no mail reaches (RFC 2606)."""

    email: str
    market: str
    language: str
    address: dict[str, str | list[str]]

    @property
    def country(self) -> str:
        """Where the parcels go. Shapes: ISO 3166-1 alpha-2."""
        return str(self.address["country"])


def shoppers() -> list[Shopper]:
    """All invented customers."""
    with PEOPLE.open(encoding="utf-8", newline="") as file:
        return [_shopper(row) for row in csv.DictReader(file)]


def _shopper(row: dict[str, str]) -> Shopper:
    address: dict[str, str | list[str]] = {
        "name": row["name"],
        "street": [row["street"]],
        "city": row["city"],
        "postalCode": row["postal_code"],
        "country": row["country"],
    }
    if row["region"]:
        address["region"] = row["region"]
    return Shopper(row["email"], row["market"], row["language"], address)


@dataclass(slots=True)
class Session:
    """The tokens of somebody who signed in."""

    access: str = field(repr=False)
    ends: datetime
    refresh: str = field(repr=False)

    def told(self) -> dict[str, str]:
        """The same as JSON."""
        ends = self.ends.isoformat()
        return {"accessToken": self.access, "expiresAt": ends, "refreshToken": self.refresh}


@dataclass(slots=True)
class Doors:
    """Signs people in, each once, and keeps them signed in: after a restart by the same `file`."""

    api: Api
    mails: Path
    file: Path
    sessions: dict[str, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sessions = _stored(self.file)

    def knows(self, who: Shopper) -> bool:
        """Whether somebody signed in before: nothing need be mailed."""
        return who.email in self.sessions

    async def token(self, who: Shopper) -> str:
        """An access token that holds for a while. Raises: NotNow."""
        known = self.sessions.get(who.email)
        if known is None or known.ends < datetime.now(UTC) + _EARLY:
            renewed = await self._renewed(known) if known else None
            self.sessions[who.email] = renewed or await self._sign_in(who)
            self._store()
        return self.sessions[who.email].access

    def forget(self, who: Shopper) -> None:
        """Sign in anew next time: the tokens open nothing any more."""
        self.sessions.pop(who.email, None)
        self._store()

    def _store(self) -> None:
        told = {email: each.told() for email, each in self.sessions.items()}
        write_private(self.file, json.dumps(told, indent=1) + "\n")

    async def _renewed(self, known: Session) -> Session | None:
        return _session(await self.api.ask(operations.REFRESH, refresh=known.refresh))

    async def _sign_in(self, who: Shopper) -> Session:
        before = await self._mailed(who.email)
        asked = await self.api.ask(operations.REQUEST_CODE, email=who.email, locale="en")
        challenge = asked.get("challenge")
        if challenge is None:
            raise NotNow(f"nobody signs in here: {asked.get('__typename')}")
        given = {"email": who.email, "challenge": challenge}
        for _ in range(_TRIES):
            await asyncio.sleep(_PAUSE_SECONDS)
            code = await self._mailed(who.email)
            if code is not None and code != before:
                session = _session(await self.api.ask(operations.SIGN_IN, code=code, **given))
                if session is not None:
                    return session
                before = code
        raise NotNow("no mail came")

    async def _mailed(self, email: str) -> str | None:
        """The code of the newest mail to an address."""
        return await asyncio.to_thread(_newest_code, self.mails, email)


def _session(found: object) -> Session | None:
    if not isinstance(found, dict) or "accessToken" not in found:
        return None
    ends = datetime.fromisoformat(found["expiresAt"])
    return Session(found["accessToken"], ends, found["refreshToken"])


def _stored(file: Path) -> dict[str, Session]:
    """The sessions of a file; none of a damaged one."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        found = {str(email): _session(each) for email, each in told.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return {}
    return {email: session for email, session in found.items() if session is not None}


def _newest_code(folder: Path, email: str) -> str | None:
    for mail in last(folder, KEPT):
        if email in mail.to and (found := _CODE.search(mail.text)):
            return found[1]
    return None
