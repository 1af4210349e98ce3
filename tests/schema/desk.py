"""A merchant's program that sets feeds up."""

from typing import Any

from models.base import fetchval
from models.offers.feeds import Feed
from resolvers.context import Caller
from tests.schema.asking import Json, data

SCOPES = ("feeds:read", "feeds:write")
FEED = """id name format mode url everySeconds nextPullAt staleAfterSeconds paused hostKey
  credentials{kind since} settings{markets currency encoding separator decimal fixedGrade
  gradeWords{word grade} gradeColumn mapping{column field} sheet defaultQuantity
  defaultWarrantyMonths vatScheme handlingHours}"""
CREATE = f"""mutation($input: CreateFeedInput!){{createFeed(input: $input){{
  __typename ... on FeedCreated{{feed{{{FEED}}}}} ... on Problem{{code path hint}}
  ... on FeedSettingInvalid{{field value}} ... on TooManyFeeds{{limit}}}}}}"""
UPDATE = f"""mutation($input: UpdateFeedInput!){{updateFeed(input: $input){{
  __typename ... on FeedUpdated{{feed{{{FEED}}}}} ... on Problem{{code path hint}}
  ... on FeedSettingInvalid{{field value}}}}}}"""
RUN = """mutation($input: RunFeedNowInput!){runFeedNow(input: $input){
  __typename ... on FeedRunStarted{run{id state channel dryRun}} ... on Problem{code}
  ... on FeedRunUnderWay{runId}}}"""
DELETE = """mutation($input: DeleteFeedInput!){deleteFeed(input: $input){
  __typename ... on FeedDeleted{id} ... on Problem{code hint} ... on FeedHasOffers{offers}}}"""
PAUSE = """mutation($input: FeedIdInput!){%s(input: $input){
  __typename ... on FeedUpdated{feed{paused nextPullAt}} ... on Problem{code}}}"""
URL = "https://files.example.com/offers.csv"
SECRET = "canary-5d1f0c"


class Desk:
    """A merchant's program, which gives each call a key of its own."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.calls = 0

    async def ask(self, query: str, **given: Any) -> Json:
        self.calls += 1
        sent = {"idempotencyKey": f"k{self.calls}"} | given
        [found] = (await data(query, self.caller, input=sent)).values()
        return found

    async def made(self, **given: Any) -> Json:
        found = await self.ask(CREATE, **({"name": "main", "mode": "FULL"} | given))
        assert found["__typename"] == "FeedCreated", found
        feed: Json = found["feed"]
        return feed


async def stored(feed: Json) -> Feed:
    return await Feed.get(id=await fetchval("SELECT id FROM feed WHERE name = $1", feed["name"]))
