"""Roles, scopes, addresses, codes and waits: what holds whatever is asked."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import KeyState, places, scopes, sign_in, state, wording
from domain.accounts.roles import (
    APPROVALS_WRITE,
    KEYS_WRITE,
    KIND_OF,
    MERCHANT_SCOPES,
    ORGANISATION_SCOPES,
    CallerKind,
    Role,
    kind_of,
    needs_second_factor,
    roles,
    scopes_of,
)
from domain.accounts.scopes import MarketNotGranted, ScopeNotGranted
from domain.accounts.sign_in import Tally

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MARKETS = st.frozensets(st.sampled_from(["FR", "DE", "GB", "IT"]), min_size=1)
GRANTS = st.dictionaries(
    st.sampled_from(["offers:read", "offers:write", "feeds:read", "orders:write"]),
    st.none() | MARKETS,
)


def test_every_role_belongs_to_one_kind_of_caller() -> None:
    assert set(KIND_OF) == set(Role)
    assert CallerKind.ANONYMOUS not in KIND_OF.values()
    assert kind_of([Role.MERCHANT_OWNER, Role.MERCHANT_OPS]) is CallerKind.MERCHANT
    assert kind_of([Role.MERCHANT_OWNER, Role.COUNTRY_TEAM]) is None
    assert kind_of([]) is None


def test_words_that_are_no_role_open_nothing() -> None:
    assert roles(["STAFF_ADMIN", "ROOT", "staff_admin"]) == {Role.STAFF_ADMIN}
    assert scopes_of([]) == frozenset()
    assert scopes_of([Role.STAFF_ADMIN, Role.COUNTRY_TEAM]) == frozenset()


def test_only_owners_make_keys_and_no_key_does() -> None:
    makers = {role for role in Role if KEYS_WRITE in scopes_of([role])}

    assert makers == {Role.MERCHANT_OWNER, Role.ORG_ADMIN}
    assert KEYS_WRITE not in MERCHANT_SCOPES | ORGANISATION_SCOPES
    assert APPROVALS_WRITE not in MERCHANT_SCOPES | ORGANISATION_SCOPES
    for role in Role:
        of_keys = MERCHANT_SCOPES | ORGANISATION_SCOPES
        assert scopes_of([role]) <= of_keys | {KEYS_WRITE, APPROVALS_WRITE}


def test_staff_and_administrators_need_a_second_factor() -> None:
    needing = {role for role in Role if needs_second_factor([role])}

    staff = {role for role, kind in KIND_OF.items() if kind is CallerKind.STAFF}
    assert needing == staff | {Role.ORG_ADMIN}


@given(GRANTS)
def test_grants_are_read_as_they_were_written(grants: dict[str, frozenset[str] | None]) -> None:
    assert scopes.read(scopes.written(grants)) == grants


@given(GRANTS, GRANTS)
def test_what_is_not_beyond_opens_nothing_that_was_not_held(
    asked: dict[str, frozenset[str] | None], held: dict[str, frozenset[str] | None]
) -> None:
    def opened(grants: dict[str, frozenset[str] | None]) -> set[tuple[str, str]]:
        everywhere = frozenset({"FR", "DE", "GB", "IT", "elsewhere"})
        return {(s, m) for s, ms in grants.items() for m in (everywhere if ms is None else ms)}

    assert (scopes.beyond(asked, held) is None) == (opened(asked) <= opened(held))


def test_what_is_beyond_is_named() -> None:
    held = {"offers:read": frozenset({"FR"})}

    assert scopes.beyond({"orders:read": None}, held) == ScopeNotGranted("orders:read")
    assert scopes.beyond({"offers:read": None}, held) == MarketNotGranted("offers:read", "")
    asked = {"offers:read": frozenset({"DE", "FR"})}
    assert scopes.beyond(asked, held) == MarketNotGranted("offers:read", "DE")


@pytest.mark.parametrize(
    "text",
    ["", "offers", "offers:delete", "Offers:read", "offers:read@", "offers:read@fr",
     "offers:read@FR,", "offers:read@FR, DE", "offers:read@FR\n", "*"],
)  # fmt: skip
def test_a_scope_that_is_not_written_so_is_refused(text: str) -> None:
    assert scopes.read(["feeds:read", text]) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" Ada@Example.ORG ", "ada@example.org"),
        ("ada+x@bücher.example", "ada+x@xn--bcher-kva.example"),
        ("ada", None),
        ("@example.org", None),
        ("ada@", None),
        ("ada@localhost", None),
        ("a b@example.org", None),
        ("ada@example.org\r\nBcc: b@example.org", None),
        ("ada@-example.org", None),
        ("a..b@example.org", None),
        ("a" * 65 + "@example.org", None),
        ("a@" + "b." * 130 + "org", None),
        ("ada@example.org>", None),
    ],
)
def test_an_address_has_one_form_or_none(text: str, found: str | None) -> None:
    assert places.email(text) == found


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("192.0.3.7", False),
        ("2001:db8::7", True),
        ("2001:db9::7", False),
        ("not an address", False),
        (None, False),
    ],
)
def test_an_address_is_inside_the_networks_or_not(address: str | None, inside: bool) -> None:
    networks = [str(places.network(text)) for text in ("192.0.2.0/24", "2001:db8::/32")]

    assert places.among(address, networks) is inside


@pytest.mark.parametrize("text", ["192.0.2.1/24", "192.0.2", "0/0/0", "", "example.org"])
def test_a_network_with_host_bits_or_none_is_refused(text: str) -> None:
    assert places.network(text) is None


def test_neighbours_of_ipv6_are_one_place() -> None:
    assert places.neighbourhood("2001:db8::1") == places.neighbourhood("2001:db8::ffff:2")
    assert places.neighbourhood("2001:db8::1") != places.neighbourhood("2001:db8:0:1::1")
    assert places.neighbourhood("192.0.2.1") != places.neighbourhood("192.0.2.2")
    assert places.neighbourhood(None) == "unknown"


# RFC 6238, appendix B, SHA-1, eight digits
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
     (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_one_time_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)

    assert sign_in.totp(b"12345678901234567890", sign_in.step_of(at), 8) == code


def test_a_one_time_code_works_once_and_a_step_early_or_late() -> None:
    secret, step = b"s" * 20, sign_in.step_of(NOW)
    for late in (-1, 0, 1):
        assert sign_in.totp_step(sign_in.totp(secret, step + late), secret, NOW, None) is not None
    for late in (-2, 2):
        assert sign_in.totp_step(sign_in.totp(secret, step + late), secret, NOW, None) is None
    assert sign_in.totp_step(sign_in.totp(secret, step), secret, NOW, step) is None
    assert sign_in.totp_step("", secret, NOW, None) is None


@given(st.uuids(), st.binary(min_size=32, max_size=32))
def test_a_code_has_eight_digits_and_only_its_secret_makes_it(
    challenge: UUID, secret: bytes
) -> None:
    code = sign_in.code_of(secret, challenge)

    assert len(code) == 8
    assert code.isdecimal()
    assert sign_in.is_code(f" {code[:4]} {code[4:]}", [b"other", secret], challenge)
    assert not sign_in.is_code("", [secret], challenge)
    digest = hmac.digest(secret, b"sign-in code" + challenge.bytes, hashlib.sha256)
    assert int(code) == int.from_bytes(digest[:16], "big") % 10**8


def _tally(count: int, seconds_ago: float = 0) -> Tally:
    return Tally(count, NOW - timedelta(seconds=seconds_ago) if count else None)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 900))
def test_nobody_waits_longer_than_a_minute_after_the_last_failure(
    account: int, place: int, ago: float
) -> None:
    wait = sign_in.wait_before(_tally(account, ago), _tally(place, ago), NOW)

    assert timedelta() <= wait <= timedelta(seconds=60)
    assert ago < 60 or wait == timedelta()


def test_others_failures_slow_down_nobody_who_did_not_fail() -> None:
    assert sign_in.wait_before(_tally(10**6), _tally(0), NOW) == timedelta()


@pytest.mark.parametrize(
    ("account", "place", "seconds"),
    [(4, 4, 0), (5, 5, 1), (7, 7, 4), (40, 19, 60), (0, 19, 0), (0, 20, 1), (0, 22, 4)],
)
def test_each_failure_doubles_the_wait(account: int, place: int, seconds: int) -> None:
    wait = sign_in.wait_before(_tally(account), _tally(place), NOW)

    assert wait == timedelta(seconds=seconds)


def test_an_address_is_mailed_five_times_and_then_once_a_minute() -> None:
    assert sign_in.may_mail(_tally(4), NOW)
    assert not sign_in.may_mail(_tally(5, 59), NOW)
    assert sign_in.may_mail(_tally(500, 60), NOW)


@pytest.mark.parametrize(
    ("expires", "revoked", "successor", "found"),
    [
        (1, None, False, KeyState.ACTIVE),
        (1, None, True, KeyState.ROTATING),
        (0, None, True, KeyState.EXPIRED),
        (1, 0, False, KeyState.REVOKED),
        (-1, -1, True, KeyState.REVOKED),
    ],
)
def test_where_a_key_stands(
    expires: int, revoked: int | None, successor: bool, found: KeyState
) -> None:
    at = NOW + timedelta(days=expires)
    ended = None if revoked is None else NOW + timedelta(days=revoked)

    assert state(at, ended, NOW, has_successor=successor) is found


@pytest.mark.parametrize("letters", [wording.SIGN_IN_CODE, wording.SESSION_ENDED])
def test_letters_are_written_in_every_language(letters) -> None:
    assert tuple(letters) == wording.LANGUAGES
    for letter in letters.values():
        made = letter.of(code="12345678", site="https://shop.example", minutes="10")
        assert "https://shop.example" in made.text
        assert "{" not in made.subject + made.text
