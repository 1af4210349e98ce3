"""Asks carriers about parcels: one lane of one account, for some seconds.

A lane takes due parcels, pays for its calls out of the account's budget, calls, and takes in what
was told. Lanes know nothing of one another: parcels are taken with SKIP LOCKED, budgets and
circuits are rows. What a lane held when it died is due again after some minutes.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from domain.shipments.carriers import TrackingApi
from domain.shipments.polling import REFUSED_WAIT, after_failure, day_ends, jitter
from domain.shipments.scans import Told
from integrations.carriers.base import (
    Account,
    CarrierClient,
    CredentialRefused,
    Parcel,
    Throttled,
)
from integrations.http import Outbound, Rejected, Unavailable
from models.shipments import accounts, polling
from models.shipments.accounts import CarrierAccount, Granted
from models.shipments.ingest import Heard, Source, ZoneOf, ingest
from models.shipments.polling import Claimed, Failure
from models.vault import SecretLost, Vault

log = structlog.get_logger()

CALLS_A_ROUND: Final = 20
CALLS_AT_ONCE: Final = 5
PARCELS_A_ROUND: Final = 400
LANE_SECONDS: Final = 15.0
TURN_SECONDS: Final = 3.0
"""How long a paid call waits for its turn, at most."""
LATE_SECONDS: Final = 0.05
CALL_SECONDS: Final = 25.0
PAUSE: Final = timedelta(minutes=1)
"""After "too many" without a word on how long."""
SPENT_PART: Final = 0.9
"""A carrier that says "too many" when so much of the day's budget is used means the day."""

Step = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]


def real(_url: str | None) -> float:
    """The speed of parcels that nobody plays."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Carriers:
    """What polling needs: the clients, the way out, the roots of APIs, and what opens secrets.

    `speed_of` says how many times faster than real ones the parcels of an account at a root travel:
    those of a simulator do.
    """

    http: Outbound
    vault: Vault
    clients: Mapping[TrackingApi, CarrierClient]
    urls: Mapping[TrackingApi, str]
    zone_of: ZoneOf
    speed_of: Callable[[str | None], float] = real


@dataclass(slots=True)
class Round:
    """What came of the calls of one round."""

    heard: list[Heard] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    unasked: list[Claimed] = field(default_factory=list)
    answered: int = 0
    outages: int = 0
    throttled: Throttled | None = None
    refused: CredentialRefused | None = None

    @property
    def stopped(self) -> bool:
        """Whether no other call may go out."""
        return self.throttled is not None or self.refused is not None

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return self.answered + self.outages


@dataclass(slots=True)
class Lane:
    """One run along an account's due parcels. Units: `seconds` after which it takes no more.

    `ahead` is how far the database's clock is ahead of ours. Of all that was seen the most is
    nearest to the truth: answers come late, never early.
    """

    at: Carriers
    account_id: UUID
    step: Step
    seconds: float = LANE_SECONDS
    asked: int = 0
    ahead: timedelta | None = None

    async def run(self) -> int:
        """Ask until nothing is due, the budget or the time is used up; how many were asked."""
        ends = time.monotonic() + self.seconds
        while time.monotonic() < ends and await self._round():
            continue
        return self.asked

    async def _round(self) -> bool:
        """One round: whether another may follow."""
        of = await accounts.account(self.account_id)
        client = self.at.clients.get(of.api) if of else None
        if of is None or client is None or not of.usable:
            return False
        if of.broken and not await accounts.trial(of.id):
            return False
        opened = await self._opened(of)
        if opened is None:
            return False
        for urgent in (True, False):
            most = client.batch if of.broken else _most(client)
            claimed = await polling.claim(of.id, most, urgent=urgent)
            if claimed:
                return await self._ask(of, client, opened, claimed, urgent=urgent)
        return False

    async def _opened(self, of: CarrierAccount) -> Account | None:
        """The account as clients take it; one whose secrets are lost is disabled."""
        try:
            secrets = of.secrets(self.at.vault)
        except SecretLost:
            await self._disable(of, "SECRET_LOST")
            return None
        url = of.url or self.at.urls.get(of.api)
        if url is None:
            await self._disable(of, "NO_URL")
            return None
        return Account(str(of.id), url, secrets, of.token_url)

    async def _disable(self, of: CarrierAccount, because: str) -> None:
        if await accounts.disable(of, because):
            log.error("carrier.account_disabled", account_id=str(of.id), api=of.api, reason=because)

    async def _ask(
        self,
        of: CarrierAccount,
        client: CarrierClient,
        opened: Account,
        claimed: Sequence[Claimed],
        *,
        urgent: bool,
    ) -> bool:
        calls = in_calls(claimed, client.batch)
        sizes = [of.size(len(call)) for call in calls]
        granted = await self._take(of, sizes, urgent=urgent)
        unpaid = [parcel for call in calls[granted.calls :] for parcel in call]
        done = Round()
        if granted.calls:
            paid = calls[: granted.calls]
            turns = [
                granted.first_at + timedelta(seconds=of.interval * n) for n in range(len(paid))
            ]
            await self._call_all(of, client, opened, list(zip(paid, turns, strict=True)), done)
        await self._settle(of, done, unpaid)
        self.asked += len(claimed) - len(unpaid) - len(done.unasked)
        went_well = not done.stopped and not done.outages and not of.broken
        return went_well and bool(granted.calls)

    async def _take(self, of: CarrierAccount, sizes: Sequence[int], *, urgent: bool) -> Granted:
        granted = await accounts.take(of, sizes, urgent=urgent, within=TURN_SECONDS)
        self.ahead = granted.ahead if self.ahead is None else max(self.ahead, granted.ahead)
        return granted

    def _now(self) -> datetime:
        """The time by the database's clock."""
        return datetime.now(UTC) + (self.ahead or timedelta())

    async def _call_all(
        self,
        of: CarrierAccount,
        client: CarrierClient,
        opened: Account,
        calls: Sequence[tuple[Sequence[Claimed], datetime]],
        done: Round,
    ) -> None:
        """Make the calls, each not before its turn, five at once at most."""
        room = asyncio.Semaphore(CALLS_AT_ONCE)

        async def make(call: Sequence[Claimed], turn: datetime) -> None:
            async with room:
                if done.stopped or done.outages >= accounts.OPEN_AFTER:
                    done.unasked += call
                    return
                if await self._in_turn(of, turn, len(call)):
                    await self._call(client, opened, call, done)
                else:
                    done.unasked += call

        await asyncio.gather(*(make(*each) for each in calls))

    async def _in_turn(self, of: CarrierAccount, turn: datetime, numbers: int) -> bool:
        """Wait for a turn; one that was missed is given up for another, which is paid for too."""
        for _ in range(3):
            late = (self._now() - turn).total_seconds()
            if late < 0:
                await asyncio.sleep(-late)
                late = (self._now() - turn).total_seconds()
            if late <= max(LATE_SECONDS, of.interval * (accounts.MARGIN - 1)):
                return True
            size = [of.size(numbers)]
            granted = await self._take(of, size, urgent=True)
            if not granted.calls:
                return False
            turn = granted.first_at
        return False

    async def _call(
        self,
        client: CarrierClient,
        opened: Account,
        call: Sequence[Claimed],
        done: Round,
    ) -> None:
        """One call; whatever comes of it stands in `done`."""
        now = self._now()
        parcels = list({each.number: _parcel(each) for each in call}.values())
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await client.track(self.at.http, opened, parcels, now)
        except Throttled as error:
            done.throttled = error
            done.unasked += call
        except CredentialRefused as error:
            done.refused = error
            done.unasked += call
        except (Unavailable, TimeoutError) as error:
            done.outages += 1
            done.failures += [_outage(each, now, f"UNAVAILABLE: {error}") for each in call]
        except Rejected as error:
            done.answered += 1
            done.failures += [
                _refusal(each, now, str(error), together=len(call) > 1) for each in call
            ]
        except Exception:  # a client that breaks its word delays its own parcels alone
            log.exception("carrier.fault", api=client.api)
            done.outages += 1
            done.failures += [_outage(each, now, "FAULT") for each in call]
        else:
            done.answered += 1
            for each in call:
                _take_in(each, answer.get(each.number), now, done)

    async def _settle(self, of: CarrierAccount, done: Round, unpaid: Sequence[Claimed]) -> None:
        """Write what came of the round, in one transaction that keeps the lease."""
        async with self.step():
            if done.heard:
                await ingest(done.heard, self.at.zone_of, self.at.speed_of(of.url))
            await polling.fail(done.failures)
            if unpaid:
                await polling.release(unpaid, _when_paid(of))
            back_at = of.at
            if done.throttled is not None:
                back_at = await accounts.pause(of, _wait(of, done.throttled))
                log.warning("carrier.throttled", account_id=str(of.id), until=back_at.isoformat())
            await polling.release(done.unasked, back_at)
            if done.answered:
                await accounts.worked(of)
            if done.outages:
                until = await accounts.failed(of, done.outages)
                if until is not None:
                    log.warning("carrier.circuit_open", api=of.api, until=until.isoformat())
            if done.refused is not None:
                await self._disable(of, "CREDENTIAL_REFUSED")


def in_calls(claimed: Sequence[Claimed], batch: int) -> list[list[Claimed]]:
    """Parcels in calls of at most `batch` numbers.

    One that was refused together with others is asked about alone, so that it refuses no other.
    """
    alone = [[each] for each in claimed if each.refused]
    rest = [each for each in claimed if not each.refused]
    return [*alone, *(rest[n : n + batch] for n in range(0, len(rest), batch))]


def _most(client: CarrierClient) -> int:
    return min(CALLS_A_ROUND * client.batch, max(PARCELS_A_ROUND, client.batch))


def _parcel(each: Claimed) -> Parcel:
    return Parcel(
        number=each.number,
        created_at=each.created_at,
        origin=each.origin,
        destination=each.destination,
        postal_code=each.postal_code,
        origin_postal_code=each.origin_postal_code,
        service=each.service,
        carrier_ref=each.carrier_ref,
        language=each.language,
    )


def _take_in(each: Claimed, said: Told | Rejected | None, now: datetime, done: Round) -> None:
    match said:
        case Told():
            done.heard.append(Heard(each.id, said, Source.POLL))
        case Rejected():
            done.failures.append(_refusal(each, now, str(said)))
        case None:
            done.failures.append(_outage(each, now, "UNAVAILABLE: not in the answer"))


def _outage(each: Claimed, now: datetime, error: str) -> Failure:
    return Failure(each.id, after_failure(each.id, each.failures + 1, now), error, outage=True)


def _refusal(each: Claimed, now: datetime, error: str, *, together: bool = False) -> Failure:
    """A number that the carrier refuses: asked again in hours; in company, at once and alone."""
    if together:
        return Failure(each.id, now, f"REJECTED: {error}", outage=True)
    due_at = now + REFUSED_WAIT * jitter(each.id)
    return Failure(each.id, due_at, f"REJECTED: {error}", outage=False)


def _when_paid(of: CarrierAccount) -> datetime:
    """When parcels are due again for which the budget has nothing now."""
    if of.quota.per_day is None or of.used < of.quota.per_day:
        return of.at
    return day_ends(of.at, of.quota.zone)


def _wait(of: CarrierAccount, throttled: Throttled) -> timedelta:
    """How long a carrier is left alone: as it says, else until its limit is new."""
    if throttled.seconds is not None:
        return timedelta(seconds=max(throttled.seconds, 1.0))
    if of.quota.per_day is not None and of.used >= of.quota.per_day * SPENT_PART:
        return day_ends(of.at, of.quota.zone) - of.at
    return PAUSE
