"""The GraphQL operations that the script of `/team/markets` sends."""

from typing import Final

from boucle.pages.operations_signed import SIGN_IN

_PROBLEM = "... on Problem { code message hint }"
_PAUSES = "pauses { scope category since }"
_READINESS = f"""
query Readiness($code: String!, $locale: String!) {{
  marketReadiness(code: $code) {{
    market {{ code countries currency languages stage }}
    percent
    {_PAUSES}
    ready
    asOf
    checks {{
      code
      state
      title(locale: $locale)
      todo(locale: $locale)
      owner
      dueOn
      overdue
      attestedOn
      attestation
      evidenceCount
      evidence {{ of value }}
    }}
    openings {{ id stage percent state mine requestedAt expiresAt decidedAt reason }}
    rehearsal {{ at passed steps {{ name passed code said }} }}
  }}
  marketPriceTerms(market: $code) {{
    appliedAt
    terms {{ from rate rateOn ending direction }}
  }}
}}
"""
_CHECKS = "... on ReadinessFailed { checks }"

MARKETS: Final = SIGN_IN | {
    "places": "query Places { viewer { markets } markets { code currency stage } }",
    "readiness": _READINESS,
    "pause": "mutation Pause($input: PauseMarketInput!) { pauseMarket(input: $input) {"
    f" {_PAUSES} }} }}",
    "resume": "mutation Resume($input: ResumeMarketInput!) { resumeMarket(input: $input) {"
    f" {_PAUSES} }} }}",
    "rehearse": "mutation Rehearse($input: RehearseMarketInput!) { rehearseMarket(input: $input) {"
    " rehearsal { passed } } }",
    "open": "mutation Open($input: OpenMarketInput!) { openMarket(input: $input) {"
    f" ... on MarketChanged {{ percent }} {_PROBLEM} {_CHECKS} }} }}",
    "decide": "mutation Decide($input: DecideMarketOpeningInput!) { decideMarketOpening("
    f"input: $input) {{ ... on MarketOpeningDecided {{ opening {{ state }} }} {_PROBLEM} }} }}",
}
"""Of `/team/markets`, the country team's board of a launch."""
