"""Whose feeds the pages of a development machine may show."""

from datetime import UTC, datetime

from boucle.settings import Settings
from domain.accounts import parse
from models.accounts import find
from resolvers.accounts.callers import caller_of_key
from resolvers.context import Caller


async def demo_caller(settings: Settings) -> Caller | None:
    """The demo merchant as a caller; None in production, without its key file or a valid key."""
    path = settings.demo_key_file
    if settings.production or not path.is_file():
        return None
    if (key := parse(path.read_text(encoding="utf-8").strip())) is None:
        return None
    row = await find(key.prefix)
    if row is None or not key.matches(row.secret_sha256) or not row.usable(datetime.now(UTC)):
        return None
    return caller_of_key(row)
