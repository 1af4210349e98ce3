"""What goes wrong inside stays inside: an answer has our words and a code, nothing of the fault."""

import re
from collections.abc import AsyncGenerator, Callable, Generator, MutableMapping
from decimal import Decimal
from typing import Any, NewType

import asyncpg
import httpx
import orjson
import pytest
import strawberry
from graphql import GraphQLError
from structlog.testing import capture_logs
from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError

from boucle.asgi import create_app
from boucle.edge import graphql
from boucle.edge.answers import Code
from resolvers.context import BadInput, SignInFirst
from tests.boucle import edge
from tests.boucle.edge import client_of, settings

SECRET = "s3cr3t-9f1c"
SQL = f"SELECT password FROM customer WHERE email = '{SECRET}'"
TOLD_NOWHERE = re.compile(
    rf"{SECRET}|{SECRET.replace('-', '_')}|SELECT|password|Traceback|File \"|\.py\b|/work|/usr"
    r"|line \d+, in|\w+Error\b|Exception|0x[0-9a-f]{6}|<class|<object|Did you mean|asyncpg"
    r"|tortoise|strawberry"
)


def _chatty() -> BaseException:
    """An error of the database that tells everything."""
    error = asyncpg.InvalidTextRepresentationError(SQL)
    error.detail = error.query = error.hint = SQL
    return error


def _raised(error: BaseException) -> BaseException:
    """The same, with a chain of causes."""
    error.__cause__ = RuntimeError(SQL)
    error.__context__ = KeyError(SECRET)
    return error


FAULTS: dict[str, Callable[[], BaseException]] = {
    "ValueError": lambda: ValueError(SQL),
    "TypeError": lambda: TypeError(f"f() got an unexpected keyword argument '{SECRET}'"),
    "KeyError": lambda: KeyError(SECRET),
    "AssertionError": lambda: AssertionError(SQL),
    "RecursionError": lambda: RecursionError(SECRET),
    "MemoryError": lambda: MemoryError(SECRET),
    "UnicodeEncodeError": lambda: UnicodeEncodeError("utf-8", f"{SECRET}\ud800", 0, 1, SECRET),
    "StopAsyncIteration": lambda: StopAsyncIteration(SECRET),
    "OSError": lambda: OSError(2, SECRET, f"/work/{SECRET}.py"),
    "ConnectionError": lambda: ConnectionRefusedError(f"{SECRET}:5432"),
    "TimeoutError": lambda: TimeoutError(SQL),
    "ExceptionGroup": lambda: ExceptionGroup(SQL, [ValueError(SECRET)]),
    "PostgresError": _chatty,
    "QueryCanceledError": lambda: asyncpg.QueryCanceledError(SQL),
    "UniqueViolationError": lambda: asyncpg.UniqueViolationError(f"Key (email)=({SECRET}) exists"),
    "DataError": lambda: asyncpg.DataError(f"invalid input for query argument $1: '{SECRET}'"),
    "InterfaceError": lambda: asyncpg.InterfaceError(SQL),
    "OperationalError": lambda: OperationalError(SQL),
    "IntegrityError": lambda: IntegrityError(SQL),
    "DBConnectionError": lambda: DBConnectionError(SQL),
    "GraphQLError": lambda: GraphQLError(SQL),
    "GraphQLError of a cause": lambda: GraphQLError(SECRET, original_error=ValueError(SQL)),
    "GraphQLError with facts": lambda: GraphQLError(SECRET, extensions={"sql": SQL}),
    "GraphQLError with another's code": lambda: GraphQLError(SECRET, extensions={"code": "P0001"}),
    "HTTPException": lambda: httpx.HTTPError(SQL),
    "JSONEncodeError": lambda: orjson.JSONEncodeError(SECRET),
}


def _refuse(value: object) -> object:
    raise ValueError(f"{SECRET} {value}")


Odd = NewType("Odd", str)
CONFIG = strawberry.schema.config.StrawberryConfig(
    scalar_map={
        Odd: strawberry.scalar(name="Odd", serialize=_refuse, parse_value=_refuse),
    }
)


@strawberry.input
class Wish:
    amount: Decimal
    odd: Odd | None = None


@strawberry.type
class Query(edge.Query):
    @strawberry.field
    def fails(self, how: str) -> str | None:
        raise _raised(FAULTS[how]())

    @strawberry.field
    async def fails_late(self, how: str) -> str | None:
        raise _raised(FAULTS[how]())

    @strawberry.field
    async def must_not_fail(self, how: str) -> str:
        raise _raised(FAULTS[how]())

    @strawberry.field
    def serialised(self) -> Odd | None:
        return Odd(SECRET)

    @strawberry.field
    def mistyped(self) -> int | None:
        return SECRET  # type: ignore[return-value]

    @strawberry.field
    def nothing(self) -> int:
        return None  # type: ignore[return-value]

    @strawberry.field
    def many(self) -> list["Failing"]:
        return [Failing() for _ in range(1_000)]

    @strawberry.field
    def refused(self, letters: int) -> str | None:
        raise BadInput("a" * letters, reason="INVALID_FILTER")

    @strawberry.field
    def wish(self, wish: Wish) -> str | None:
        return "granted"

    @strawberry.field
    def odd(self, odd: Odd) -> str | None:
        return "odd"


@strawberry.type
class Failing:
    @strawberry.field
    def field(self) -> str | None:
        raise ValueError(SQL)


SCHEMA = edge.public(strawberry.Schema(Query, edge.Mutation, config=CONFIG))


@pytest.fixture(autouse=True)
def told() -> Generator[list[MutableMapping[str, Any]]]:
    """What was logged instead; kept out of the terminal, where tracebacks take long to draw."""
    with capture_logs() as events:
        yield events


@pytest.fixture
async def client(db: None, database_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(create_app(settings(database_url), SCHEMA)) as client:
        client.headers["Accept"] = "application/graphql-response+json"
        yield client


def _check(response: httpx.Response) -> list[str]:
    """The codes of an answer that tells nothing of what happened inside."""
    whole = response.text + str(response.headers)
    assert not TOLD_NOWHERE.search(whole), whole
    errors = response.json()["errors"]
    assert len(errors) <= 10
    for error in errors:
        assert set(error) <= {"message", "locations", "path", "extensions"}
        assert 0 < len(error["message"]) <= 200
        assert error["extensions"]["code"] in set(Code)
        assert error["extensions"]["reason"]
    return [error["extensions"]["code"] for error in errors]


@pytest.mark.parametrize("how", FAULTS)
async def test_no_fault_of_a_field_is_told(client, how: str) -> None:
    for field in ("fails", "failsLate", "mustNotFail"):
        body = {"query": f"query($how:String!){{{field}(how:$how)}}", "variables": {"how": how}}
        codes = _check(await client.post("/graphql", json=body))
        assert codes in (["INTERNAL_SERVER_ERROR"], ["UNAVAILABLE"])


@pytest.mark.parametrize("how", FAULTS)
async def test_no_fault_of_finding_the_caller_is_told(client, how: str, monkeypatch) -> None:
    async def caller_of(authorization: str | None, address: str | None) -> None:
        raise _raised(FAULTS[how]())

    monkeypatch.setattr(graphql, "caller_of", caller_of)
    response = await client.post("/graphql", json={"query": "{hello}"})

    assert _check(response) in (["INTERNAL_SERVER_ERROR"], ["UNAVAILABLE"])
    assert response.status_code in {500, 503}
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{serialised}", None),
        ("{mistyped}", None),
        ("{nothing}", None),
        (f'{{odd(odd:"{SECRET}")}}', None),
        (f"{{odd(odd:{SECRET.replace('-', '_')})}}", None),
        ("query($o:Odd!){odd(odd:$o)}", {"o": SECRET}),
        (f'{{wish(wish:{{amount:"{SECRET}"}})}}', None),
        (f'{{wish(wish:{{amount:"1",odd:"{SECRET}"}})}}', None),
        ("query($w:Wish!){wish(wish:$w)}", {"w": {"amount": SECRET}}),
        ("query($w:Wish!){wish(wish:$w)}", {"w": {"amount": 1, "odd": SECRET}}),
        ("query($w:Wish!){wish(wish:$w)}", {"w": {"amount": 1, SECRET: SECRET}}),
        ("query($w:Wish!){wish(wish:$w)}", {"w": SECRET}),
        ("query($w:Wish!){wish(wish:$w)}", {"w": [SECRET]}),
        ("query($n:Int!){double(n:$n)}", {"n": SECRET}),
        ("query($n:Int!){double(n:$n)}", {"n": {SECRET: 1}}),
        (f'{{double(n:"{SECRET}")}}', None),
        ("{hell}", None),
        ("{hello(nam:1)}", None),
        ("{wish(wish:{amont:1})}", None),
        ("query($w:Wis!){wish(wish:$w)}", {"w": {}}),
        ("fragment F on Quer{hello} {...F}", None),
        ("{hello @skp(if:true)}", None),
        (f'{{thing(of:"{SECRET}")}}', None),
        (f'{{ "{SECRET}" }}', None),
        (f'"{SECRET}" {{hello}}', None),
        (f'{{hello}} "{SECRET}"', None),
        (f'{{hello(name:"\\{SECRET}")}}', None),
        (f'{{hello(name:"\\u{SECRET}")}}', None),
        (f"{{double(n:0{'9' * 20}{SECRET})}}", None),
        (f'{{wish(wish:"{SECRET}")}}', None),
        (f'{{wish(wish:{{amount:1,x:"{SECRET}"}})}}', None),
        (f'{{wish(wish:{{odd:null,odd:"{SECRET}"}})}}', None),
        (f'{{hello(name:"{SECRET}}}', None),
        (f"{{hello(name:{SECRET[0]}\x07)}}", None),
    ],
)
async def test_no_value_is_repeated_and_no_name_suggested(client, query, variables) -> None:
    body = {"query": query, "variables": variables}
    codes = set(_check(await client.post("/graphql", json=body)))

    assert codes <= {
        "BAD_USER_INPUT",
        "GRAPHQL_VALIDATION_FAILED",
        "GRAPHQL_PARSE_FAILED",
        "INTERNAL_SERVER_ERROR",
    }
    assert ("INTERNAL_SERVER_ERROR" in codes) == (
        query in {"{serialised}", "{mistyped}", "{nothing}"}
    )


async def test_a_fault_is_logged_under_the_id_that_is_told(client, told) -> None:
    response = await client.post("/graphql", json={"query": '{fails(how:"ValueError")}'})

    (fault,) = [event for event in told if event["event"] == "graphql.fault"]
    assert fault["error_id"] == response.json()["errors"][0]["extensions"]["errorId"]
    assert SQL in str(fault["exc_info"])


async def test_a_thousand_faults_are_ten_errors(client) -> None:
    response = await client.post("/graphql", json={"query": "{many{field}}"})

    assert _check(response) == ["INTERNAL_SERVER_ERROR"] * 10
    assert len(response.json()["data"]["many"]) == 1_000


async def test_a_long_message_is_cut(client) -> None:
    response = await client.post("/graphql", json={"query": "{refused(letters:5000)}"})

    assert _check(response) == ["BAD_USER_INPUT"]
    assert response.json()["errors"][0]["message"].startswith("a" * 190)


async def test_a_refused_caller_is_told_in_our_words_alone(client, monkeypatch) -> None:
    async def caller_of(authorization: str | None, address: str | None) -> None:
        raise SignInFirst("Sign in.") from ValueError(SQL)

    monkeypatch.setattr(graphql, "caller_of", caller_of)
    response = await client.post("/graphql", json={"query": "{hello}"})

    assert (response.status_code, _check(response)) == (401, ["UNAUTHENTICATED"])
    assert response.headers["www-authenticate"] == "Bearer"
