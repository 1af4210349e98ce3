"""A customer of every carrier: asks as the carriers' documents say, and keeps what comes back."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from lxml import etree

from domain.shipments.carriers import TrackingApi as Api
from integrations.sandbox.carriers import CREDENTIALS, CarrierSimulator, Kind, Registration, kinds

START = datetime(2026, 10, 21, 9, tzinfo=UTC)
"""Four days before the clocks of Europe change, eleven before those of America."""

PLAYED = list(CREDENTIALS)
CASES = [
    *((api, "") for api in PLAYED if api is not Api.DHL_UNIFIED),
    *((Api.DHL_UNIFIED, name) for name in ("parcel-de", "express", "ecommerce-europe", "svb")),
]
JOURNEYS = [(api, division, kind) for api, division in CASES for kind in kinds(api, division)]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def xml(self) -> Any:
        return etree.fromstring(self.text.encode())


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def made(sim: CarrierSimulator, api: Api, division: str = "", kind=Kind.PLAIN, **more):
    """A parcel of this kind, abroad where its journey needs it."""
    if kind is Kind.CUSTOMS_HOLD:
        more = {"origin": "FR", "destination": "GB", **more}
    if kind is Kind.TIME_CHANGE:
        more = {"origin": "FR", "destination": "DE", **more}
    more = {"created_at": START, "reference": f"{kind}", **more}
    return sim.register(api, None, kind, division=division or None, **more)


class Customer:
    """Asks the simulator; `secret` is what it says where a carrier wants one."""

    def __init__(self, sim: CarrierSimulator, http: aiohttp.ClientSession) -> None:
        self.sim, self.http = sim, http
        self.tokens: dict[Api, str] = {}
        self.wrong = False

    def secrets(self, api: Api) -> dict[str, str]:
        given = dict(CREDENTIALS[api])
        return dict.fromkeys(given, "wrong") if self.wrong else given

    async def call(self, api: Api, method: str, path: str, **more: Any) -> Answer:
        async with self.http.request(method, self.sim.url_of(api) + path, **more) as response:
            return Answer(response.status, dict(response.headers), await response.text())

    async def token(self, api: Api) -> Answer:
        given = self.secrets(api)
        user, secret = given["client_id"], given["client_secret"]
        form = {"grant_type": "client_credentials"}
        whole = {**form, "client_id": user, "client_secret": secret}
        match api:
            case Api.UPS:
                path, more = "/security/v1/oauth/token", {"data": form}
                more["headers"] = basic(user, secret)
            case Api.FEDEX:
                path, more = "/oauth/token", {"data": whole}
            case Api.GLS:
                path, more = "/oauth2/v2/token", {"data": form, "headers": basic(user, secret)}
            case _:
                path, more = "/oauth2/v3/token", {"json": {**whole, "scope": "tracking"}}
        answer = await self.call(api, "POST", path, **more)
        if answer.status == 200:
            self.tokens[api] = answer.json["access_token"]
        return answer

    async def bearer(self, api: Api) -> dict[str, str]:
        if api not in self.tokens:
            await self.token(api)
        return {"Authorization": f"Bearer {'no' if self.wrong else self.tokens.get(api)}"}

    async def ask(self, api: Api, *numbers: str) -> Answer:
        """Ask about numbers in the carrier's own way."""
        asks: dict[Api, Callable[[Sequence[str]], Awaitable[Answer]]] = {
            Api.LA_POSTE: self._la_poste,
            Api.CHRONOPOST: self._chronopost,
            Api.DHL_UNIFIED: self._dhl_unified,
            Api.DHL_PARCEL_DE: self._dhl_parcel_de,
            Api.DHL_EXPRESS: self._dhl_express,
            Api.UPS: self._ups,
            Api.FEDEX: self._fedex,
            Api.GLS: self._gls,
            Api.POSTNL: self._postnl,
            Api.ROYAL_MAIL: self._royal_mail,
            Api.MONDIAL_RELAY: self._mondial_relay,
            Api.USPS: self._usps,
            Api.AFTERSHIP: self._aftership,
            Api.EASYPOST: self._easypost,
            Api.SEVENTEEN_TRACK: self._seventeen_track,
        }
        return await asks[api](numbers)

    async def _la_poste(self, numbers: Sequence[str]) -> Answer:
        path = f"/suivi/v2/idships/{','.join(numbers)}?lang=fr_FR"
        key = self.secrets(Api.LA_POSTE)["okapi_key"]
        return await self.call(Api.LA_POSTE, "GET", path, headers={"X-Okapi-Key": key})

    async def _chronopost(self, numbers: Sequence[str]) -> Answer:
        body = (
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:cxf="http://cxf.tracking.soap.chronopost.fr/"><soapenv:Body>'
            "<cxf:trackSkybillV2><language>fr_FR</language>"
            f"<skybillNumber>{numbers[0]}</skybillNumber></cxf:trackSkybillV2>"
            "</soapenv:Body></soapenv:Envelope>"
        )
        path = "/tracking-cxf/TrackingServiceWS"
        headers = {"Content-Type": "text/xml"}
        return await self.call(Api.CHRONOPOST, "POST", path, data=body, headers=headers)

    async def _dhl_unified(self, numbers: Sequence[str]) -> Answer:
        parcel = self.sim.world.parcel(Api.DHL_UNIFIED, numbers[0])
        query = {"trackingNumber": numbers[0]}
        query["service"] = parcel.division if parcel else "parcel-de"
        headers = {"DHL-API-Key": self.secrets(Api.DHL_UNIFIED)["api_key"]}
        path = "/track/shipments"
        return await self.call(Api.DHL_UNIFIED, "GET", path, params=query, headers=headers)

    async def _dhl_parcel_de(self, numbers: Sequence[str]) -> Answer:
        given = self.secrets(Api.DHL_PARCEL_DE)
        asked = (
            '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
            f'<data appname="{given["user"]}" password="{given["password"]}" language-code="en"'
            f' request="d-get-piece-detail" piece-code="{";".join(numbers)}"/>'
        )
        more = {
            "params": {"xml": asked},
            "headers": basic(given["api_key"], given["api_secret"]),
        }
        path = "/parcel/de/tracking/v0/shipments"
        return await self.call(Api.DHL_PARCEL_DE, "GET", path, **more)

    async def _dhl_express(self, numbers: Sequence[str]) -> Answer:
        given = self.secrets(Api.DHL_EXPRESS)
        query = [("shipmentTrackingNumber", number) for number in numbers]
        query.append(("requestGMTOffsetPerEvent", "true"))
        headers = basic(given["user"], given["password"])
        path = "/mydhlapi/tracking"
        return await self.call(Api.DHL_EXPRESS, "GET", path, params=query, headers=headers)

    async def _ups(self, numbers: Sequence[str]) -> Answer:
        headers = {**await self.bearer(Api.UPS), "transId": "1", "transactionSrc": "tests"}
        path = f"/api/track/v1/details/{numbers[0]}?locale=en_US"
        return await self.call(Api.UPS, "GET", path, headers=headers)

    async def _fedex(self, numbers: Sequence[str]) -> Answer:
        infos = [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers]
        more = {"json": {"trackingInfo": infos}, "headers": await self.bearer(Api.FEDEX)}
        return await self.call(Api.FEDEX, "POST", "/track/v1/trackingnumbers", **more)

    async def _gls(self, numbers: Sequence[str]) -> Answer:
        path = f"/track-and-trace-v1/tracking/simple/trackids/{','.join(numbers)}?showEvents=true"
        return await self.call(Api.GLS, "GET", path, headers=await self.bearer(Api.GLS))

    async def _postnl(self, numbers: Sequence[str]) -> Answer:
        path = f"/shipment/v2/status/barcode/{numbers[0]}?detail=true&language=EN"
        key = self.secrets(Api.POSTNL)["api_key"]
        return await self.call(Api.POSTNL, "GET", path, headers={"apikey": key})

    def royal(self) -> dict[str, str]:
        given = self.secrets(Api.ROYAL_MAIL)
        headers = {"X-IBM-Client-Id": given["client_id"], "X-Accept-RMG-Terms": "yes"}
        return {**headers, "X-IBM-Client-Secret": given["client_secret"]}

    async def _royal_mail(self, numbers: Sequence[str]) -> Answer:
        path = f"/mailpieces/v2/summary?mailPieceId={','.join(numbers)}"
        if len(numbers) == 1:
            path = f"/mailpieces/v2/{numbers[0]}/events"
        return await self.call(Api.ROYAL_MAIL, "GET", path, headers=self.royal())

    async def _mondial_relay(self, numbers: Sequence[str], key: str | None = None) -> Answer:
        given = {**CREDENTIALS[Api.MONDIAL_RELAY]}
        private = "wrong" if self.wrong else given["private_key"]
        text = f"{given['enseigne']}{numbers[0]}FR{private}"
        key = key or hashlib.md5(text.encode()).hexdigest().upper()
        space = "http://www.mondialrelay.fr/webservice/"
        body = (
            '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
            f'<WSI2_TracingColisDetaille xmlns="{space}">'
            f"<Enseigne>{given['enseigne']}</Enseigne><Expedition>{numbers[0]}</Expedition>"
            f"<Langue>FR</Langue><Security>{key}</Security></WSI2_TracingColisDetaille>"
            "</soap:Body></soap:Envelope>"
        )
        headers = {"SOAPAction": f'"{space}WSI2_TracingColisDetaille"', "Content-Type": "text/xml"}
        more = {"data": body, "headers": headers}
        return await self.call(Api.MONDIAL_RELAY, "POST", "/Web_Services.asmx", **more)

    async def _usps(self, numbers: Sequence[str]) -> Answer:
        path = f"/tracking/v3/tracking/{numbers[0]}?expand=DETAIL"
        return await self.call(Api.USPS, "GET", path, headers=await self.bearer(Api.USPS))

    async def _aftership(self, numbers: Sequence[str]) -> Answer:
        headers = {"as-api-key": self.secrets(Api.AFTERSHIP)["api_key"]}
        path = "/tracking/2026-07/trackings"
        for number in numbers:
            body = {"tracking_number": number}
            await self.call(Api.AFTERSHIP, "POST", path, json=body, headers=headers)
        path = f"{path}?tracking_numbers={','.join(numbers)}"
        return await self.call(Api.AFTERSHIP, "GET", path, headers=headers)

    async def _easypost(self, numbers: Sequence[str]) -> Answer:
        body = {"tracker": {"tracking_code": numbers[0], "carrier": "Correos"}}
        headers = basic(self.secrets(Api.EASYPOST)["api_key"], "")
        return await self.call(Api.EASYPOST, "POST", "/v2/trackers", json=body, headers=headers)

    async def _seventeen_track(self, numbers: Sequence[str]) -> Answer:
        body = [{"number": number} for number in numbers]
        more = {"json": body, "headers": {"17token": self.secrets(Api.SEVENTEEN_TRACK)["api_key"]}}
        await self.call(Api.SEVENTEEN_TRACK, "POST", "/track/v2.4/register", **more)
        return await self.call(Api.SEVENTEEN_TRACK, "POST", "/track/v2.4/gettrackinfo", **more)


@asynccontextmanager
async def customer(sim: CarrierSimulator) -> AsyncIterator[Customer]:
    async with sim, aiohttp.ClientSession() as http:
        yield Customer(sim, http)


def ends(parcel: Registration, after: timedelta = timedelta(days=40)) -> datetime:
    """A time when all has happened to a parcel."""
    return parcel.created_at + after
