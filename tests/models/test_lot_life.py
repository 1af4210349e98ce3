"""The server does to lots what the model says, on walks over a real database."""

import os
from random import Random
from uuid import UUID

import pytest
from strawberry import relay
from tortoise.transactions import in_transaction

from domain.raas import AssetState, LotState
from domain.raas.lots import DRAFT_KEPT
from models.base import execute, fetch
from models.merchants import Merchant
from models.raas import closing
from resolvers.accounts.house import house
from resolvers.context import Caller
from schema.common import global_id
from tests import factories, fleets
from tests.fleets import (
    AWARD,
    BID_ON,
    BIDS,
    CANCEL,
    CHANGE,
    CONFIRM,
    CREATE,
    DECLINE,
    PUBLISH,
    WITHDRAW,
    Json,
    ask,
    bidder_key,
    organisation_key,
)
from tests.lot_model import BIDDERS, DEVICES, OPERATIONS, RESERVE, Model, Step, bid_of, drawn
from tests.schema.asking import data

WALKS = range(int(os.environ.get("WALKS", "8")))
STEPS = 40
L = LotState


class Server:
    """The same world as the model's, asked as clients ask."""

    acme: Caller
    fleet: fleets.Fleet
    bidders: list[Merchant]
    lots: list[str]

    async def begin(self) -> None:
        await factories.world(1, 1)
        owner = await fleets.organisation()
        self.acme, self.lots = organisation_key(owner), []
        self.fleet = await fleets.fleet(owner, DEVICES)
        self.bidders = [
            await fleets.bidder(f"m{n}", quality, ess=ess)
            for n, (quality, ess) in enumerate(BIDDERS)
        ]

    async def step(self, step: Step, before: Model) -> str:
        """Do what the model is about to do, and tell how it was answered."""
        name, which, one, two = OPERATIONS[step[0] % len(OPERATIONS)], *step[1:]
        if name == "create":
            return await self.create({n for n in range(DEVICES) if (1 + one % 15) >> n & 1})
        lot = self.lots[which % len(self.lots)]
        model = before.lots[which % len(self.lots)]
        if name == "deadline":
            return await self.deadline(UUID(relay.GlobalID.from_id(lot).node_id), model.state)
        if name == "award":
            return self._code(await self.award(lot, one))
        who = bidder_key(self.bidders[one % len(BIDDERS)])
        if name == "bid":
            _, amount, stale = bid_of(one, two)
            given = {"version": model.version + stale, "amount": f"{amount / 100:.2f}"}
            return self._code(await ask(BID_ON, who, lotId=lot, currency="EUR", **given))
        rules = {
            "bidsUntil": fleets.soon(), "currency": "EUR", "reserve": f"{RESERVE / 100:.2f}",
            "sealed": one % 2 == 0, "autoAward": two % 2 == 0,
        }  # fmt: skip
        document, caller, more = {
            "publish": (PUBLISH, self.acme, {"rules": rules}),
            "change": (CHANGE, self.acme, {"title": "Other"}),
            "cancel": (CANCEL, self.acme, {"reason": "x"}),
            "withdraw": (WITHDRAW, who, {}),
            "confirm": (CONFIRM, who, {}),
            "decline": (DECLINE, who, {"reason": "x"}),
        }[name]
        return self._code(await ask(document, caller, lotId=lot, **more))

    def _code(self, answer: Json) -> str:
        return str(answer.get("code", "OK"))

    async def create(self, wanted: set[int]) -> str:
        named = [str(global_id("Asset", self.fleet.assets[n])) for n in sorted(wanted)]
        answer = await ask(CREATE, self.acme, fleetId=self.fleet.gid, title="t", assets=named)
        if "code" not in answer:
            self.lots.append(answer["lot"]["id"])
        return self._code(answer)

    async def award(self, lot: str, one: int) -> Json:
        found = (await data(BIDS, self.acme, id=lot))["lot"]["bids"]["edges"]
        left = [e["node"]["id"] for e in found if e["node"]["state"] == "SUBMITTED"]
        chosen = {"bidId": left[one % len(left)], "reason": "x"} if left else {}
        return await ask(AWARD, self.acme, lotId=lot, **chosen)

    async def deadline(self, lot: UUID, state: LotState) -> str:
        if state is L.DRAFT:
            await execute(
                "UPDATE lot SET updated_at = now() - interval '91 days' WHERE id = $1", lot
            )
            assert lot in await closing.due("forgotten", DRAFT_KEPT)
            done = await closing.forget_draft(lot)
        elif state is L.PUBLISHED:
            await fleets.pass_deadline(lot)
            assert lot in await closing.due("due")
            done = await closing.close(lot, house().vault)
        elif state is L.BIDDING_CLOSED:
            await fleets.pass_time(lot, "award_by")
            assert lot in await closing.due("unawarded")
            done = await closing.give_up_if_due(lot)
        elif state is L.AWARDED:
            await fleets.pass_time(lot, "confirm_by")
            assert lot in await closing.due("unconfirmed")
            done = await closing.default_if_due(lot)
        else:
            return "-"
        return "OK" if done else "NOTHING"

    async def agrees(self, model: Model) -> None:
        """Every lot, bid and device stands where the model's does; what is sealed is not told."""
        for gid, lot in zip(self.lots, model.lots, strict=True):
            row = UUID(relay.GlobalID.from_id(gid).node_id)
            [found] = await fetch("SELECT state, version FROM lot WHERE id = $1", row)
            assert (found["state"], found["version"]) == (lot.state, lot.version)
            bids = await fetch(
                "SELECT state, amount_minor, rank FROM lot_bid WHERE lot_id = $1 "
                "ORDER BY submitted_at, id", row,
            )  # fmt: skip
            assert [(b["state"], b["rank"]) for b in bids] == [(b.state, b.rank) for b in lot.bids]
            if lot.sealed and not lot.opened:
                assert {b["amount_minor"] for b in bids} <= {None}
                told = (await data(BIDS, self.acme, id=gid))["lot"]
                assert (told["bidCount"], told["bids"]["edges"]) == (None, [])
        rows = await fetch("SELECT id, state, lot_id FROM asset")
        for n, asset in enumerate(self.fleet.assets):
            [row] = [each for each in rows if each["id"] == asset]
            assert row["state"] == model.assets[n]
            assert (row["lot_id"] is None) == (model.assets[n] is AssetState.MATCHED)


@pytest.mark.parametrize("seed", WALKS)
async def test_the_server_goes_where_the_model_goes(migrated: None, seed: int) -> None:
    chance = Random(seed)
    async with in_transaction() as transaction:
        server, model = Server(), Model()
        await server.begin()
        for _ in range(STEPS):
            step = drawn(chance, model)
            name = OPERATIONS[step[0] % len(OPERATIONS)]
            if (name == "create") == (len(model.lots) == 3) or (
                name != "create" and not model.lots
            ):
                continue
            told = await server.step(step, model)
            assert told == model.step(step), (seed, name, step)
            await server.agrees(model)
        await transaction.rollback()
