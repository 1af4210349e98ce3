"""Cursors are opaque, belong to one list, and cannot do harm."""

import base64
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.offers.read import Position
from resolvers.context import BadInput, stored_text
from resolvers.paging import fingerprint, opened, page, seal, size
from tests.factories import some_id

KEYS = st.integers(-(2**63) + 1, 2**63 - 1)
LIST = fingerprint("a list")


@given(KEYS, KEYS, st.uuids())
def test_a_sealed_position_opens_to_itself(key1: int, key2: int, row: Any) -> None:
    position = Position(key1, key2, row)

    assert opened(seal(position, LIST), LIST) == position


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_other_text_is_refused_as_expired(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        opened(text, LIST)

    assert refused.value.reason == "CURSOR_EXPIRED"


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        None,
        [LIST, 1, 2],
        [LIST, 1, 2, "x"],
        [LIST, "1", 2, str(some_id())],
        [LIST, 1.5, 2, str(some_id())],
        [LIST, 2**63, 2, str(some_id())],
        [LIST, -(2**63), 2, str(some_id())],
        ["other", 1, 2, str(some_id())],
        [LIST, 1, 2, str(some_id()), 3],
    ],
)
def test_a_forged_cursor_of_another_shape_is_refused(content: object) -> None:
    with pytest.raises(BadInput):
        opened(base64.urlsafe_b64encode(orjson.dumps(content)).decode(), LIST)


def test_a_list_is_known_by_everything_that_was_asked() -> None:
    asked = [("a", 1), ("a", 2), ("b", 1), ("a", "1"), ("a", None), ("a",), ("a", [1])]

    assert len({fingerprint(*each) for each in asked}) == len(asked)
    assert fingerprint("a", 1) == fingerprint("a", 1)


def test_no_cursor_begins_the_list() -> None:
    assert opened(None, LIST) is None


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

    whole, some, none = page(rows, 3, LIST), page(rows, 2, LIST), page([], 2, LIST)

    assert ([e.node for e in whole.edges], whole.has_next) == ([0, 1, 2], False)
    assert ([e.node for e in some.edges], some.has_next) == ([0, 1], True)
    assert opened(some.edges[-1].cursor, LIST) == rows[1][1]
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
