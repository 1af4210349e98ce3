"""A fleet's file becomes declared devices: one outcome for every line."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest

from domain.offers.policy import FeedPolicy
from domain.raas import FleetState
from domain.raas.lines import FleetImportState
from integrations.feeds.workbook_out import WorkbookOut
from models.base import execute, fetch, fetchrow, fetchval
from models.jobs import Job
from models.outbox import enqueue
from models.raas import fleets
from tests import factories
from tests import imports as made
from tests.imports import imei
from tests.jobs import work

PHONE = {"manufacturer": "Calder", "model": "C0", "condition": "good"}
HEAD = ("assetTag", "imei", "serial", "manufacturer", "model", "storage", "purchaseDate", "site")
WHOLE = {"assetTag": "A", "imei": imei(1), "manufacturer": "Calder", "model": "C0"}


@pytest.fixture
async def world(db: None) -> None:
    await factories.world(3, 1)


async def _state(fleet_id: UUID) -> tuple[FleetState, int]:
    fleet = await fleets.get(fleet_id)
    assert fleet is not None
    return fleet.state, fleet.assets


async def test_a_line_declares_a_device_that_is_matched_to_the_catalogue(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    line = PHONE | {"assetTag": "A-1", "imei": imei(1), "purchaseDate": "2023-05-31"}
    run = await made.imported(owner, fleet_id, made.sheet([line]))
    assert run.state is FleetImportState.COMPLETED
    assert run.counts == {"ACCEPTED": 1}
    row = await fetchrow("SELECT * FROM asset")
    assert row is not None
    assert (row["tag"], row["imei"], row["key"]) == ("A-1", imei(1), f"IMEI:{imei(1)}")
    assert (row["state"], row["grade"], row["confidence_bp"]) == (
        *("MATCHED", "FUNCTIONAL_GOOD", 10_000),
    )
    assert await fetchval("SELECT slug FROM product WHERE id = $1", row["product_id"]) == "calder-0"
    assert str(row["purchased_on"]) == "2023-05-31"
    assert await _state(fleet_id) == (FleetState.REVIEW, 1)


BAD: list[tuple[dict[str, str], str, str]] = [
    ({"imei": imei(1)[:-1] + str((int(imei(1)[-1]) + 1) % 10)}, "IMEI_INVALID", "IMEI_CHECK_DIGIT"),
    ({"imei": imei(1)[:-1]}, "IMEI_INVALID", "IMEI_CHECK_DIGIT_MISSING"),
    ({"imei": "4901542"}, "IMEI_INVALID", "IMEI_LENGTH"),
    ({"imei": "49015420323751A"}, "IMEI_INVALID", "IMEI_NOT_DIGITS"),
    ({"imei": "4,90154E+14"}, "IMEI_INVALID", "IMEI_LOST_DIGITS"),
    ({"imei": "000000000000000"}, "IMEI_INVALID", "IMEI_FILLER"),
    ({"imei": "n/a"}, "IMEI_INVALID", "IMEI_FILLER"),
    ({"imei": "", "serial": "AB"}, "SERIAL_INVALID", "SERIAL_CHARACTERS"),
    ({"imei": "", "serial": "To be filled by O.E.M."}, "SERIAL_INVALID", "SERIAL_FILLER"),
    ({"imei": "", "serial": "1,2E+11"}, "SERIAL_INVALID", "SERIAL_LOST_DIGITS"),
    ({"imei": ""}, "IDENTITY_MISSING", "IDENTITY_MISSING"),
    ({"quantity": "12"}, "IDENTITY_MISSING", "QUANTITY_LINE"),
    ({"model": ""}, "MISSING_COLUMN", "MODEL_MISSING"),
    ({"purchaseDate": "31/02/2023"}, "DATE_INVALID", "DATE_INVALID"),
    ({"purchaseDate": "2031-01-01"}, "DATE_INVALID", "DATE_IN_FUTURE"),
    ({"purchaseDate": "1970-01-01"}, "DATE_INVALID", "DATE_TOO_OLD"),
    ({"site": "Atlantis"}, "SITE_UNKNOWN", "SITE_UNKNOWN"),
    ({"condition": "sort of"}, "CONDITION_UNKNOWN", "CONDITION_UNKNOWN"),
    ({"assetTag": "x" * 65}, "TAG_INVALID", "TAG_TOO_LONG"),
    ({"model": "x" * 256}, "LINE_UNREADABLE", "FIELD_TOO_LONG"),
    ({"model": "Zorg 9000 Quux"}, "UNKNOWN_MODEL", "UNKNOWN_MODEL"),
    ({"imei": '"', "serial": ""}, "IMEI_INVALID", "IMEI_NOT_DIGITS"),
]


@pytest.mark.parametrize(("change", "outcome", "code"), BAD)
async def test_what_is_wrong_with_a_line_is_coded_and_stops_no_other(
    world: None, change: dict[str, str], outcome: str, code: str
) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    header = (*HEAD, "condition", "quantity")
    good = WHOLE | {"assetTag": "G", "imei": imei(2)}
    run = await made.imported(owner, fleet_id, made.sheet([WHOLE | change, good], header))
    assert await made.outcomes(run) == [(2, outcome, code), (3, "ACCEPTED", None)]
    stored = 2 if outcome == "UNKNOWN_MODEL" else 1
    assert await _state(fleet_id) == (FleetState.REVIEW, stored)


async def test_a_line_that_cannot_be_read_is_rejected_alone(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    text = f'imei,maker,model\n{imei(1)},"Cal"der,C0\n{imei(2)}\n{imei(3)},Calder,C0\n'
    run = await made.imported(owner, fleet_id, text.replace("maker", "brand").encode())
    assert await made.outcomes(run) == [
        (2, "LINE_UNREADABLE", "BAD_QUOTES"),
        (3, "MISSING_COLUMN", "COLUMN_COUNT"),
        (4, "ACCEPTED", None),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "FEED_EMPTY"),
        (b"imei,model\n", "FEED_EMPTY"),
        (b"tag;marque\n1;Calder\n", "HEADER_MISSING"),
        (b"%PDF-1.7\n1,2\n", "FORMAT_UNKNOWN"),
        (b"PK\x03\x04 no workbook", "FORMAT_UNKNOWN"),
        (b"<rss><item/></rss>", "FORMAT_UNKNOWN"),
    ],
)
async def test_a_file_that_is_no_fleet_ends_the_import_with_its_code(
    world: None, body: bytes, code: str
) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    run = await made.imported(owner, fleet_id, body)
    assert (run.state, run.file_code) == (FleetImportState.FAILED, code)
    assert await _state(fleet_id) == (FleetState.REVIEW, 0)


async def test_a_device_twice_in_a_file_in_a_fleet_in_two_fleets_and_elsewhere(
    world: None,
) -> None:
    owner, other = await made.organisation(), await made.organisation("umbra")
    first, second = await made.fleet(owner), await made.fleet(owner, "F-2")
    line = PHONE | {"imei": imei(1)}
    run = await made.imported(owner, first, made.sheet([line, line]))
    assert await made.outcomes(run) == [
        (2, "ACCEPTED", None),
        (3, "DUPLICATE_ASSET", "TWICE_IN_FILE"),
    ]
    again = await made.imported(owner, first, made.sheet([line | {"condition": "used"}]))
    assert await made.outcomes(again) == [(2, "DUPLICATE_ASSET", "IN_THIS_FLEET")]
    there = await made.imported(owner, second, made.sheet([line]))
    assert await made.outcomes(there) == [(2, "DUPLICATE_ASSET", "IN_ANOTHER_FLEET")]
    theirs = await made.imported(other, await made.fleet(other, "F-3"), made.sheet([line]))
    assert await made.outcomes(theirs) == [(2, "DUPLICATE_ASSET", "DECLARED_ELSEWHERE")]
    told = await fetch("SELECT * FROM fleet_line WHERE import_id = $1", theirs.id)
    assert [(row["value"], row["asset_id"]) for row in told] == [(imei(1), None)]
    assert await fetchval("SELECT count(*) FROM asset") == 1


async def test_a_tag_stands_for_one_device_of_an_organisation(world: None) -> None:
    owner, other = await made.organisation(), await made.organisation("umbra")
    fleet_id = await made.fleet(owner)
    lines = [PHONE | {"assetTag": tag, "imei": imei(n)} for n, tag in enumerate(("a-1", "A-1"), 1)]
    run = await made.imported(owner, fleet_id, made.sheet(lines))
    assert await made.outcomes(run) == [
        (2, "ACCEPTED", None),
        (3, "DUPLICATE_ASSET", "TAG_TWICE_IN_FILE"),
    ]
    later = PHONE | {"assetTag": "A-1", "imei": imei(9)}
    again = await made.imported(owner, fleet_id, made.sheet([later]))
    assert await made.outcomes(again) == [(2, "DUPLICATE_ASSET", "TAG_REUSED")]
    theirs = await made.imported(other, await made.fleet(other, "F-9"), made.sheet([later]))
    assert theirs.counts == {"ACCEPTED": 1}


async def test_the_same_file_again_writes_no_device(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    body = made.sheet([PHONE | {"imei": imei(n)} for n in range(1, 6)])
    await made.imported(owner, fleet_id, body)
    before = await fetch("SELECT ctid, * FROM asset ORDER BY id")
    run = await made.imported(owner, fleet_id, body)
    assert run.counts == {"UNCHANGED": 5}
    assert await fetch("SELECT ctid, * FROM asset ORDER BY id") == before


async def test_a_dry_run_tells_what_would_be_and_declares_nothing(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    body = made.sheet([PHONE | {"imei": imei(1)}, PHONE])
    run = await made.imported(owner, fleet_id, body, dry_run=True)
    assert run.state is FleetImportState.PREVIEWED
    assert run.counts == {"ACCEPTED": 1, "IDENTITY_MISSING": 1}
    assert await fetchval("SELECT count(*) FROM asset") == 0
    assert await _state(fleet_id) == (FleetState.DRAFT, 0)


async def test_under_all_or_nothing_one_bad_line_declares_nothing(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    body = made.sheet([PHONE | {"imei": imei(1)}, PHONE])
    run = await made.imported(owner, fleet_id, body, policy=FeedPolicy.REJECT_EVERYTHING)
    assert (run.state, run.file_code) == (FleetImportState.FAILED, "GUARD_HELD")
    assert run.counts == {"NOT_APPLIED": 1, "IDENTITY_MISSING": 1}
    assert await fetchval("SELECT count(*) FROM asset") == 0


async def test_columns_are_known_by_their_words_or_by_a_mapping(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    head = "N° inventaire;N° de série / IMEI;Marque;Modèle;Capacité;Date d'achat;État;Kiste;Prix\n"
    text = f"{head}I-1;{imei(1)};Calder;C0;128 Go;31/05/2023;très bon état;x;10\n"
    text += "I-2;SER-0001;Calder;C1;;;;y;20\n"
    run = await made.imported(
        owner, fleet_id, text.encode("cp1252"), mapping={"Kiste": "", "Prix": ""}
    )
    assert run.counts == {"ACCEPTED": 2}, await made.outcomes(run)
    rows = await fetch("SELECT tag, imei, serial, key, storage, grade FROM asset ORDER BY line")
    assert [tuple(row) for row in rows] == [
        ("I-1", imei(1), None, f"IMEI:{imei(1)}", "128 Go", "FUNCTIONAL_GOOD"),
        ("I-2", None, "SER0001", "SERIAL:calder:SER0001", None, None),
    ]
    assert [(each["name"], each["reads"]) for each in run.columns][:4] == [
        ("N° inventaire", "asset_tag"),
        ("N° de série / IMEI", "identity"),
        ("Marque", "manufacturer"),
        ("Modèle", "model"),
    ]


async def test_a_workbook_is_read_as_a_text_file_is(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    book = WorkbookOut("Parc")
    rows: list[list[Any]] = [
        ["Our phones", "", ""],
        ["IMEI", "Hersteller", "Modell"],
        [int(imei(35_123_456)), "Calder", "C0"],
        ["", "Calder", "C1"],
    ]
    body = BytesIO(b"".join([*(book.row(row) for row in rows), book.end()])).getvalue()
    run = await made.imported(owner, fleet_id, body)
    assert run.format == "SPREADSHEET"
    assert [each[1] for each in await made.outcomes(run)] == ["IMEI_INVALID", "IDENTITY_MISSING"]


async def test_a_site_is_known_by_its_name_and_bounds_what_a_member_may_declare(
    world: None,
) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    lyon, paris = [await made.site(owner, name) for name in ("Lyon", "Paris")]
    lines = [
        PHONE | {"imei": imei(n), "site": site}
        for n, site in enumerate(("LYON ", "Paris", ""), start=1)
    ]
    body = made.sheet(lines, (*made.HEADER, "site"))
    run = await made.imported(owner, fleet_id, body, sites=[lyon])
    assert await made.outcomes(run) == [
        (2, "ACCEPTED", None),
        (3, "SITE_UNKNOWN", "SITE_NOT_YOURS"),
        (4, "ACCEPTED", None),
    ]
    rows = await fetch("SELECT site_id FROM asset ORDER BY line")
    assert [row["site_id"] for row in rows] == [lyon, lyon]
    assert paris != lyon


async def test_a_line_with_another_model_takes_the_place_of_one_that_was_not_matched(
    world: None,
) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    line = PHONE | {"imei": imei(1), "model": "Zorg 9000"}
    await made.imported(owner, fleet_id, made.sheet([line]))
    assert await fetchval("SELECT state FROM asset") == "UNMATCHED"
    run = await made.imported(owner, fleet_id, made.sheet([line | {"model": "C1"}]))
    assert run.counts == {"ACCEPTED": 1}
    rows = await fetch("SELECT state, model, version FROM asset")
    assert [tuple(row) for row in rows] == [("MATCHED", "C1", 2)]


async def test_the_first_digits_of_an_imei_tell_the_model_that_devices_of_ours_are(
    world: None,
) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    known = await fetchval("SELECT id FROM variant WHERE slug LIKE 'calder-1-%'")
    for _ in range(3):
        await execute(
            "INSERT INTO unit (variant_id, category, tac) VALUES ($1, 'x', $2)",
            known, imei(1)[:8],
        )  # fmt: skip
    lines = [PHONE | {"imei": imei(1), "model": "C1"}, PHONE | {"imei": imei(2), "model": "C0"}]
    run = await made.imported(owner, fleet_id, made.sheet(lines))
    assert await made.outcomes(run) == [
        (2, "ACCEPTED", None),
        (3, "MATCHED_LOW_CONFIDENCE", "LOW_CONFIDENCE"),
    ]


async def test_two_thousand_lines_have_each_their_outcome(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    lines = [
        PHONE
        | {"assetTag": f"T-{n}", "imei": imei(n if n % 50 else 0)}
        | ({"model": "Nonsuch 77"} if n % 40 == 1 else {})
        | ({"imei": "123"} if n % 100 == 3 else {})
        for n in range(2_000)
    ]
    run = await made.imported(owner, fleet_id, made.sheet(lines))
    assert run.lines == sum(run.counts.values()) == 2_000
    assert run.counts["IMEI_INVALID"] == 20 + 40  # imei(0) is a filler
    assert run.counts["UNKNOWN_MODEL"] == 50
    stored = run.counts["ACCEPTED"] + run.counts["UNKNOWN_MODEL"]
    assert await _state(fleet_id) == (FleetState.REVIEW, stored)
    assert await fetchval("SELECT count(*) FROM fleet_line WHERE import_id = $1", run.id) == 2_000


async def test_an_import_that_has_ended_is_left_alone(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    run = await made.imported(owner, fleet_id, made.sheet([PHONE | {"imei": imei(1)}]))
    again = await made.import_once(run.id, datetime(2027, 1, 1, tzinfo=UTC))
    assert again is not None
    assert (again.version, again.finished_at) == (run.version, run.finished_at)


async def test_with_an_import_go_its_lines_and_no_others(world: None) -> None:
    owner = await made.organisation()
    gone, kept = await made.fleet(owner), await made.fleet(owner, "F-2")
    for n, fleet_id in enumerate((gone, kept)):
        await made.imported(owner, fleet_id, made.sheet([PHONE | {"imei": imei(n + 1)}]))

    await execute("DELETE FROM fleet WHERE id = $1", gone)

    rows = await fetch("SELECT fleet_id FROM fleet_line l JOIN fleet_import i ON i.id = import_id")
    assert [row["fleet_id"] for row in rows] == [kept]
    assert await fetchval("SELECT count(*) FROM fleet_line") == 1


async def test_what_was_said_of_lines_is_forgotten_30_days_after_and_the_devices_stay(
    world: None,
) -> None:
    owner = await made.organisation()
    for n, days in enumerate((29, 31)):
        fleet_id = await made.fleet(owner, f"F-{n}")
        await made.imported(owner, fleet_id, made.sheet([PHONE | {"imei": imei(n + 1)}]))
        ended = "UPDATE fleet_import SET finished_at = now() - make_interval(days => $2) "
        ended += "WHERE fleet_id = $1"
        await execute(ended, fleet_id, days)

    await enqueue(Job.PURGE_FLEET_LINES)
    assert await work(Job.PURGE_FLEET_LINES)

    rows = await fetch(
        "SELECT i.finished_at > now() - interval '30 days' AS recent FROM fleet_line l "
        "JOIN fleet_import i ON i.id = import_id"
    )
    assert [row["recent"] for row in rows] == [True]
    assert await fetchval("SELECT count(*) FROM asset") == 2
    counts = await fetch("SELECT counts FROM fleet_import")
    assert [row["counts"] for row in counts] == ['{"ACCEPTED": 1}'] * 2
