"""The demo's accounts with carriers: each at the carriers' simulator of this machine.

They are the platform's own, so that the parcels of every merchant are followed by them. What each
may be asked is what the carrier publishes, as many times faster as the parcels of the demo travel.
"""

from decimal import Decimal
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from boucle.house import vault_of
from boucle.settings import Settings
from domain.shipments.carriers import TrackingApi
from domain.shipments.polling import QUOTAS
from integrations.sandbox.carriers.accounts import PlayedAccount, accounts
from models.shipments import accounts as stored
from models.shipments.accounts import Listed, Set

NAME: Final = "Simulator (demo)"
MOST_PER_SECOND: Final = 20.0
MOST_PER_DAY: Final = 10_000_000


def account_id(api: TrackingApi) -> UUID:
    """The id of the demo's account with a carrier: the same in every database."""
    return uuid5(NAMESPACE_URL, f"urn:boucle:demo:carrier-account:{api}")


def simulator(settings: Settings) -> str:
    """The base URL of the carriers' simulator."""
    return f"http://127.0.0.1:{settings.carriers_port}"


async def bring(settings: Settings) -> int:
    """Bring the demo's accounts into line with the simulator; return how many were written.

    Nothing is written without a simulator, nor in production.
    """
    if settings.production or settings.carriers_port == 0:
        return 0
    known = {row.id: row for row in await stored.owned(None)}
    vault, count = vault_of(settings), 0
    for played in accounts(simulator(settings)):
        wanted, at = _wanted(played, settings.carrier_speed), account_id(played.api)
        if not _same(known.get(at), wanted):
            count += await stored.store(at, wanted, vault)
    return count


def _wanted(played: PlayedAccount, speed: int) -> Set:
    quota = QUOTAS[played.api]
    day = None if quota.per_day is None else min(quota.per_day * speed, MOST_PER_DAY)
    return Set(
        api=played.api,
        merchant_id=None,
        name=NAME,
        url=played.url,
        secrets=played.secrets,
        push_secrets=[played.push_secret] if played.push_secret else None,
        pushes=played.push_secret is not None,
        per_second=Decimal(str(round(min(quota.per_second * speed, MOST_PER_SECOND), 3))),
        per_day=day,
    )


def _same(row: Listed | None, wanted: Set) -> bool:
    """Whether an account stands as it should, and works."""
    if row is None or row.disabled_at is not None:
        return False
    kept = (row.url, row.pushes, row.per_second, row.per_day)
    return kept == (wanted.url, wanted.pushes, wanted.per_second, wanted.per_day)
