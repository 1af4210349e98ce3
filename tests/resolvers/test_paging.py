"""Cursors are opaque, belong to one list, and cannot do harm."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.offers.read import Position
from resolvers.context import BadInput, Seal, stored_text
from resolvers.paging import fingerprint, opened, page, size
from tests.factories import some_id

KEYS = st.integers(-(2**63) + 1, 2**63 - 1)
LIST = fingerprint("a list")
SEAL = Seal(b"one key")


def sealed(position: Position, of: str = LIST, seal: Seal = SEAL) -> str:
    return page([(None, position)], 1, of, seal).edges[0].cursor


@given(KEYS, KEYS, st.uuids())
def test_a_sealed_position_opens_to_itself(key1: int, key2: int, row: Any) -> None:
    position = Position(key1, key2, row)

    assert opened(sealed(position), LIST, SEAL) == position


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_other_text_is_refused_as_expired(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        opened(text, LIST, SEAL)

    assert refused.value.reason == "CURSOR_EXPIRED"


def test_a_cursor_of_another_list_or_of_another_key_is_refused() -> None:
    position = Position(1, 2, some_id())
    for foreign in (sealed(position, fingerprint("b list")), sealed(position, seal=Seal(b"two"))):
        with pytest.raises(BadInput):
            opened(foreign, LIST, SEAL)


def test_a_changed_cursor_is_refused() -> None:
    whole = sealed(Position(1, 2, some_id()))
    with pytest.raises(BadInput):
        opened(("A" if whole[0] != "A" else "B") + whole[1:], LIST, SEAL)


def test_a_cursor_tells_nothing_of_the_keys_that_rows_go_by() -> None:
    cursor = sealed(Position(27426, 11175, some_id()))
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))

    assert b"27426" not in raw
    assert b"11175" not in raw


def test_a_list_is_known_by_everything_that_was_asked() -> None:
    asked = [("a", 1), ("a", 2), ("b", 1), ("a", "1"), ("a", None), ("a",), ("a", [1])]

    assert len({fingerprint(*each) for each in asked}) == len(asked)
    assert fingerprint("a", 1) == fingerprint("a", 1)


def test_no_cursor_begins_the_list() -> None:
    assert opened(None, LIST, SEAL) is None


@pytest.mark.parametrize("first", [1, 24, 100])
def test_a_size_within_bounds_is_taken(first: int) -> None:
    assert size(first) == first


@pytest.mark.parametrize("first", [0, -1, 101, 2**31])
def test_a_size_out_of_bounds_is_refused(first: int) -> None:
    with pytest.raises(BadInput) as refused:
        size(first)

    assert refused.value.argument == "first"


def test_a_row_beyond_the_page_says_that_others_follow() -> None:
    rows = [(n, Position(n, 0, some_id())) for n in range(3)]

    whole, some, none = (
        page(rows, 3, LIST, SEAL),
        page(rows, 2, LIST, SEAL),
        page([], 2, LIST, SEAL),
    )

    assert ([e.node for e in whole.edges], whole.has_next) == ([0, 1, 2], False)
    assert ([e.node for e in some.edges], some.has_next) == ([0, 1], True)
    assert opened(some.edges[-1].cursor, LIST, SEAL) == rows[1][1]
    assert (none.edges, none.has_next) == ([], False)


@pytest.mark.parametrize("text", ["\0", "a\0", "\ud800", "é\udfff"])
def test_a_text_that_cannot_be_stored_is_refused_by_the_name_of_its_argument(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        stored_text(text, "slug")

    assert (refused.value.argument, refused.value.reason) == ("slug", "BAD_TEXT")
    assert "\0" not in str(refused.value)


@given(st.text())
def test_any_other_text_is_left_as_it_is(text: str) -> None:
    if "\0" not in text:
        assert stored_text(text, "slug") == text
