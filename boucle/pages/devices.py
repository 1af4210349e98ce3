"""The public page of a device, and its QR code: what anybody with the code may read."""

import io

import segno
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from boucle.pages.asking import explorer_link
from boucle.pages.operations import DEVICE, DEVICE_KNOWN
from boucle.pages.site import Site
from domain.units.codes import read_code, spaced

_QR_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=86400",
}


async def device_page(site: Site, request: Request) -> Response:
    """The passport of one device: tests, erasure, parts, repairs, and whether that is true."""
    code = _code(request)
    if code != request.path_params["code"]:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/devices/{code}{query}", 301)
    visit = await site.visit(request)
    variables = {"code": code}
    device = (await site.ask(DEVICE, variables))["verifyDevice"]
    if device is None:
        raise HTTPException(404)
    return visit.page("device.html", device=device, explorer=explorer_link(DEVICE, variables))


async def device_qr(site: Site, request: Request) -> Response:
    """The address of that page as a QR code, an SVG picture to be printed."""
    code = _code(request)
    if (await site.ask(DEVICE_KNOWN, {"code": code}))["verifyDevice"] is None:
        raise HTTPException(404)
    out = io.BytesIO()
    address = f"{site.settings.public_url.rstrip('/')}/devices/{code}"
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, dark="#000"
    )
    return Response(out.getvalue(), media_type="image/svg+xml", headers=_QR_HEADERS)


def _code(request: Request) -> str:
    """The code of the path as it is written. Raises: HTTPException 404 for what is none."""
    found = read_code(request.path_params["code"])
    if found is None:
        raise HTTPException(404)
    return spaced(found)
