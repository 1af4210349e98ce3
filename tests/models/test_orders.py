"""A line moves along the allowed moves alone; an order follows from its lines."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders import FINAL, LINE_MOVES, Actor, LineState, OrderState, order_state
from models.base import fetch, fetchval, transaction
from models.orders import By, move
from tests import factories, orders
from tests.factories import NOW, Item

BY = By(Actor.PLATFORM, NOW)


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


async def test_each_pair_of_states_moves_if_and_only_if_it_is_listed(item: Item) -> None:
    owner = await factories.merchant("amber")

    for now in LineState:
        for to in LineState:
            of = await orders.bought(owner, item, now)
            moved = await move(of.lines, to, BY)
            state = await fetchval("SELECT state FROM order_line WHERE id = $1", of.lines[0])
            may = to in LINE_MOVES.get(now, frozenset())
            assert (bool(moved), state) == (may, to if may else now), (now, to)


async def test_the_database_derives_the_state_of_an_order_as_the_rule_does(item: Item) -> None:
    owner = await factories.merchant("amber")
    for pair in combinations(LineState, 2):
        of = await orders.bought(owner, item, lines=2)
        for line, state in zip(of.lines, pair, strict=True):
            async with transaction() as raw:
                await raw.execute("UPDATE order_line SET state = $2 WHERE id = $1", line, state)
        found = await fetchval("SELECT state FROM orders WHERE id = $1", of.order_id)
        assert found == order_state(pair), pair


async def test_a_move_is_noted_once_and_told_to_the_merchant(item: Item) -> None:
    owner = await factories.merchant("amber")
    of = await orders.bought(owner, item, lines=2)

    for _ in range(2):
        await move(of.lines, LineState.ACCEPTED, By(Actor.MERCHANT, NOW, reason="WHY"))

    rows = await fetch("SELECT line_id, from_state, to_state, reason FROM order_line_move")
    assert [tuple(row)[1:] for row in rows] == [("PAID", "ACCEPTED", "WHY")] * 2
    told = await fetch("SELECT topic, object_id FROM event WHERE topic LIKE 'order.%'")
    assert [row["topic"] for row in told] == ["order.line_changed"] * 2
    assert {row["line_id"] for row in rows} == {row["object_id"] for row in told} == set(of.lines)
    deadline = await fetchval("SELECT next_deadline FROM orders WHERE id = $1", of.order_id)
    assert deadline == await fetchval("SELECT min(dispatch_by) FROM order_line")


def test_final_states_are_those_of_the_rule() -> None:
    assert {"EXPIRED", "REFUSED", "CANCELLED", "REFUNDED", "REPLACED"} == FINAL


@given(st.lists(st.sampled_from(LineState), min_size=1), st.randoms())
def test_the_state_of_an_order_does_not_depend_on_the_order_of_its_lines(
    lines: list[LineState], random: object
) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert order_state(lines) is order_state(shuffled)
    assert order_state(lines) in OrderState
