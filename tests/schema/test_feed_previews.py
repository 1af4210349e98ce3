"""A merchant looks into a file, confirms how it is read, and reads it."""

from pathlib import Path
from uuid import UUID

import pytest

from models.base import fetchval
from models.merchants import Merchant
from models.offers import files, previews
from models.offers.feeds import Feed, FeedRun
from tests import factories
from tests.factories import NOW, Item
from tests.integrations.feeds.test_preview import FRENCH
from tests.schema.asking import Json, data, key_of, refusal
from workers.offers.preview import look

SCOPES = ("feeds:read", "feeds:write")
PREVIEW = """query($id: ID!){feedPreview(id: $id){id state fileCode detail format encoding
  encodingSure separator sheet sheets headerLine decimal missing gradeColumn
  lines{line cells} columns{name samples reads suggestion confidence reason}
  gradeWords{word count grade code}}}"""
ASK = """mutation($input: PreviewFeedFileInput!){previewFeedFile(input: $input){
  __typename ... on FeedPreviewStarted{preview{id state lines{line}}} ... on Problem{code}}}"""
UPDATE = """mutation($input: UpdateFeedInput!){updateFeed(input: $input){__typename}}"""


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world(1, 1)


@pytest.fixture
async def feed(items: list[Item]) -> Feed:
    return await factories.feed(await factories.merchant(), format=None)


async def stored(of: Feed, content: bytes, folder: Path) -> UUID:
    path = folder / "file"
    path.write_bytes(content)
    return await files.store(path, of.merchant_id, "file", "0")


async def looked(of: Feed, content: bytes, folder: Path) -> Json:
    """What a preview tells once a worker has looked."""
    made = await previews.ask(of, await stored(of, content, folder))
    await look(made.id, NOW)
    caller = key_of(await of.merchant, *SCOPES)
    found: Json = (await data(PREVIEW, caller, id=str(made.id)))["feedPreview"]
    return found


async def test_a_file_is_looked_into_confirmed_and_read(
    feed: Feed, items: list[Item], tmp_path: Path
) -> None:
    content = FRENCH.replace("2000000000008", items[0].gtin).encode("cp1252")

    said = await looked(feed, content, tmp_path)

    assert (said["state"], said["format"], said["decimal"]) == ("READY", "NATIVE_CSV", "COMMA")
    assert (said["missing"], said["encodingSure"]) == ([], False)
    assert said["columns"][0] == {
        "name": "Référence", "samples": ["A1", "A2", "A3"], "reads": None, "suggestion": "sku",
        "confidence": 95, "reason": "WORD",
    }  # fmt: skip
    settings = {
        "mapping": [
            {"column": each["name"], "field": each["suggestion"]} for each in said["columns"]
        ],
        "gradeWords": [{"word": "nickel", "grade": "EXCELLENT"}],
        "encoding": said["encoding"],
        "currency": "EUR",
    }
    caller = key_of(await feed.merchant, *SCOPES)
    given = {"id": str(feed.id), "idempotencyKey": "k", "settings": settings}
    await data(UPDATE, caller, input=given)
    run = await factories.run(await Feed.get(id=feed.id), content)
    assert (run.lines_read, run.created, run.rejected) == (3, 3, 0)
    again = await looked(await Feed.get(id=feed.id), content, tmp_path)
    assert [each["reads"] for each in again["columns"]][:2] == ["sku", "gtin"]
    assert again["gradeWords"][2] == {
        "word": "nickel", "count": 1, "grade": "EXCELLENT", "code": None,
    }  # fmt: skip


async def test_a_file_that_cannot_be_looked_into_says_why(feed: Feed, tmp_path: Path) -> None:
    said = await looked(feed, b"PK\x03\x04 no workbook", tmp_path)

    assert (said["state"], said["fileCode"]) == ("FAILED", "FORMAT_UNKNOWN")
    assert said["detail"]
    assert (said["lines"], said["columns"]) == ([], [])


async def test_a_preview_writes_no_run_and_no_offer_and_is_made_once(
    feed: Feed, tmp_path: Path
) -> None:
    await looked(feed, FRENCH.encode(), tmp_path)
    made = await previews.FeedPreview.get()
    before = dict(made)

    await look(made.id, NOW)

    assert dict(await previews.FeedPreview.get()) == before
    assert await FeedRun.all().count() == 0
    assert await fetchval("SELECT count(*) FROM offer") == 0


async def test_the_kept_file_of_a_run_is_looked_into_once_for_one_key(
    feed: Feed, tmp_path: Path
) -> None:
    run = await factories.queued(feed, file=await stored(feed, FRENCH.encode(), tmp_path))
    caller = key_of(await feed.merchant, *SCOPES)
    given = {"runId": str(run.id), "idempotencyKey": "k"}

    told = [(await data(ASK, caller, input=given))["previewFeedFile"] for _ in range(2)]

    assert told[0]["__typename"] == "FeedPreviewStarted"
    assert told[0] == told[1]
    assert told[0]["preview"]["state"] == "WAITING"
    assert await fetchval("SELECT count(*) FROM outbox_job WHERE job = 'preview_feed_file'") == 1


async def test_no_file_and_no_run_of_another_is_looked_into(feed: Feed, tmp_path: Path) -> None:
    run = await factories.queued(feed, file=await stored(feed, FRENCH.encode(), tmp_path))
    without = await factories.queued(feed)
    stranger = key_of(await factories.merchant("stranger"), *SCOPES)
    own = key_of(await feed.merchant, *SCOPES)

    for caller, asked in ((stranger, run), (own, without)):
        given = {"runId": str(asked.id), "idempotencyKey": "k"}
        found = (await data(ASK, caller, input=given))["previewFeedFile"]
        assert found["code"] == "FEED_FILE_UNKNOWN"
    made = await previews.ask(feed, run.file)
    assert (await data(PREVIEW, stranger, id=str(made.id)))["feedPreview"] is None
    read = await refusal(PREVIEW, key_of(await Merchant.get(slug="atelier")), id=str(made.id))
    assert read["code"] == "FORBIDDEN"
