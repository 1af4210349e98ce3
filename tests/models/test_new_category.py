"""A category that the code has never heard of is only rows."""

import csv
import shutil
from pathlib import Path

import pytest

from boucle.demo import REFERENCE
from models.seed import load_reference
from resolvers.context import Context
from schema.root import schema
from tests import factories

ROWS = {
    "categories.csv": {
        "code": "e-bike", "name_en": "E-bikes", "name_fr": "Vélos électriques",
        "default_weight_grams": "24000", "weight_source": "made up", "position": "900",
    },
    "brands.csv": {"code": "pedalo", "name": "Pédalo", "aliases": "", "shop": "false"},
    "products.csv": {
        "slug": "pedalo-p1", "brand": "pedalo", "category": "e-bike", "model": "P1",
        "release_date": "2024-05-01",
    },
    "variants.csv": {
        "slug": "pedalo-p1-l", "product": "pedalo-p1", "mpn": "P1-L",
        "attributes": '{"frame_size":"large","battery_wh":500}', "gtin": factories.gtin(77),
    },
}  # fmt: skip
ATTRIBUTES = (
    {"key": "frame_size", "type": "ENUM", "name_en": "Frame", "name_fr": "Cadre", "position": "1"},
    {"key": "battery_wh", "type": "INTEGER", "unit": "Wh", "name_en": "Battery",
     "name_fr": "Batterie", "position": "2"},
)  # fmt: skip
QUERY = """{ search(market: "FR", term: "velo electrique", locale: "fr",
    filters: {attributes: [{key: "frame_size", values: ["large"]}]}) {
  totalCount
  edges { node { product { title weight { grams sourced } } featuredOffer { total { amount } } } }
  facets { key values { value label count selected } } } }"""


def _append(folder: Path, name: str, row: dict[str, str]) -> None:
    path = folder / name
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writerow({**row, "source": "made up for this test"})


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(REFERENCE, tmp_path / "reference"))
    for name, row in ROWS.items():
        _append(folder, name, row)
    for row in ATTRIBUTES:
        usual = {"category": "e-bike", "mandatory": "true", "facet": "true"}
        _append(folder, "attributes.csv", usual | row)
    large = {"key": "frame_size", "value": "large", "label_en": "Large", "label_fr": "Grand"}
    _append(folder, "attribute_values.csv", large)
    return folder


async def test_an_e_bike_is_sold_found_and_filtered_without_a_line_of_code(
    db: None, reference: Path
) -> None:
    await load_reference(reference)
    from models.ranking import store

    await store(factories.rules_of("FR"))
    feed = await factories.feed(await factories.merchant())
    line = {"sku": "b1", "gtin": factories.gtin(77), "grade": "good", "price": "1200.00"}
    run = await factories.run(feed, [line | {"currency": "EUR", "quantity": 1}])
    assert (run.created, run.rejected) == (1, 0)

    answer = await schema.execute(QUERY, context_value=Context())

    assert answer.errors is None
    assert answer.data is not None
    found = answer.data["search"]
    assert found["totalCount"] == 1
    [edge] = found["edges"]
    assert edge["node"]["product"] == {
        "title": "Pédalo P1",
        "weight": {"grams": 24000, "sourced": False},
    }
    assert edge["node"]["featuredOffer"] == {"total": {"amount": "1201.49"}}
    facets = {facet["key"]: facet["values"] for facet in found["facets"]}
    assert facets["category"] == [
        {"value": "e-bike", "label": "Vélos électriques", "count": 1, "selected": False}
    ]
    assert facets["frame_size"] == [
        {"value": "large", "label": "Grand", "count": 1, "selected": True}
    ]
    assert facets["battery_wh"][0]["value"] == "500"
