"""API keys can be read back, are told from typing errors, and give nothing away."""

import hashlib
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import PREFIX_BYTES, SECRET_BYTES, make, parse, usable

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = make(bytes(range(12)), bytes(range(32)), live=False)


@given(
    st.binary(min_size=PREFIX_BYTES, max_size=PREFIX_BYTES),
    st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES),
    st.booleans(),
)
def test_every_key_made_can_be_read(prefix: bytes, secret: bytes, live: bool) -> None:
    issued = make(prefix, secret, live)
    parsed = parse(issued.text)

    assert parsed is not None
    assert (parsed.prefix, parsed.live) == (issued.prefix, live)
    assert parsed.matches(issued.sha256)


@given(
    st.integers(0, len(KEY.text) - 1),
    st.sampled_from(string.ascii_letters + string.digits + "_"),
)
def test_one_wrong_character_is_no_key(at: int, other: str) -> None:
    text = KEY.text[:at] + other + KEY.text[at + 1 :]

    assert (parse(text) is None) == (text != KEY.text)


@given(st.text(max_size=90))
def test_other_texts_are_no_key(text: str) -> None:
    assert parse(text) is None


def test_a_key_is_written_as_scanners_expect_it() -> None:
    assert KEY.text.startswith("bcl_test_abcdefghijkl_")
    assert KEY.prefix == "abcdefghijkl"
    assert len(KEY.text) == len("bcl_test_") + 12 + 1 + 43 + 6
    assert KEY.sha256 == hashlib.sha256(KEY.text.encode()).digest()


def test_a_live_key_says_so() -> None:
    assert make(bytes(12), bytes(32), live=True).text.startswith("bcl_live_")


@pytest.mark.parametrize("text", [f" {KEY.text}", f"{KEY.text}\n", KEY.text[:-1], KEY.text * 2, ""])
def test_a_key_with_more_or_less_is_no_key(text: str) -> None:
    assert parse(text) is None


def test_keys_differ_by_secret_alone() -> None:
    other = make(bytes(range(12)), bytes(32), live=False)
    parsed = parse(other.text)

    assert parsed is not None
    assert other.prefix == KEY.prefix
    assert not parsed.matches(KEY.sha256)


@pytest.mark.parametrize(("prefix", "secret"), [(11, 32), (12, 31), (13, 32), (12, 33)])
def test_too_few_or_too_many_bytes_make_no_key(prefix: int, secret: int) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        make(bytes(prefix), bytes(secret), live=True)


def test_a_key_shows_no_secret_where_it_is_printed() -> None:
    assert KEY.text not in repr(KEY)
    assert "sha256" not in repr(parse(KEY.text))


@pytest.mark.parametrize(
    ("expires_in", "revoked_in", "expected"),
    [
        pytest.param(1, None, True, id="alive"),
        pytest.param(0, None, False, id="expires now"),
        pytest.param(-1, None, False, id="expired"),
        pytest.param(1, 0, False, id="revoked"),
        pytest.param(2, 1, True, id="revoked later"),
    ],
)
def test_a_key_ends_when_it_expires_or_is_revoked(
    expires_in: int, revoked_in: int | None, expected: bool
) -> None:
    revoked_at = None if revoked_in is None else NOW + timedelta(days=revoked_in)

    assert usable(NOW + timedelta(days=expires_in), revoked_at, NOW) is expected
