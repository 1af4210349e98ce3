"""People sign in with mailed codes, stay signed in by tokens that work once, and sign out."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from domain.accounts.roles import Role
from models.accounts import Account, RefreshToken, Session, SignInCode, SignInFailure
from models.base import fetchval
from resolvers.accounts import caller_of
from resolvers.accounts.house import House, house_of
from resolvers.context import SignInFirst
from schema.root import schema
from tests import factories
from tests.identity import (
    ASK,
    app_code,
    asked,
    at_home,
    code_for,
    enter,
    refreshed,
    signed_in,
    tried,
    visitor,
)
from tests.identity import SIGN_IN as SIGN_IN_MUTATION
from tests.schema.asking import counted, data, refusal

ADA = "ada@example.org"
OUT = "mutation { signOut { sessions } }"
EVERYWHERE = "mutation { signOutEverywhere { sessions } }"
VIEWER = "{ viewer { kind email roles scopes markets merchant organisation keyPrefix } }"


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


async def _jobs(name: str) -> int:
    return await fetchval("SELECT count(*) FROM outbox_job WHERE job = $1", name)


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


async def test_the_first_right_code_makes_a_customer_and_the_next_finds_them(db: None) -> None:
    first = await signed_in("Ada@Example.org ")
    await signed_in(ADA)

    assert (first["kind"], first["roles"]) == ("CUSTOMER", ["CUSTOMER"])
    account = await Account.get(email=ADA)
    assert await Session.filter(account=account).count() == 2
    caller = await caller_of(f"Bearer {first['accessToken']}", "192.0.2.9")
    assert (caller.user_id, caller.address) == (account.id, "192.0.2.9")
    assert (await data(VIEWER, caller))["viewer"] == {
        "kind": "CUSTOMER", "email": ADA, "roles": ["CUSTOMER"], "scopes": [], "markets": None,
        "merchant": None, "organisation": None, "keyPrefix": None,
    }  # fmt: skip


async def test_asking_makes_no_account_and_mails_one_code_by_its_id(db: None) -> None:
    challenge = await asked(ADA)

    assert await Account.all().count() == 0
    assert await _jobs("mail_sign_in_code") == 1
    kwargs = await fetchval("SELECT kwargs::text FROM outbox_job")
    assert challenge in kwargs
    assert code_for(challenge) not in kwargs
    assert ADA not in kwargs


async def test_unknown_address_takes_as_long_as_a_known_one(
    db: None, home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same statements, counted: what takes the same steps takes the same time."""
    await enter("known@example.org", Role.CUSTOMER, second_factor=False)
    await home.signing.ready(datetime.now(UTC))
    spent: dict[str, list[list[str]]] = {"known@example.org": [], "unknown@example.org": []}
    answers = []
    for email, counts in spent.items():
        with counted(monkeypatch) as sent:
            challenge = await asked(email)
        counts.append(_steps(sent))
        with counted(monkeypatch) as sent:
            answers.append(await tried(email, challenge, _other(code_for(challenge))))
        counts.append(_steps(sent))
        with counted(monkeypatch) as sent:
            answers.append(await tried(email, challenge, code_for(challenge)))
        counts.append(_steps(sent))

    assert spent["known@example.org"] == spent["unknown@example.org"]
    assert all(len(steps) >= 3 for steps in spent["known@example.org"])
    assert answers[0] == answers[2]
    assert answers[1].keys() == answers[3].keys()


def _steps(sent: Counter[str]) -> list[str]:
    """The statements, without the numbers that a driver gives its savepoints."""
    return sorted(re.sub(r"__asyncpg_savepoint_\w+__", "s", text) for text in sent.elements())


@pytest.mark.parametrize("used", [1, 2])
async def test_a_code_works_once(db: None, used: int) -> None:
    challenge = await asked(ADA)
    answers = [await tried(ADA, challenge, code_for(challenge)) for _ in range(used)]

    assert [a["__typename"] for a in answers] == ["SignedIn", "SignInRefused"][:used]


async def test_a_code_is_for_its_address_and_its_challenge(db: None) -> None:
    mine, other = await asked(ADA), await asked("eve@example.org")

    for email, challenge, code in (
        ("eve@example.org", mine, code_for(mine)),
        (ADA, other, code_for(other)),
        (ADA, mine, code_for(other)),
        (ADA, str(factories.some_id()), code_for(mine)),
    ):
        assert (await tried(email, challenge, code))["code"] == "SIGN_IN_REFUSED"
    assert await Session.all().count() == 0


async def test_after_five_wrong_tries_the_right_code_is_refused(db: None) -> None:
    challenge = await asked(ADA)
    for place in range(5):
        wrong = _other(code_for(challenge))
        await tried(ADA, challenge, wrong, address=f"198.51.100.{place}")

    last = await tried(ADA, challenge, code_for(challenge), address="198.51.100.9")

    assert last["code"] == "SIGN_IN_REFUSED"
    another = await asked(ADA)
    found = await tried(ADA, another, code_for(another), address="198.51.100.10")
    assert found["__typename"] == "SignedIn"


async def test_a_code_ends_after_ten_minutes(db: None) -> None:
    challenge = await asked(ADA)
    old = datetime.now(UTC) - timedelta(minutes=10, seconds=1)
    await SignInCode.filter(id=challenge).update(asked_at=old)

    assert (await tried(ADA, challenge, code_for(challenge)))["code"] == "SIGN_IN_REFUSED"


async def test_failures_slow_their_place_down_and_lock_nobody_out(db: None) -> None:
    challenge = await asked(ADA)
    now = datetime.now(UTC)
    for _ in range(9):
        await SignInFailure.create(email=ADA, place="192.0.2.1", at=now)
    given = {"email": ADA, "challenge": challenge, "code": code_for(challenge)}

    slowed = await refusal(SIGN_IN_MUTATION, visitor(), **given)

    assert (slowed["code"], slowed["reason"]) == ("RATE_LIMITED", "SIGN_IN_TOO_OFTEN")
    assert 0 < slowed["retryAfter"] <= 60
    elsewhere = await tried(ADA, challenge, code_for(challenge), address="203.0.113.9")
    assert elsewhere["__typename"] == "SignedIn"


async def test_a_place_that_failed_twenty_times_waits_whomever_it_tries(db: None) -> None:
    challenge = await asked("new@example.org", "203.0.113.7")
    now = datetime.now(UTC)
    for n in range(20):
        await SignInFailure.create(email=f"{n}@example.org", place="192.0.2.1", at=now)
    given = {"email": "new@example.org", "challenge": challenge, "code": code_for(challenge)}

    assert (await refusal(SIGN_IN_MUTATION, visitor(), **given))["code"] == "RATE_LIMITED"
    await SignInFailure.all().update(at=now - timedelta(seconds=61))
    assert (await tried(**given))["__typename"] == "SignedIn"


async def test_an_address_is_not_flooded_and_the_answer_does_not_tell(db: None) -> None:
    answers = [await data(ASK, visitor(f"198.51.100.{n}"), email=ADA) for n in range(8)]

    assert await _jobs("mail_sign_in_code") == 5
    kinds = {a["requestSignInCode"]["__typename"] for a in answers}
    assert kinds == {"SignInCodeRequested"}
    assert len({a["requestSignInCode"]["challenge"] for a in answers}) == 8


async def test_a_place_that_asks_for_many_codes_must_wait(db: None) -> None:
    for n in range(20):
        await asked(f"p{n}@example.org")

    found = await refusal(ASK, visitor(), email="p21@example.org")
    assert (found["code"], found["reason"]) == ("RATE_LIMITED", "SIGN_IN_TOO_OFTEN")
    assert await asked("p22@example.org", "203.0.113.1")


@pytest.mark.parametrize("email", ["", "ada", "a@b", "a\r\nb@example.org", "x" * 600])
async def test_what_is_no_address_is_bad_input(db: None, email: str) -> None:
    found = await refusal(ASK, visitor(), email=email)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "email")


async def test_staff_need_the_code_of_their_app_which_works_once(db: None) -> None:
    staff = "team@example.org"
    await enter(staff, Role.COUNTRY_TEAM, markets=["FR"])
    challenge = await asked(staff)
    code, app = code_for(challenge), app_code()

    assert (await tried(staff, challenge, code))["code"] == "SECOND_FACTOR_REQUIRED"
    assert (await tried(staff, challenge, code, app=_wrong(app)))["code"] == "SIGN_IN_REFUSED"
    found = await tried(staff, challenge, code, app=app)
    assert (found["kind"], found["roles"]) == ("STAFF", ["COUNTRY_TEAM"])
    caller = await caller_of(f"Bearer {found['accessToken']}")
    assert caller.markets == {"FR"}

    again = await asked(staff)
    assert (await tried(staff, again, code_for(again), app=app))["code"] == "SIGN_IN_REFUSED"


def _wrong(app: str) -> str:
    return f"{(int(app) + 1) % 10**6:06}"


async def test_a_role_that_needs_an_app_does_not_sign_in_without_one(db: None) -> None:
    await enter("boss@example.org", Role.STAFF_ADMIN, second_factor=False)
    challenge = await asked("boss@example.org")

    found = await tried("boss@example.org", challenge, code_for(challenge), app="123456")

    assert found["code"] == "SECOND_FACTOR_NOT_SET"
    assert await Session.all().count() == 0


async def test_a_closed_account_does_not_sign_in(db: None) -> None:
    row = await enter(ADA, Role.CUSTOMER, second_factor=False)
    token = (await signed_in(ADA))["accessToken"]
    row.closed_at = datetime.now(UTC)
    await row.save()
    challenge = await asked(ADA)

    assert (await tried(ADA, challenge, code_for(challenge)))["code"] == "SIGN_IN_REFUSED"
    with pytest.raises(SignInFirst, match="opens nothing"):
        await caller_of(f"Bearer {token}")


async def test_a_refresh_token_works_once_and_a_second_use_ends_its_family(db: None) -> None:
    first = await signed_in(ADA)
    other = await signed_in(ADA)
    second = await refreshed(first["refreshToken"])
    assert second["__typename"] == "SignedIn"

    stolen = await refreshed(first["refreshToken"])

    assert (stolen["code"], stolen["why"]) == ("SESSION_ENDED", "USED_TWICE")
    assert (await refreshed(second["refreshToken"]))["why"] == "ENDED"
    for token in (first["accessToken"], second["accessToken"]):
        with pytest.raises(SignInFirst) as refused:
            await caller_of(f"Bearer {token}")
        assert refused.value.reason == "TOKEN_REFUSED"
    assert await _jobs("mail_session_ended") == 1
    assert (await refreshed(other["refreshToken"]))["__typename"] == "SignedIn"


async def test_of_two_refreshes_at_once_one_wins_and_the_family_ends(
    migrated: None, fresh_db: str
) -> None:
    first = await signed_in(ADA)

    answers = await asyncio.gather(*(refreshed(first["refreshToken"]) for _ in range(2)))

    assert sorted(a["__typename"] for a in answers) == ["SessionEnded", "SignedIn"]
    assert await Session.filter(revoked_at=None).count() == 0


async def test_no_token_is_stored(db: None) -> None:
    tokens = await signed_in(ADA)
    (row,) = await RefreshToken.all()

    stored = await fetchval("SELECT json_agg(r)::text FROM refresh_token r")
    assert tokens["refreshToken"] not in stored
    assert len(row.sha256) == 32


@pytest.mark.parametrize("token", ["", "bcr_", "bcr_" + "x" * 43, "x" * 100_000])
async def test_an_unknown_refresh_token_opens_nothing(db: None, token: str) -> None:
    assert (await refreshed(token))["why"] == "UNKNOWN"


async def test_a_refresh_token_ends_and_never_outlives_its_session(db: None) -> None:
    tokens = await signed_in(ADA)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    await Session.all().update(expires_at=soon)
    await refreshed(tokens["refreshToken"])

    assert await RefreshToken.filter(expires_at=soon).count() == 1
    await RefreshToken.all().update(expires_at=soon - timedelta(minutes=2))
    assert (await refreshed(tokens["refreshToken"]))["why"] == "ENDED"


async def test_signing_out_ends_this_session_or_all(db: None) -> None:
    one, two, three = [await signed_in(ADA) for _ in range(3)]

    caller = await caller_of(f"Bearer {one['accessToken']}")
    assert (await data(OUT, caller))["signOut"] == {"sessions": 1}
    assert (await data(OUT, caller))["signOut"] == {"sessions": 0}
    assert (await refreshed(one["refreshToken"]))["why"] == "ENDED"
    other = await caller_of(f"Bearer {two['accessToken']}")
    assert (await data(EVERYWHERE, other))["signOutEverywhere"] == {"sessions": 2}
    for each in (one, two, three):
        with pytest.raises(SignInFirst):
            await caller_of(f"Bearer {each['accessToken']}")
    assert (await refusal(OUT))["code"] == "UNAUTHENTICATED"


async def test_an_ended_session_opens_nothing_in_another_process_five_seconds_later(
    db: None, home: House
) -> None:
    clock = [1000.0]
    elsewhere = house_of(home.vault, home.signing.issuer)
    elsewhere.people._clock = lambda: clock[0]
    token = (await signed_in(ADA))["accessToken"]
    with at_home(elsewhere):
        caller = await caller_of(f"Bearer {token}")
    assert (await data(EVERYWHERE, caller))["signOutEverywhere"] == {"sessions": 1}

    clock[0] += 4.9
    with at_home(elsewhere), pytest.raises(SignInFirst) as refused:
        await caller_of(f"Bearer {token}")
    assert refused.value.reason == "TOKEN_REFUSED"


async def test_an_old_access_token_says_that_it_expired(db: None, home: House) -> None:
    account = await enter(ADA, Role.CUSTOMER, second_factor=False)
    then = datetime.now(UTC) - timedelta(minutes=17)
    text, _ = await home.signing.sign(account.id, factories.some_id(), then)

    with pytest.raises(SignInFirst) as refused:
        await caller_of(f"Bearer {text}")
    assert refused.value.reason == "TOKEN_EXPIRED"


async def test_another_server_s_tokens_open_nothing(db: None, home: House) -> None:
    with at_home(house_of(home.vault, "https://other.example")):
        token = (await signed_in(ADA))["accessToken"]

    with pytest.raises(SignInFirst) as refused:
        await caller_of(f"Bearer {token}")
    assert refused.value.reason == "TOKEN_REFUSED"


async def test_without_mail_nobody_is_promised_a_code(db: None, home: House) -> None:
    with at_home(house_of(home.vault, home.signing.issuer, mails=False)):
        found = await data(ASK, visitor(), email=ADA)

    assert found["requestSignInCode"] == {
        "__typename": "SignInNotOffered", "code": "SIGN_IN_NOT_OFFERED", "issuer": None,
    }  # fmt: skip
    assert await _jobs("mail_sign_in_code") == 0


async def test_who_asks_is_told_to_anybody(db: None) -> None:
    assert (await data(VIEWER))["viewer"]["kind"] == "ANONYMOUS"


def test_every_mutation_but_sign_in_and_out_takes_an_idempotency_key() -> None:
    exceptions = {"requestSignInCode", "signIn", "refreshSession", "signOut", "signOutEverywhere"}
    exceptions |= {"actFor", "offerSecondFactor", "confirmSecondFactor"}
    kind = schema._schema.mutation_type
    assert kind is not None

    without = set()
    for name, field in kind.fields.items():
        given = field.args.get("input")
        fields = given.type.of_type.fields if given else {}
        if "idempotencyKey" not in fields:
            without.add(name)
    assert without == exceptions
