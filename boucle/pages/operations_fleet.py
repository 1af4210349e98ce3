"""The GraphQL operations that the script of `/fleets` sends."""

from typing import Final

from boucle.pages.operations_signed import SIGN_IN

_PROBLEM = "... on Problem { code message hint }"
_MONEY = "{ amount currency }"
_POINT = f"{{ months min {_MONEY} median {_MONEY} max {_MONEY} }}"
_FLEETS = """
query Fleets($first: Int!, $after: String) {
  fleets(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { id number name kind state country assetCount createdAt } }
  }
}
"""
_FLEET = f"""
query Fleet($id: ID!) {{
  fleet(id: $id) {{
    id
    number
    name
    kind
    state
    country
    market
    assetCount
    valuedAt
    version
    valuation {{
      valued
      notEnoughData
      points {_POINT}
      bases {{ kind count }}
      dispositions {{ disposition count }}
    }}
    imports(first: 1) {{
      edges {{ node {{ id state linesRead counts {{ outcome count }} fixFileUrl reportUrl }} }}
    }}
  }}
}}
"""
_ASSETS = f"""
query Assets($id: ID!, $after: String) {{
  fleet(id: $id) {{
    assets(first: 24, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      edges {{
        node {{
          id
          assetTag
          manufacturer
          model
          state
          disposition
          match {{ confidenceBp }}
          valuation {{
            ... on AssetValue {{ points {_POINT} basis {{ kind n }} }}
            ... on NotEnoughPrices {{ counted: n needed: min }}
          }}
        }}
      }}
    }}
  }}
}}
"""
_LOTS = f"""
query Lots($fleetId: ID!) {{
  lots(fleetId: $fleetId, first: 24) {{
    edges {{
      node {{
        id
        number
        title
        state
        sealed
        assets
        bidsUntil
        openedAt
        awardedAmount {_MONEY}
        rules {{ reserve {_MONEY} weights {{ price quality inCountry reuse ess }} }}
        bids(first: 24) {{
          edges {{
            node {{
              id
              state
              rank
              amount {_MONEY}
              reuseCommitmentBp
              merchant {{ name country }}
              score {{ price quality inCountry reuse ess total }}
            }}
          }}
        }}
      }}
    }}
  }}
}}
"""
_HANDOVER = f"""
query Handover($lotId: ID!) {{
  handover(lotId: $lotId) {{
    lotId
    state
    containers {{ id number seal lastKind lastAt devices sentG massG }}
    events(first: 40) {{ edges {{ node {{ n kind at actor place subject name seal }} }} }}
    incidents(first: 24) {{ edges {{ node {{ id kind at name resolvedAt }} }} }}
    reconciliation {{ declared received mismatched missing uncounted extra }}
    devices(first: 24) {{
      edges {{ node {{ id tag model state disposition certificateId media {{ type state }} }} }}
    }}
    settlement {{
      state
      bid {_MONEY}
      adjustment {_MONEY}
      fee {_MONEY}
      net {_MONEY}
      disputeUntil
      acceptedAt
      paidAt
      certificateId
      lines(first: 24) {{
        edges {{
          node {{
            assetId
            tag
            model
            bid {_MONEY}
            adjustment {_MONEY}
            fee {_MONEY}
            net {_MONEY}
            reason
          }}
        }}
      }}
    }}
    impact {{ ...Avoided }}
    expected: impact(expected: true) {{ ...Avoided }}
  }}
}}

fragment Avoided on FleetImpact {{
  status
  units
  counted
  unitsWithoutNumber
  waiting
  statement
  method
  net {{ display }}
  range {{ p05 {{ value display }} p50 {{ value display }} p95 {{ value display }} }}
  factorSet {{ id }}
}}
"""
_CERTIFICATE = """
query Certificate($id: ID!) {
  certificate(id: $id) { code state issuedAt serialCount verifyUrl }
}
"""

FLEETS: Final = SIGN_IN | {
    "fleets": _FLEETS,
    "fleet": _FLEET,
    "assets": _ASSETS,
    "lots": _LOTS,
    "handover": _HANDOVER,
    "certificate": _CERTIFICATE,
    "value": (
        "mutation Value($input: OneFleetInput!) { valueFleet(input: $input) {"
        f" __typename {_PROBLEM} }} }}"
    ),
    "award": (
        "mutation Award($input: AwardLotInput!) { awardLot(input: $input) {"
        f" ... on LotChanged {{ lot {{ id state }} }} {_PROBLEM} }} }}"
    ),
}
"""Of `/fleets`, the board of an enterprise."""
