"""Which tokens are believed: none that could have been made, kept or turned by somebody else."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwk, jwt

from domain.accounts.roles import CallerKind, Role
from domain.accounts.tokens import (
    ALGORITHMS,
    Terms,
    TokenExpired,
    TokenRefused,
    ends_of,
    key_id,
    outsider,
    read,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = jwk.ECKey.generate_key("P-256", {"kid": "k"})
OTHER = jwk.ECKey.generate_key("P-256", {"kid": "k"})
RSA = jwk.RSAKey.generate_key(2048, {"kid": "k"})
TERMS = Terms("https://id.example", "shop", ALGORITHMS, NOW)
SECONDS = int(NOW.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": "https://id.example", "aud": "shop", "sub": "ada", "iat": SECONDS, "exp": SECONDS + 900,
}  # fmt: skip


def _signed(key: Any = KEY, alg: str = "ES256", **changed: Any) -> str:
    claims = {k: v for k, v in {**CLAIMS, **changed}.items() if v is not None}
    return jwt.encode({"alg": alg, "kid": "k"}, claims, key, algorithms=[alg])


def _raw(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "Ed25519"])
def test_a_right_token_is_believed(alg: str) -> None:
    pair = jwk.OKPKey.generate_key("Ed25519", {"kid": "k"})
    key: Any = {"ES256": KEY, "Ed25519": pair}.get(alg, RSA)

    assert read(_signed(key, alg), key, TERMS)["sub"] == "ada"
    assert read(_signed(key, alg, aud=["other", "shop"]), key, TERMS)["sub"] == "ada"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"iss": "https://evil.example"}, id="another issuer"),
        pytest.param({"iss": "https://id.example/"}, id="an issuer with a slash more"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"aud": "another"}, id="another audience"),
        pytest.param({"aud": ["another"]}, id="other audiences"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"aud": []}, id="an empty audience"),
        pytest.param({"nbf": SECONDS + 61}, id="not valid yet"),
        pytest.param({"iat": SECONDS + 61}, id="made in the future"),
        pytest.param({"iat": None}, id="no time of making"),
        pytest.param({"exp": None}, id="no end"),
        pytest.param({"exp": "tomorrow"}, id="an end in words"),
        pytest.param({"exp": 1e300}, id="an end beyond time"),
        pytest.param({"exp": True}, id="an end that is a boolean"),
        pytest.param({"sub": None}, id="no subject"),
        pytest.param({"sub": 7}, id="a subject in numbers"),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        read(_signed(**changed), KEY, TERMS)


@pytest.mark.parametrize(("late", "refused"), [(-1, False), (59, False), (61, True)])
def test_clocks_may_differ_by_a_minute(late: int, refused: bool) -> None:
    text = _signed(exp=SECONDS - late, iat=SECONDS - 1000)
    if refused:
        with pytest.raises(TokenExpired):
            read(text, KEY, TERMS)
    else:
        read(text, KEY, TERMS)
    assert read(_signed(nbf=SECONDS + 59), KEY, TERMS)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_raw({"alg": "none", "kid": "k"}, CLAIMS), id="no signature"),
        pytest.param(_raw({"alg": "None", "kid": "k"}, CLAIMS, b"x"), id="none, other letters"),
        pytest.param(_raw({"alg": "ES256", "kid": "k"}, CLAIMS, b"\0" * 64), id="zeros"),
        pytest.param(_raw({"kid": "k"}, CLAIMS, b"x"), id="no algorithm"),
        pytest.param(_raw({"alg": ["ES256"], "kid": "k"}, CLAIMS, b"x"), id="a list of algorithms"),
        pytest.param(_signed(OTHER), id="another's key"),
        pytest.param(_signed(RSA, "RS256"), id="an algorithm of another kind of key"),
        pytest.param(_signed()[:-4] + "AAAA", id="a turned signature"),
    ],
)
def test_a_token_that_the_key_did_not_sign_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused):
        read(text, KEY, TERMS)


def test_a_public_key_is_no_shared_secret() -> None:
    """The oldest trick: HMAC with the public key that everybody knows."""
    for key in (RSA, KEY):
        public = key.as_pem(private=False)
        head = _raw({"alg": "HS256", "kid": "k"}, CLAIMS).rstrip(".")
        signature = hmac.digest(public, head.encode(), "sha256")
        forged = f"{head}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
        with pytest.raises(TokenRefused):
            read(forged, key, TERMS)


def test_a_token_of_an_algorithm_that_is_not_listed_is_refused() -> None:
    own = Terms(TERMS.issuer, TERMS.audience, ("ES256",), NOW)

    with pytest.raises(TokenRefused):
        read(_signed(RSA, "RS256"), RSA, own)
    assert not {alg for alg in ALGORITHMS if alg.startswith("HS") or alg.lower() == "none"}


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d", "%.b.c", "W10.b.c", "a" * 9000 + ".b.c"])
def test_what_is_no_token_has_no_key_id(text: str) -> None:
    with pytest.raises(TokenRefused):
        key_id(text)


def test_the_key_id_is_read_and_may_be_missing() -> None:
    assert key_id(_signed()) == "k"
    assert key_id(_raw({"alg": "ES256"}, {})) == ""
    assert key_id(_raw({"kid": 7}, {})) == ""


MERCHANT = "0198f000-0000-7000-8000-000000000001"


def test_an_outsider_without_roles_is_a_customer() -> None:
    found = outsider({**CLAIMS, "email": "Ada@Example.org"}, ends_of(CLAIMS))

    assert (found.kind, found.roles) == (CallerKind.CUSTOMER, {Role.CUSTOMER})
    assert (found.email, found.merchant_id, found.markets) == ("ada@example.org", None, None)
    assert found.expires_at == NOW + timedelta(minutes=15)


def test_an_address_that_is_not_verified_is_not_taken() -> None:
    claims = {**CLAIMS, "email": "ada@example.org", "email_verified": False}

    assert outsider(claims, NOW).email == ""


def test_roles_of_ours_come_by_name_and_unknown_ones_open_nothing() -> None:
    claims = {"boucle_roles": ["MERCHANT_OPS", "EMPEROR"], "boucle_merchant": MERCHANT}
    found = outsider({**CLAIMS, **claims}, NOW)

    assert (found.kind, found.roles) == (CallerKind.MERCHANT, {Role.MERCHANT_OPS})
    assert found.merchant_id == UUID(MERCHANT)


@pytest.mark.parametrize(
    ("named", "markets"), [(None, frozenset()), (["FR"], {"FR"}), (["*"], None), ([], frozenset())]
)
def test_staff_act_in_the_markets_that_are_named(
    named: list[str] | None, markets: frozenset[str] | None
) -> None:
    claims = {**CLAIMS, "boucle_roles": ["COUNTRY_TEAM"], "boucle_markets": named}

    assert outsider(claims, NOW).markets == markets


@pytest.mark.parametrize(
    "claims",
    [
        {"boucle_roles": ["MERCHANT_OWNER"]},
        {"boucle_roles": ["ORG_ADMIN"], "boucle_merchant": MERCHANT},
        {"boucle_roles": ["MERCHANT_OWNER", "STAFF_ADMIN"], "boucle_merchant": MERCHANT},
        {"boucle_roles": "STAFF_ADMIN"},
        {"boucle_roles": [1]},
        {"boucle_roles": ["MERCHANT_OWNER"], "boucle_merchant": "remiz"},
        {"boucle_roles": ["COUNTRY_TEAM"], "boucle_markets": "FR"},
    ],
    ids=lambda claims: "-".join(map(str, claims)),
)
def test_claims_that_do_not_fit_are_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        outsider({**CLAIMS, **claims}, NOW)
