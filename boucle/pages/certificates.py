"""The page behind a certificate's QR code: what it states, and every check in plain words."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from boucle.pages.asking import explorer_link
from boucle.pages.site import Site
from domain.units.certificates import PATH, code_in, shown

VERIFY: Final = """
query CertificatePage($code: String!, $locale: String!) {
  verifyCertificate(code: $code) {
    holds
    code kind issuedOn reference serialCount merkleRoot statement
    issuer { name legalId }
    subject { name legalId }
    state stateReason stateAt supersededBy
    jsonPath pdfPath
    steps { check outcome reason message(locale: $locale) }
    impact { gross net p05 p50 p95 method factorSet }
    erasures {
      medium serial method technique standard revision tool startedAt endedAt result
      verification validation
    }
    devices { identity leaf maker model erasure disposition certificate }
  }
}
"""


async def certificate_page(site: Site, request: Request) -> Response:
    """A certificate by its code, however it is typed; one address for each."""
    visit = await site.visit(request)
    typed = request.path_params["code"]
    code = code_in(typed[:64])
    if code is None:
        raise HTTPException(404)
    if typed != code:
        return RedirectResponse(f"{PATH}{code}?{request.url.query}".rstrip("?"), 301)
    variables = {"code": code, "locale": visit.language}
    found = (await site.ask(VERIFY, variables))["verifyCertificate"]
    if found is None:
        raise HTTPException(404)
    return visit.page(
        "certificate.html",
        found=found,
        shown=shown,
        qr=f"{PATH}{code}.svg",
        explorer=explorer_link(VERIFY, variables),
    )


async def verify_page(site: Site, request: Request) -> Response:
    """Where a code is typed in; a code that was typed leads to its certificate."""
    visit = await site.visit(request)
    if typed := visit.address.get("code"):
        code = code_in(typed[:64])
        if code is None:
            raise HTTPException(404)
        return RedirectResponse(str(visit.address.only("lang").at(f"{PATH}{code}")), 303)
    return visit.page("verify.html")
