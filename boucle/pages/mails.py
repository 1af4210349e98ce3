"""What a development machine would have mailed, and whom one can sign in as."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from boucle.demo_people import ways_in
from boucle.pages.site import Site

SIGN_IN = """mutation RequestCode($email: String!) {
  requestSignInCode(input: {email: $email}) {
    __typename
    ... on SignInCodeRequested { challenge expiresAt }
    ... on Problem { code message }
  }
}

mutation SignIn($email: String!, $challenge: ID!, $code: String!, $app: String) {
  signIn(input: {email: $email, challenge: $challenge, code: $code, secondFactor: $app}) {
    __typename
    ... on SignedIn { accessToken refreshToken expiresAt }
    ... on Problem { code message hint }
  }
}
"""


async def mails_page(site: Site, request: Request) -> Response:
    """The last mails; none where they are really sent. Raises: HTTPException in production."""
    if site.settings.production:
        raise HTTPException(404)
    from integrations.mail import last  # noqa: PLC0415  # only this page needs it

    folder = site.settings.mail_folder
    visit = await site.visit(request)
    people = list(ways_in(site.settings))
    mails = [] if folder is None else list(last(folder))
    return visit.page("mails.html", mails=mails, people=people, sign_in=SIGN_IN)
