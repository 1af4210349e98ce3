"""Words of inventories find the products that they mean, and no other ones."""

import csv
import random
from functools import cache
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from domain.raas.matching import Asked, Brand, Candidate, Identity, Index, Named
from domain.raas.variants import Configuration, Storage, variant_for
from domain.raas.words import sizes_of, words_of
from models.raas.catalogue import terms

REFERENCE = Path(__file__).parents[3] / "models" / "reference"
SAMPLE = 1_000
NOISE = ("black", "noir", "Dual SIM", "smartphone", "débloqué", "WiFi", "space grey", "unlocked")


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def catalogue() -> tuple[Index, dict[UUID, str]]:
    """The products of the reference catalogue, and the slug of each."""
    brands = {row["code"]: row for row in _rows("brands.csv")}
    products, slugs = [], {}
    for row in _rows("products.csv"):
        brand, product = brands[row["brand"]], uuid5(NAMESPACE_URL, row["slug"])
        aliases = tuple(each for each in brand["aliases"].split("|") if each)
        products.append(
            Named(product, brand["code"], brand["name"], aliases, row["model"], row["category"])
        )
        slugs[product] = row["slug"]
    return Index(products), slugs


def best(model: str, manufacturer: str | None = None, storage: str | None = None) -> Candidate:
    found = catalogue()[0].candidates(Asked(manufacturer, model, storage))
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("maker", "model", "slug"),
    [
        ("Apple", "iPhone13Pro 128 Go noir", "apple-iphone-13-pro"),
        ("apple inc", "IPHONE 11", "apple-iphone-11"),
        (None, "iphone 12 mini", "apple-iphone-12-mini"),
        ("Aple", "Ipone 12 Pro Max 256GB", "apple-iphone-12-pro-max"),
        ("Apple", "iPhone SE (2nd generation) 64GB", "apple-iphone-se-2nd-generation"),
        ("Apple", "iPhone SE gen 2", "apple-iphone-se-2nd-generation"),
        ("Samsung", "Galaxy S21 256GB Dual SIM", "samsung-galaxy-s21-5g"),
        ("Samsung", "Galaxy S20 FE", "samsung-galaxy-s20-fe"),
        ("Samsung", "GalaxyA52s5G", "samsung-galaxy-a52s-5g"),
        ("Xiaomi", "Redmi Note 10 Pro 6/128GB", "xiaomi-redmi-note-10-pro"),
        ("Lenovo", "TP T14 G1", "lenovo-thinkpad-t14-gen-1"),
        ("HP", "EliteBook 840 G8 i5 16GB RAM 512GB SSD", "hp-elitebook-840-g8"),
        ("Apple", "MacBook Pro 14 2021 M1 Pro", "apple-macbook-pro-14-inch-m1-pro-2021"),
        ("Fairphone", "FP4", "fairphone-4"),
    ],
)
def test_words_of_inventories_find_their_product(maker: str | None, model: str, slug: str) -> None:
    found = best(model, maker)
    assert catalogue()[1][found.product_id] == slug
    assert found.confidence >= terms().thresholds.high


@pytest.mark.parametrize(
    ("maker", "model"),
    [
        ("Apple", "iPhone SE"),
        ("Samsung", "Galaxy"),
        ("Zorg", "9000 Quux"),
        ("Apple", "iPhone 99 Ultra"),
        ("Dell", "Latitude 9999"),
    ],
)
def test_words_that_mean_no_product_for_sure_match_none(maker: str, model: str) -> None:
    found = catalogue()[0].candidates(Asked(maker, model))
    assert all(each.confidence < terms().thresholds.low for each in found)
    assert len(found) <= 3


def _noisy(draw: random.Random, brand: str, model: str) -> tuple[str | None, str]:
    """How a person or a tool may have written it."""
    text = model.replace(" Gen ", " G") if draw.random() < 0.5 else model
    if draw.random() < 0.2:
        text = text.replace(" ", "")
    if draw.random() < 0.3:
        text = f"{brand} {text}"
    text = f"{text} {draw.choice(('64', '128', '256'))}{draw.choice((' Go', 'GB', ' GB'))}"
    text += f" {draw.choice(NOISE)}" if draw.random() < 0.6 else ""
    text = draw.choice((str.upper, str.lower, str))(text)
    if draw.random() < 0.15:
        at = draw.randrange(len(text) - 1)
        if text[at].isalpha() and text[at + 1].isalpha():
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return (None if draw.random() < 0.1 else brand), text


def test_the_labelled_sample_is_matched_with_the_precision_and_recall_that_are_told() -> None:
    index, _ = catalogue()
    draw = random.Random(20_260_504)
    right = wrong = unsure = lost = 0
    for each in draw.sample(list(index.products), SAMPLE):
        maker, model = _noisy(draw, each.brand, each.model)
        found = index.candidates(Asked(maker, model))
        if not found or found[0].confidence < terms().thresholds.low:
            lost += 1
        elif found[0].confidence < terms().thresholds.high:
            unsure += 1
        elif found[0].product_id == each.product_id:
            right += 1
        else:
            wrong += 1
    assert right + wrong + unsure + lost == SAMPLE
    assert right / (right + wrong) >= 0.995, (right, wrong, unsure, lost)
    assert (right + unsure) / SAMPLE >= 0.93, (right, wrong, unsure, lost)


def test_an_imei_of_the_same_model_makes_a_match_surer_and_of_another_one_unsure() -> None:
    index, slugs = catalogue()
    by_slug = {slug: product for product, slug in slugs.items()}
    plain = best("iphone 11 foo", "Apple")
    [agreed, *_] = index.candidates(Asked("Apple", "iphone 11 foo", None, plain.product_id))
    assert agreed.identity is Identity.AGREES
    assert agreed.confidence > plain.confidence
    other = by_slug["apple-iphone-13"]
    [first, *_] = index.candidates(Asked("Apple", "iPhone 11", None, other))
    assert first.confidence <= 7_500


@pytest.mark.parametrize(
    ("model", "cell", "storage", "ram"),
    [
        ("iPhone 13 128 Go", None, 128, None),
        ("iPhone 13", "256", 256, None),
        ("iPhone 13", "1TB", 1024, None),
        ("Redmi Note 10 6/128", None, 128, 6),
        ("Latitude 7420 16GB RAM 512 GB", None, 512, 16),
        ("ThinkPad T14 16GB 512GB SSD", None, 512, 16),
        ("Surface Pro 7+ 128GB", None, 128, None),
        ("Nokia 3310", None, None, None),
    ],
)
def test_sizes_are_read_from_the_text_or_their_own_cell(
    model: str, cell: str | None, storage: int | None, ram: int | None
) -> None:
    assert sizes_of(model, cell)[1:] == (storage, ram)


def test_codes_in_one_word_or_two_are_the_same() -> None:
    assert words_of("thinkpad t14 gen 1") == words_of("thinkpad t 14 g1")
    assert words_of("iphone se 2nd generation") == words_of("iphone se gen 2")
    assert words_of("galaxy s21+") == words_of("galaxy s21 plus")


A, B, C = (uuid5(NAMESPACE_URL, name) for name in "abc")
SOLD = [Configuration(A, 128, 6), Configuration(B, 256, 8), Configuration(C, 128, 4)]


@pytest.mark.parametrize(
    ("model", "variant", "storage", "less"),
    [
        ("x 128GB", C, Storage.SAME, 0),
        ("x 6/128", A, Storage.SAME, 0),
        ("x", C, Storage.NOT_GIVEN, 500),
        ("x 512GB", B, Storage.NOT_SOLD, 2_000),
        ("x 64GB", C, Storage.NOT_SOLD, 2_000),
    ],
)
def test_the_variant_is_never_dearer_than_what_was_said(
    model: str, variant: UUID, storage: Storage, less: int
) -> None:
    candidate = Candidate(A, 9_000, Brand.SAME, (), (), ())
    found = variant_for(candidate, SOLD, Asked(None, model))
    assert found is not None
    assert (found.variant_id, found.storage, found.confidence) == (variant, storage, 9_000 - less)
