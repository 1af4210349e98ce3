"""Whatever bytes a client sends, it gets a reason, never a fault."""

import asyncio
import json

import pytest

from boucle.edge import body
from boucle.edge.body import MAX_BODY
from tests.boucle.edge import serving

JSON = "application/json"


def _query(text: str) -> bytes:
    return json.dumps({"query": text}).encode()


CHAIN = " ".join(f"fragment F{n} on Query{{...F{n + 1}}}" for n in range(280))
DEEP = " ".join(
    f"fragment F{n} on Query" + "{a" * 110 + f"{{...F{n + 1}}}" + "}" * 110 for n in range(5)
)
BODIES = {
    "empty": b"",
    "blank": b"   ",
    "text": b"hello",
    "bytes": bytes(range(256)),
    "utf-16": '{"query":"{hello}"}'.encode("utf-16"),
    "utf-8 mark": b'\xef\xbb\xbf{"query":"{hello}"}',
    "not utf-8": b'{"query":"{hello(name:\\"\xff\\")}"}',
    "surrogate bytes": b'{"query":"\xed\xa0\x80"}',
    "surrogate escape": b'{"query":"{hello}","variables":{"a":"\\ud800"}}',
    "nul escape": b'{"query":"{hello}","variables":{"a":"\\u0000"}}',
    "nul in a key": b'{"query":"{hello}","variables":{"\\u0000":1}}',
    "nul in a list": b'{"query":"{hello}","variables":{"a":[["\\u0000"]]}}',
    "nul in the query": _query('{hello(name:"\x00")}'),
    "escaped nul": _query('{hello(name:"\\u0000")}'),
    "escaped nul, braces": _query('{hello(name:"\\u{0000}")}'),
    "escaped surrogate": _query('{hello(name:"\\ud800")}'),
    "NaN": b'{"query":"{hello}","variables":{"a":NaN}}',
    "Infinity": b'{"query":"{hello}","variables":{"a":-Infinity}}',
    "5,000 digits": b'{"query":"{hello}","variables":{"a":' + b"1" * 5_000 + b"}}",
    "1e999": b'{"query":"{hello}","variables":{"a":1e999}}',
    "deep list": b'{"query":"{hello}","variables":{"a":' + b"[" * 900 + b"]" * 900 + b"}}",
    "very deep": b"[" * 100_000,
    "deep object": b'{"query":"{hello}","variables":' + b'{"a":' * 500 + b"1" + b"}" * 501,
    "array": b'[{"query":"{hello}"}]',
    "number": b"1",
    "null": b"null",
    "string": b'"{hello}"',
    "query a number": b'{"query":1}',
    "query null": b'{"query":null}',
    "query empty": b'{"query":""}',
    "no query": b"{}",
    "variables a list": b'{"query":"{hello}","variables":[]}',
    "variables a string": b'{"query":"{hello}","variables":"{}"}',
    "extensions a list": b'{"query":"{hello}","extensions":[1]}',
    "name a number": b'{"query":"{hello}","operationName":1}',
    "twice": b'{"query":"{a}","query":"{b}"}',
    "trailing": b'{"query":"{hello}"}x',
    "cut": b'{"query":"{hello}"',
    "unbalanced": _query("{" * 1_500),
    "lists": _query("{hello(name:" + "[" * 900 + "]" * 900 + ")}"),
    "objects": _query("{hello(name:" + "{a:" * 400 + "1" + "}" * 400 + ")}"),
    "types": _query("query($a:" + "[" * 900 + "Int" + "]" * 900 + "){hello}"),
    "fragment of itself": _query("{...F} fragment F on Query{...F}"),
    "unknown fragment": _query("{...F}"),
    "chain": _query("{...F0} " + CHAIN),
    "deep chain": _query("{...F0} " + DEEP),
    "long name": _query("{" + "a" * 10_000 + "}"),
    "long string": _query('{hello(name:"' + "a" * 100_000 + '"}'),
    "comments": _query("#\n" * 50_000 + "{hello"),
    "int literal": _query("{double(n:" + "9" * 5_000 + ")}"),
    "float literal": _query("{double(n:1e" + "9" * 400 + ")}"),
    "decimal literal": _query('{price(amount:"' + "9" * 5_000 + 'e999999999"}'),
    "decimal NaN": _query('{price(amount:"NaN"}'),
    "subscription": _query("subscription{hello}"),
    "type system": _query("type A{a:Int}"),
    "directive": _query("{hello @unknown}"),
    "skip": _query("{hello @skip}"),
    "big int": b'{"query":"query($n:Int!){double(n:$n)}","variables":{"n":9999999999999999999}}',
    "bool as int": b'{"query":"query($n:Int!){double(n:$n)}","variables":{"n":true}}',
    "too large": b'{"query":"' + b" " * MAX_BODY + b'"}',
    "id": _query('{thing(of:"\\u00e9"}'),
    "operation name": b'{"query":"{hello}","operationName":"\\u00e9"}',
}  # fmt: skip


@pytest.mark.parametrize("accept", ["application/graphql-response+json", JSON])
async def test_no_body_is_a_fault(db: None, database_url: str, accept: str) -> None:
    async with serving(database_url) as client:
        for name, sent in BODIES.items():
            response = await client.post(
                "/graphql", content=sent, headers={"Content-Type": JSON, "Accept": accept}
            )
            told = response.json()
            assert response.status_code in {200, 400, 413}, (name, response.text)
            assert told["errors"][0]["extensions"]["code"] != "INTERNAL_SERVER_ERROR", name
            assert told["errors"][0]["extensions"]["reason"], name
            assert "Traceback" not in response.text, name
            if accept != JSON:
                assert response.status_code >= 400, (name, told)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/graphql", 400),
        ("/graphql?query=", 400),
        ("/graphql?query=%ff", 400),
        ("/graphql?query=%00", 400),
        ("/graphql?query={hello}&query={hello}", 400),
        ("/graphql?query={hello}&variables={", 400),
        ("/graphql?query={hello}&variables=[]", 400),
        ("/graphql?query={hello}&variables={%22a%22:NaN}", 400),
        ("/graphql?" + "&".join(["a=1"] * 200), 400),
        ("/graphql?query=" + "a" * 20_000, 414),
        ("/graphql?query={hello}&other=1", 200),
    ],
)
async def test_no_url_is_a_fault(db: None, database_url: str, url: str, status: int) -> None:
    async with serving(database_url) as client:
        response = await client.get(url)

    assert response.status_code == status, response.text


async def test_a_body_without_a_length_is_counted(db: None, database_url: str) -> None:
    sent = 0

    async def endless():
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b" " * 65_536

    async with serving(database_url) as client:
        response = await client.post("/graphql", content=endless(), headers={"Content-Type": JSON})

    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["reason"] == "BODY_TOO_LARGE"
    assert response.headers["connection"] == "close"
    assert sent < 10


async def test_a_body_that_drips_is_not_waited_for(
    db: None, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dripping():
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.05)

    monkeypatch.setattr(body, "BODY_SECONDS", 0.2)
    async with serving(database_url) as client:
        response = await client.post("/graphql", content=dripping(), headers={"Content-Type": JSON})

    assert response.status_code == 408
    assert response.json()["errors"][0]["extensions"]["reason"] == "BODY_TOO_SLOW"
