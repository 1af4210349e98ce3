"""An organisation takes the report and the fix file of an import home, and sends it back."""

from typing import Any
from uuid import UUID

import pytest

from models.accounts import Organisation
from models.base import fetch, fetchval
from tests import factories, identity
from tests import imports as made
from tests.boucle.edge import key, serving
from tests.boucle.test_asgi_uploads import _error
from tests.factories import NOW
from tests.imports import imei
from tests.schema.asking import data
from tests.tenants import key_of_company
from workers.raas.importing import import_once

FILES = "/v1/organisation/files"
IMPORT = """mutation($input: ImportFleetInput!){importFleet(input: $input){__typename
  ... on FleetImportStarted{import{id}} ... on Problem{code message}}}"""
READ = "query($id: ID!){fleetImport(id: $id){state reportUrl fixFileUrl counts{outcome count}}}"
HEAD = "Tag;IMEI;Marque;Modèle;Date d'achat;État\n"
TEXT = (
    HEAD + f"A-1;{imei(1)};Calder;C0;31/05/2023;bon\n"
    f"A-2;{imei(2)[:-1]}X;Calder;C0;;bon\n"
    f'A-3;{imei(3)};Calder;"C;1";31/02/2023;bon\n'
    f"A-4;{imei(4)};Calder;Nonsuch 77;;bon\n"
    f"=1+1;{imei(5)};Calder;C0;;épatant\n"
)


@pytest.fixture
async def client(db: None, database_url: str):
    async with serving(database_url) as client:
        yield client


async def bearer(slug: str = "cobalt") -> tuple[dict[str, str], Organisation]:
    of = await identity.organisation(slug)
    text, _ = await key(None, "fleets:write", "fleets:read", organisation_id=of.id)
    return {"Authorization": f"Bearer {text}"}, of


async def _imported(
    client: Any, headers: dict[str, str], owner: Organisation, fleet_id: UUID, body: bytes
) -> Any:
    by = key_of_company(owner, "fleets:write", "fleets:read")
    sent = await client.post(FILES, content=body, headers=headers)
    given = {"fleetId": str(fleet_id), "fileId": sent.json()["file_id"]}
    said = given | {"idempotencyKey": sent.json()["file_id"]}
    started = await data(IMPORT, by, input=said)
    assert started["importFleet"]["__typename"] == "FleetImportStarted", started
    row = await fetchval("SELECT id FROM fleet_import ORDER BY id DESC LIMIT 1")
    await import_once(row, NOW)
    return (await data(READ, by, id=started["importFleet"]["import"]["id"]))["fleetImport"]


async def test_a_fix_file_has_the_lines_to_correct_alone_and_is_taken_back(client) -> None:
    await factories.world(3, 1)
    headers, owner = await bearer()
    fleet_id = await made.fleet(owner)
    run = await _imported(client, headers, owner, fleet_id, TEXT.encode("cp1252"))
    assert {each["outcome"]: each["count"] for each in run["counts"]} == {
        "ACCEPTED": 1, "IMEI_INVALID": 1, "DATE_INVALID": 1, "UNKNOWN_MODEL": 1,
        "CONDITION_UNKNOWN": 1,
    }  # fmt: skip

    report = await client.get(f"{run['reportUrl']}?locale=fr", headers=headers)
    rows = report.text.splitlines()
    assert rows[0].startswith("line,asset_tag,outcome,code,field,value,message,suggestion")
    assert len(rows) == 6
    assert "« 31/02/2023 » n'est pas une date." in rows[3]
    assert ",'=1+1,CONDITION_UNKNOWN," in rows[5]

    fix = await client.get(run["fixFileUrl"], headers=headers)
    text = fix.content.decode("cp1252")
    lines = text.splitlines()
    assert lines[0] == HEAD.strip() + ";error-line;error-code;error-message;error-suggestion"
    assert [line.split(";")[0] for line in lines[1:]] == ["A-2", "A-3", "A-4", "=1+1"]
    assert ";3;IMEI_NOT_DIGITS;" in lines[1]

    mended = (
        text.replace(imei(2)[:-1] + "X", imei(2))
        .replace("31/02/2023", "28/02/2023")
        .replace('"C;1"', "C1")
        .replace("Nonsuch 77", "C2")
        .replace("épatant", "très bon")
    )
    again = await _imported(client, headers, owner, fleet_id, mended.encode("cp1252"))
    assert again["counts"] == [{"outcome": "ACCEPTED", "count": 4}]
    assert again["fixFileUrl"] is None
    stored = await fetch("SELECT tag, state FROM asset WHERE live ORDER BY imei")
    assert {row["tag"] for row in stored} == {"A-1", "A-2", "A-3", "A-4", "=1+1"}
    assert {row["state"] for row in stored} == {"MATCHED"}


async def test_the_files_of_an_import_are_nobody_elses(client) -> None:
    await factories.world(1, 1)
    headers, owner = await bearer()
    run = await _imported(client, headers, owner, await made.fleet(owner), TEXT.encode("cp1252"))
    other, _ = await bearer("dune")
    for path in (run["reportUrl"], run["fixFileUrl"]):
        refused = await client.get(path, headers=other)
        assert _error(refused) == (404, "BAD_USER_INPUT", "FLEET_IMPORT_UNKNOWN")
        assert (await client.get(path)).status_code == 401


async def test_an_import_without_faults_has_no_fix_file(client) -> None:
    await factories.world(1, 1)
    headers, owner = await bearer()
    body = f"{HEAD}A-1;{imei(1)};Calder;C0;;bon\n".encode()
    run = await _imported(client, headers, owner, await made.fleet(owner), body)
    row = await fetchval("SELECT id FROM fleet_import")
    refused = await client.get(f"/v1/fleet-imports/{row}/fix-file", headers=headers)
    assert run["fixFileUrl"] is None
    assert _error(refused) == (404, "BAD_USER_INPUT", "NOTHING_TO_FIX")
    lines = await client.get(f"/v1/fleet-imports/{row}/report?format=jsonl", headers=headers)
    assert lines.json()["outcome"] == "ACCEPTED"
