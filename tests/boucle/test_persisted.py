"""Documents by name: Apollo's protocol word by word, bounds for each caller, a registered set."""

import hashlib
import json
from collections.abc import AsyncGenerator
from http import HTTPStatus
from pathlib import Path

import pytest
import redis.asyncio

from boucle.edge import kept as kept_documents
from boucle.edge.answers import NotServed
from boucle.edge.kept import PREFIX, KeptDocuments
from boucle.edge.persisted import MAX_BYTES, Named, PersistedDocuments, Resolved, hash_of, named
from boucle.edge.registered import BadDocuments, Registered, load
from boucle.edge.shared import Shared

TEXT = "{ version }"


def apollo(text: str = TEXT, **more: object) -> dict:
    """What Apollo Client's link sends in `extensions`."""
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text), **more}}


@pytest.fixture
async def shared(redis_url: str) -> AsyncGenerator[Shared]:
    """Valkey, with patience for a busy machine."""
    found = Shared(redis_url, timeout=10)
    yield found
    await found.aclose()


@pytest.fixture(params=["with Valkey", "without Valkey"])
def store(request: pytest.FixtureRequest) -> KeptDocuments:
    if request.param == "with Valkey":
        return KeptDocuments(request.getfixturevalue("shared"), most=5, most_new=3)
    return KeptDocuments(Shared(None), most=5, most_new=3)


async def ask(documents: PersistedDocuments, message: dict) -> Resolved:
    """Resolve a request's members, as the edge does."""
    return await documents.resolve(message.get("query"), named(message))


async def refusal(documents: PersistedDocuments, message: dict) -> tuple[int, str, str]:
    """Status, code and message of the refusal."""
    with pytest.raises(NotServed) as refused:
        await ask(documents, message)
    error = refused.value.error
    return int(refused.value.status), error["extensions"]["code"], error["message"]


async def test_a_client_of_apollo_asks_by_hash_then_sends_the_text(store: KeptDocuments) -> None:
    documents = PersistedDocuments(store)
    unknown = (200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")

    assert await refusal(documents, {"extensions": apollo()}) == unknown
    sent = await ask(documents, {"query": TEXT, "extensions": apollo()})
    assert await refusal(documents, {"extensions": apollo()}) == unknown  # not valid yet
    await documents.accepted(sent, "ip:a")

    assert (await ask(documents, {"query": None, "extensions": apollo()})).text == TEXT


@pytest.mark.parametrize(
    ("extensions", "message"),
    [
        pytest.param(apollo("{ other }"), "provided sha does not match query", id="another's hash"),
        pytest.param(
            apollo(sha256Hash=hash_of(TEXT).upper()), "provided sha does not match query", id="case"
        ),
        pytest.param(apollo(sha256Hash=7), "provided sha does not match query", id="no text"),
        pytest.param(apollo(version=2), "Unsupported persisted query version", id="version"),
        pytest.param(apollo(version=True), "Unsupported persisted query version", id="true"),
        pytest.param({"persistedQuery": []}, "Unsupported persisted query version", id="no object"),
    ],
)
async def test_a_name_that_is_wrong_is_the_clients_mistake(extensions: dict, message: str) -> None:
    documents = PersistedDocuments(KeptDocuments(Shared(None)))

    assert await refusal(documents, {"query": TEXT, "extensions": extensions}) == (
        400,
        "BAD_USER_INPUT",
        message,
    )


async def test_a_text_alone_is_run_and_not_kept(store: KeptDocuments) -> None:
    documents = PersistedDocuments(store)
    resolved = await ask(documents, {"query": TEXT, "extensions": {"persistedQuery": None}})
    await documents.accepted(resolved, "ip:a")

    assert resolved == Resolved(TEXT)
    assert (await refusal(documents, {"extensions": apollo()}))[0] == 200
    assert (await refusal(documents, {}))[0] == 400


async def test_a_document_of_over_16_kb_is_run_and_not_kept(store: KeptDocuments) -> None:
    documents = PersistedDocuments(store)
    largest, larger = "é" * (MAX_BYTES // 2), "é" * (MAX_BYTES // 2) + "e"

    for text in (largest, larger):
        await documents.accepted(
            await ask(documents, {"query": text, "extensions": apollo(text)}), "a"
        )

    assert (await ask(documents, {"extensions": apollo(largest)})).text == largest
    assert (await refusal(documents, {"extensions": apollo(larger)}))[0] == 200


async def test_a_caller_has_a_number_of_new_documents_and_evicts_few(store: KeptDocuments) -> None:
    assert await store.keep(hash_of("mine"), "mine", "ip:other")
    texts = [f"{{ f{n} }}" for n in range(6)]

    kept = [await store.keep(hash_of(text), text, "ip:a") for text in texts]

    assert kept == [True, True, True, False, False, False]
    assert await store.keep(hash_of(texts[0]), texts[0], "ip:a")  # known, so not new
    assert await store.text(hash_of("mine")) == "mine"
    assert await store.text(hash_of(texts[5])) is None


async def test_a_process_keeps_the_documents_used_last() -> None:
    store = KeptDocuments(Shared(None), most=5)
    texts = [f"{{ f{n} }}" for n in range(5)]
    for number, text in enumerate(texts):
        await store.keep(hash_of(text), text, f"ip:{number}")
    await store.text(hash_of(texts[0]))
    await store.keep(hash_of("new"), "new", "ip:new")

    found = [await store.text(hash_of(text)) for text in [*texts, "new"]]

    assert found == [texts[0], None, *texts[2:], "new"]


async def test_what_was_kept_a_moment_ago_is_not_what_valkey_forgets(shared: Shared) -> None:
    store = KeptDocuments(shared, most=2)
    for number in range(20):
        text = f"{{ f{number} }}"
        await store.keep(hash_of(text), text, f"ip:{number}")
        assert await KeptDocuments(shared).text(hash_of(text)) == text


async def test_valkey_forgets_the_document_that_was_unused_longest(
    shared: Shared, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_documents, "_TOLD_SECONDS", -1.0)  # tell Valkey of every use
    store, later = (KeptDocuments(shared, most=2), KeptDocuments(shared, most=2))
    async with redis.asyncio.from_url(redis_url) as client:
        for number, text in enumerate(("one", "two")):
            await store.keep(hash_of(text), text, "ip:a")
            await client.zadd(PREFIX + "used", {hash_of(text): number})
        assert await store.text(hash_of("one")) == "one"
        await store.keep(hash_of("three"), "three", "ip:a")
        assert await client.zcard(PREFIX + "used") == 2

    found = [await later.text(hash_of(text)) for text in ("one", "two", "three")]
    assert found == ["one", None, "three"]


async def test_a_document_outlives_its_process(shared: Shared) -> None:
    await KeptDocuments(shared).keep(hash_of(TEXT), TEXT, "ip:a")

    assert await KeptDocuments(shared).text(hash_of(TEXT)) == TEXT


async def test_a_document_that_is_not_its_hash_is_never_run(shared: Shared, redis_url: str) -> None:
    async with redis.asyncio.from_url(redis_url) as client:
        await client.set(PREFIX + hash_of(TEXT), "{ other }")

    assert await KeptDocuments(shared).text(hash_of(TEXT)) is None


async def test_a_client_puts_back_what_valkey_lost(shared: Shared, redis_url: str) -> None:
    documents = PersistedDocuments(KeptDocuments(shared))
    for _ in range(2):
        sent = await ask(documents, {"query": TEXT, "extensions": apollo()})
        async with redis.asyncio.from_url(redis_url) as client:
            await client.flushdb()
        await documents.accepted(sent, "ip:a")

    assert await KeptDocuments(shared).text(hash_of(TEXT)) == TEXT


async def test_a_process_keeps_a_bounded_amount_of_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_documents, "KEPT_CHARACTERS", 25)
    store = KeptDocuments(Shared(None))
    for text in ("a" * 10, "b" * 10, "b" * 10, "c" * 10):
        await store.keep(hash_of(text), text, "ip:a")

    assert [await store.text(hash_of(c * 10)) is None for c in "abc"] == [True, False, False]
    assert store._characters == 20


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param({}, None, id="no name"),
        pytest.param({"documentId": "a"}, Named("a", automatic=False), id="documentId"),
        pytest.param({"id": "b"}, Named("b", automatic=False), id="Relay's id"),
        pytest.param({"documentId": "sha256:c"}, Named("c", automatic=False), id="with its kind"),
        pytest.param({"id": 7, "query": TEXT}, None, id="a text needs no name"),
        pytest.param({"extensions": {"other": 1}}, None, id="other extensions"),
    ],
)
def test_a_name_is_found_where_clients_put_it(message: dict, expected: Named | None) -> None:
    assert named(message) == expected


@pytest.mark.parametrize("name", [7, "", "x" * 257, ["a"]])
def test_a_name_that_is_no_short_text_is_refused(name: object) -> None:
    with pytest.raises(NotServed) as refused:
        named({"documentId": name})

    assert refused.value.status is HTTPStatus.BAD_REQUEST
    assert refused.value.error["extensions"]["reason"] == "BAD_MEMBER"


@pytest.fixture(params=["folder", "Relay", "Apollo"])
def registered(request: pytest.FixtureRequest, tmp_path: Path) -> Registered:
    """One document in each of the three forms."""
    manifest = tmp_path / "manifest.json"
    match request.param:
        case "folder":
            (tmp_path / "shop").mkdir()
            (tmp_path / "shop" / "version.graphql").write_text(TEXT + "\n")
            (tmp_path / "notes.txt").write_text("nothing")
            return load(tmp_path)
        case "Relay":
            manifest.write_text(json.dumps({hash_of(TEXT): TEXT}))
        case "Apollo":
            one = {"id": hash_of(TEXT), "body": TEXT, "name": "V", "type": "query"}
            whole = {
                "format": "apollo-persisted-query-manifest",
                "version": 1,
                "operations": [one],
            }
            manifest.write_text(json.dumps(whole))
    return load(manifest)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"extensions": apollo()}, id="Apollo's hash"),
        pytest.param({"extensions": apollo(), "query": TEXT}, id="hash and text"),
        pytest.param({"documentId": hash_of(TEXT)}, id="documentId"),
        pytest.param({"documentId": f"sha256:{hash_of(TEXT)}"}, id="documentId with its kind"),
        pytest.param({"id": hash_of(TEXT)}, id="Relay's id"),
        pytest.param({"query": TEXT}, id="the text itself"),
        pytest.param({"query": f"  {TEXT}\n"}, id="white space around it"),
    ],
)
async def test_a_registered_document_is_run_where_only_those_are(
    registered: Registered, message: dict
) -> None:
    documents = PersistedDocuments(KeptDocuments(Shared(None)), registered, only=True)

    resolved = await ask(documents, message)

    assert resolved.text.strip() == TEXT
    assert resolved.registered
    assert resolved.keep_as is None


async def test_nothing_else_is_run_where_only_registered_documents_are(shared: Shared) -> None:
    store = KeptDocuments(shared)
    await store.keep(hash_of("{ other }"), "{ other }", "ip:a")
    documents = PersistedDocuments(store, Registered({"v": TEXT}), only=True)

    assert (await ask(documents, {"id": "v"})).text == TEXT
    assert await refusal(documents, {"query": "{ other }"}) == (
        400,
        "BAD_REQUEST",
        "This server runs registered documents only. Send the id of one.",
    )
    for message in ({"extensions": apollo("{ other }")}, {"id": "w"}, {"documentId": "w"}):
        assert (await refusal(documents, message))[1] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("{", "not JSON", id="no JSON"),
        pytest.param("[]", "not an object", id="a list"),
        pytest.param("{}", "no document", id="empty"),
        pytest.param('{"a": 7}', "not a text", id="a number for a document"),
        pytest.param('{"a": "{ version"}', "a: Syntax Error", id="no GraphQL"),
        pytest.param('{"operations": []}', "not of format", id="no format"),
        pytest.param(
            '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
            "not of format",
            id="another version",
        ),
        pytest.param(
            '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [7]}',
            "not a list of objects",
            id="no objects",
        ),
        pytest.param(
            '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": '
            '[{"id": "a", "body": "{a}"}, {"id": "a", "body": "{b}"}]}',
            "two documents have this id",
            id="one id twice",
        ),
    ],
)
def test_a_set_that_cannot_be_read_says_why(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)

    with pytest.raises(BadDocuments, match=told) as refused:
        load(path)

    assert str(path) in str(refused.value)


def test_the_hash_is_the_one_that_clients_make() -> None:
    assert hash_of("{é}") == hashlib.sha256(b"{\xc3\xa9}").hexdigest()
