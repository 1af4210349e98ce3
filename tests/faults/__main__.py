"""`python -m tests.faults [--seed N] [--long] [--kinds imports,bulk] [--rounds N]`."""

import argparse
import asyncio
import math
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from tortoise.transactions import in_transaction

from models.base import transaction
from models.offers import check
from tests import factories
from tests.factories import COLORS
from tests.faults.bids import Bids
from tests.faults.checkouts import Checkouts
from tests.faults.handovers import Handovers
from tests.faults.kinds import KINDS as OTHERS
from tests.faults.kinds import Imports, Kind, Piece, nothing_waits, unfinished
from tests.faults.parcels import Parcels
from tests.faults.rig import Rig, opened, servers, until
from tests.faults.trade_ins import TradeIns

KINDS: dict[str, type[Kind]] = {**OTHERS, Parcels.name: Parcels}
Served = Checkouts | Bids | TradeIns | Handovers
SERVED: tuple[type[Served], ...] = (Checkouts, Bids, TradeIns, Handovers)
"""Kinds whose work is asked of processes that serve."""
PRODUCTS = {True: 250, False: 50}
"""By whether it is the whole set: a longer file takes longer to make and to read."""
BAR_SECONDS = 15.0
END_SECONDS = 120.0
SHORT = {"worker": 1, "valkey": 1, "api": 1}
LONG = {"worker": 200, "valkey": 50, "api": 200}
WARM_UPS = {True: 2, False: 1}


@dataclass(slots=True)
class Tally:
    """What became of one kind of work under one kind of fault."""

    rounds: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def line(self, fault: str, kind: str, seed: int) -> str:
        """The tally in one line."""
        known = sorted(self.seconds)
        p95 = known[math.ceil(len(known) * 0.95) - 1] if known else 0.0
        late = sum(each > BAR_SECONDS for each in known)
        return (
            f"{kind} under kill -9 of {fault}: seed={seed} rounds={self.rounds} "
            f"resumed={len(known)} max={max(known, default=0.0):.1f}s p95={p95:.1f}s "
            f"over_bar={late} differences={len(self.wrong)}"
        )


@dataclass(slots=True)
class Trial:
    """Rounds of faults on one rig: everything that is drawn comes from the seed."""

    made: Rig
    kinds: list[Kind]
    chance: random.Random
    typical: dict[str, float] = field(default_factory=dict)
    tallies: dict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))

    wrong: list[str] = field(default_factory=list)

    async def warm_up(self, times: int) -> None:
        """Learn how long the work takes when nothing fails."""
        for _ in range(times):
            for kind in self.kinds:
                piece = await self._begun(kind)
                if await until(piece.running, END_SECONDS) is None:
                    raise RuntimeError(f"{kind.name}: no worker takes the work")
                took = await until(piece.over, END_SECONDS)
                if took is None or (wrong := await kind.check(piece)):
                    raise RuntimeError(f"{kind.name} without a fault: {wrong or 'no end'}")
                self.typical[kind.name] = took
            self._later()

    async def round(self, fault: str) -> None:
        """Begin work, cause a fault at a drawn moment, wait for the end, check."""
        pieces = [await self._begun(kind) for kind in self.kinds]
        chosen = self.chance.choice(pieces)
        if self.chance.random() > 0.05:
            await until(chosen.running, END_SECONDS)
            await asyncio.sleep(self.chance.random() * 1.1 * self.typical[chosen.kind.name])
        for kind in self.kinds:
            self.tallies[fault, kind.name].rounds += 1
        if fault == "worker":
            await self._kill_workers(pieces)
        elif fault == "api":
            self.made.kill(list(self.made.ports))
        else:
            pieces.append(await self._kill_valkey())
        for piece in pieces:
            wrong = self.tallies[fault, piece.kind.name].wrong
            if await until(piece.over, END_SECONDS) is None:
                wrong.append(f"{piece.kind.name} {piece.of[1]} did not end")
            else:
                wrong += await piece.kind.check(piece)
        self.wrong += [f"{name} ended by itself" for name in self.made.ended()]
        self._later()

    async def _kill_workers(self, pieces: list[Piece]) -> None:
        """Kill workers and senders, all or all but one; note when what was cut off goes on."""
        all_of_them = self.chance.random() < 0.2
        chosen = [
            name
            for names in (self.made.workers, self.made.senders)
            for name in (names if all_of_them else self.chance.sample(names, len(names) - 1))
        ]
        before = [await _running(piece) for piece in pieces]
        killed_at = time.monotonic()
        self.made.kill(chosen)
        waits = [self._gone_on(p, r, killed_at) for p, r in zip(pieces, before, strict=True) if r]
        await asyncio.gather(*waits)

    async def _gone_on(self, piece: Piece, runs: dict[UUID, int], killed_at: float) -> None:
        """Wait until another run of each job begins, unless a worker that lives ends it."""

        async def gone_on() -> bool:
            now = await piece.jobs()
            return all(now[job][1] > n or now[job][0] == "done" for job, n in runs.items())

        await until(gone_on, END_SECONDS)
        took, now = time.monotonic() - killed_at, await piece.jobs()
        if any(now[job][1] > n for job, n in runs.items()):
            self.tallies["worker", piece.kind.name].seconds.append(took)

    async def _kill_valkey(self) -> Piece:
        """Kill Valkey, one time in five with its data; note when new work begins after it."""
        wiped = self.chance.random() < 0.2
        await self.made.kill_valkey(self.chance.random(), wiped=wiped)
        back_at = time.monotonic()
        piece = await self._begun(self.kinds[0])

        async def begun() -> bool:
            return any(attempt for _, attempt in (await piece.jobs()).values())

        await until(begun, END_SECONDS)
        took = time.monotonic() - back_at
        self.tallies["valkey", piece.kind.name].seconds.append(took)
        return piece

    async def _begun(self, kind: Kind) -> Piece:
        return await kind.start(self.chance)

    def _later(self) -> None:
        for kind in self.kinds:
            if isinstance(kind, Imports):
                kind.later()

    async def whole(self) -> list[str]:
        """What is wrong at the end, with everything that was done."""
        if await until(nothing_waits, END_SECONDS) is None:
            return await unfinished()
        async with transaction() as raw:
            await raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = await check.differences(raw)
        wrong = [f"read models differ: {found}"] if found.total else []
        return [*wrong, *await unfinished()]


async def main(made: Rig, seed: int, rounds: dict[str, int], kinds: str, *, long: bool) -> int:
    """Run the rounds; 1 if anything was lost or doubled, and in the long set if it was late."""
    imports = Imports(long=long)
    serving: list[Served] = [kind(long=long) for kind in SERVED]
    known: dict[str, Kind] = {name: kind(long=long) for name, kind in KINDS.items()}
    known |= {imports.name: imports} | {kind.name: kind for kind in serving}
    chosen = [known[name] for name in kinds.split(",")]
    application = imports.application(PRODUCTS[long] * len(COLORS))
    for kind in chosen:
        application.add_routes(kind.routes())
    async with opened(made, application) as address:
        async with in_transaction():
            items = await factories.world(PRODUCTS[long], len(COLORS))
            for kind in chosen:
                await kind.prepare(items, address, made.vault)
        made.start_processes()
        served = [kind for kind in serving if kind in chosen]
        rounds = await _served(made, served, rounds) if served else rounds | {"api": 0}
        trial = Trial(made, chosen, random.Random(seed))
        await trial.warm_up(WARM_UPS[long])
        _say(f"typical seconds: { {k: round(v, 2) for k, v in trial.typical.items()} }")
        plan = [fault for fault, number in rounds.items() for _ in range(number)]
        trial.chance.shuffle(plan)
        for number, fault in enumerate(plan, 1):
            await trial.round(fault)
            if number % 10 == 0:
                _say(f"round {number} of {len(plan)}")
        wrong = trial.wrong + await trial.whole()
    for (fault, kind), tally in sorted(trial.tallies.items()):
        _say(tally.line(fault, kind, seed))
        wrong += tally.wrong
        late = [f"{kind}: {s:.1f} s to go on" for s in tally.seconds if s > BAR_SECONDS]
        wrong += late if long else []
    for each in wrong:
        _say(f"WRONG {each}")
    return 1 if wrong else 0


async def _served(made: Rig, kinds: list[Served], rounds: dict[str, int]) -> dict[str, int]:
    """The same rounds, once processes serve those who buy and bid."""
    addresses = await made.start_servers_of_api()
    for kind in kinds:
        kind.addresses = addresses
    return rounds


async def _running(piece: Piece) -> dict[UUID, int]:
    """The attempt of each of its jobs that a worker has."""
    jobs = await piece.jobs()
    return {job: attempt for job, (state, attempt) in jobs.items() if state == "running"}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--long", action="store_true", help="200 of workers, 50 of Valkey")
    everything = [*KINDS, *(kind.name for kind in SERVED)]
    parser.add_argument("--kinds", default=",".join(everything))
    parser.add_argument("--worker", type=int, help="how often workers are killed")
    parser.add_argument("--api", type=int, help="how often processes that serve are killed")
    parser.add_argument("--valkey", type=int, help="how often Valkey is killed")
    return parser.parse_args()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    given = _arguments()
    asked = dict(LONG if given.long else SHORT)
    asked |= {n: v for n in asked if (v := getattr(given, n)) is not None}
    with servers() as rig:
        code = asyncio.run(main(rig, given.seed, asked, given.kinds, long=given.long))
    sys.exit(code)
