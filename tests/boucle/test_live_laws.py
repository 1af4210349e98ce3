"""Laws of reading messages and of what waits to be sent, for whatever is sent."""

import asyncio
import contextlib
import re
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Scope

from boucle.edge.frames import Close, CloseCode, Malformed, Subscribe, parse
from boucle.edge.live import Limits, Live
from boucle.edge.operations import Operations
from boucle.edge.outgoing import Outgoing, TooSlow, Waiting
from boucle.edge.subscriptions import OnSchema
from boucle.graphql.reference import graphql_schema
from schema.root import schema
from tests.boucle.live import SCHEMA
from tests.test_docs import firsts, page, rows, section

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=4,
)
TYPES = st.sampled_from(["connection_init", "ping", "pong", "subscribe", "complete", "next"])
PAYLOADS = JSON | st.fixed_dictionaries(
    {"query": JSON | st.just("{a}")},
    optional={"variables": JSON, "operationName": JSON, "extensions": JSON},
)
MESSAGES = JSON | st.fixed_dictionaries(
    {"type": TYPES | JSON}, optional={"id": JSON | st.just("a"), "payload": PAYLOADS}
)


def _text(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | MESSAGES)
def test_any_text_is_a_message_or_malformed(sent: Any) -> None:
    try:
        text = sent if isinstance(sent, str) else _text(sent)
    except (TypeError, ValueError):  # half a surrogate pair, a great integer
        return
    with contextlib.suppress(Malformed):
        found = parse({"text": text})
        if isinstance(found, Subscribe):
            assert found.id
            assert found.asked.query or found.asked.named


@given(st.text())
def test_a_reason_always_fits_a_close_frame(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert len(Close.of(CloseCode.BAD_MESSAGE, text).reason.encode()) <= 123


SENT = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60)


@settings(max_examples=100, deadline=None)
@given(SENT, st.integers(1, 8))
def test_what_waits_is_bounded_in_order_and_ends_with_the_newest_of_each(
    sent: list[tuple[str, bool]], most: int
) -> None:
    async def run() -> list[tuple[str, int]]:
        waiting = Outgoing(most, 10_000, 1)
        finals = 0
        for number, (name, newest) in enumerate(sent):
            waiting.put(Waiting(f"{name} {number}", name, newest=newest))
            finals += not newest
            assert len(waiting) <= max(most, finals + 3)
        taken = [(await waiting.next()).text.split() for _ in range(len(waiting))]
        return [(name, int(number)) for name, number in taken]

    heard = asyncio.run(run())

    assert [number for _, number in heard] == sorted(number for _, number in heard)
    numbers = {number for _, number in heard}
    last: dict[str, int] = {}
    for number, (name, newest) in enumerate(sent):
        if newest:
            last[name] = number
        else:
            assert number in numbers, "what is not replaceable was dropped"
    assert set(last.values()) <= numbers
    if len(sent) <= most:
        assert len(heard) == len(sent)


async def test_too_much_that_cannot_be_dropped_is_too_slow() -> None:
    waiting = Outgoing(2, 100, 1)
    for _ in range(3):
        waiting.put(Waiting("x" * 90, "a", newest=True))
    with pytest.raises(TooSlow):
        waiting.put(Waiting("x" * 90, "a"))


def _from(host: str) -> Scope:
    return {"type": "websocket", "client": (host, 1)}


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param("192.0.2.1", "192.0.2.2", False, id="two addresses"),
        pytest.param("2001:db8::1", "2001:db8::ffff:1", True, id="one /64"),
        pytest.param("2001:db8::1", "2001:db8:0:1::1", False, id="two /64"),
        pytest.param("192.0.2.1", "::ffff:192.0.2.1", True, id="mapped"),
        pytest.param("fe80::1%eth0", "fe80::2", True, id="zone"),
        pytest.param("unix", "unix", True, id="no address"),
    ],
)
def test_who_is_behind_one_address(one: str, other: str, together: bool) -> None:
    live = Live(OnSchema(Operations(SCHEMA)), limits=Limits(per_address=1))
    first = live.seat(_from(one))
    second = live.seat(_from(other))

    assert first is not None
    assert (second is None) is together
    for seat in filter(None, (first, second)):
        seat.leave()
        seat.leave()
    again = live.seat(_from(one))
    assert again is not None
    again.leave()


def test_streams_leave_places_to_sockets_and_all_together_are_bounded() -> None:
    limits = Limits(per_address=100, streams_at_once=2, at_once=3)
    live = Live(OnSchema(Operations(SCHEMA)), limits=limits)
    seats = [live.seat(_from("a"), stream=True) for _ in range(3)]
    assert [seat is not None for seat in seats] == [True, True, False]
    sockets = [live.seat(_from("a")) for _ in range(2)]
    assert [seat is not None for seat in sockets] == [True, False]
    for seat in filter(None, seats + sockets):
        seat.leave()


def test_the_page_tells_the_subscriptions_limits_and_close_codes_of_the_code() -> None:
    live, limits = section(page("api.md"), "Live"), Limits()
    told = {row[0]: row[1] for row in rows(live)}
    subscriptions = graphql_schema(schema).subscription_type

    assert subscriptions is not None
    named = {word.partition("(")[0] for word in firsts(live)}
    assert named == set(subscriptions.fields)
    codes = {int(first) for first in told if first.isdigit()}
    assert codes == {*CloseCode}
    numbers = [int(each.replace(",", "")) for each in re.findall(r"\b[0-9][0-9,]*", " ".join(
        told[what] for what in (
            "connections, sockets and streams together",
            "operations at once on a socket",
            "messages to us",
            "first message",
            "not read by you",
        )
    ))]  # fmt: skip
    assert numbers == [
        limits.per_key, limits.per_address, 64, limits.at_once,
        limits.operations, limits.anonymous_operations,
        limits.messages, limits.messages_seconds,
        limits.init_seconds,
        limits.waiting, limits.slow_seconds,
    ]  # fmt: skip
