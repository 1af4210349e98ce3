"""The main parameters of a market's ranking, as they rank now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.ranking.model import DEFAULT_PARAMETERS, RankingModel, ranking_model
from models.ranking import store
from tests import factories
from tests.schema.asking import Json, data, refusal

ASK = """query($market: String!, $locale: String! = "en"){rankingDisclosure(market: $market){
  market modelId validFrom paidInfluence lowestMerit highestMerit noticeDays
  parameters{key weightBp shareBp explanation(locale: $locale)} quality{key weightBp}
  excluded{key explanation(locale: $locale)} grades{grade worthBp}
  responsibility(locale: $locale) reviewVerification upcoming{modelId changes}}}"""


async def told(**given: str) -> Json:
    found: Json = (await data(ASK, **({"market": "FR"} | given)))["rankingDisclosure"]
    return found


async def published(from_: datetime, **weights: int) -> str:
    made = ranking_model("FR", from_, replace(DEFAULT_PARAMETERS, **weights))
    assert isinstance(made, RankingModel)
    await store(made)
    return made.id


async def test_the_disclosure_is_made_from_the_model_that_ranks_now(db: None) -> None:
    await factories.world(1, 1)

    before = await told()
    now = datetime.now(UTC)
    model = await published(now - timedelta(seconds=1), battery_bp=900)
    later = await published(now + timedelta(days=15), battery_bp=900, delivery_bp=0)
    after = await told()

    assert [row["key"] for row in before["parameters"]][:2] == ["QUALITY", "IN_COUNTRY"]
    assert (before["lowestMerit"], before["highestMerit"]) == (7845, 11945)
    assert before["upcoming"] is None
    assert (after["modelId"], after["parameters"][1]["key"]) == (model, "BATTERY")
    assert after["upcoming"] == {"modelId": later, "changes": ["DELIVERY"]}
    assert (after["paidInfluence"], after["noticeDays"]) == (False, 15)
    assert sum(row["shareBp"] for row in after["parameters"]) == 10_000
    assert "PAYMENT" in {row["key"] for row in after["excluded"]}


async def test_the_texts_are_in_english_and_in_french(db: None) -> None:
    await factories.world(1, 1)
    english, french = await told(), await told(locale="fr")

    assert french["parameters"][0]["explanation"].startswith("L'indice de qualité")
    assert french["responsibility"] != english["responsibility"]


async def test_a_market_that_is_not_open_says_nothing(db: None) -> None:
    await factories.world(1, 1)

    found = await refusal(ASK, market="IT")

    assert (found["code"], found["reason"]) == ("BAD_USER_INPUT", "MARKET_NOT_OPEN")
