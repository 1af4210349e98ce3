"""Documents for each root field, and how many statements each may cost."""

MOST = 100
MONEY = "{amount currency}"
IMPACT = "{status reasons grade service{net{value}} range{p05{display} p50{display}} claim}"
VARIANT = "{id slug title mpn gtins attributes{key name value label} product{title weight{grams}}}"
OFFER = f"""{{id grade market availability visibility isSponsored
  price{{item{MONEY} shipping{MONEY} serviceFee{MONEY} levies{MONEY} duties{MONEY} total{MONEY}}}
  delivery{{earliest latest days carrier dispatchCountry customsRequired}} battery{{new health}}
  merchant{{name legalName kind country since}}
  variant{VARIANT}
  warranty{{legalGuaranteeMonths legalGuaranteeStatus commercialWarrantyMonths}}
  impact{IMPACT}}}"""
RESULTS = f"""{{totalCount didYouMean asOf facets{{key values{{value label count selected}}}}
  pageInfo{{hasNextPage endCursor}}
  edges{{cursor node{{offerCount merchantCount priceRange{{min{MONEY} max{MONEY}}}
    featuredOffer{{offerId total{MONEY} grade deliveryDays}} impact{IMPACT}
    product{{id slug title brand{{name}} category weight{{grams}}}} variant{VARIANT}}}}}}}"""
SEARCH = f'query($n: Int!){{search(market: "FR", first: $n){RESULTS}}}'
TERM = SEARCH.replace("first:", 'term: "caldr", first:')
FILTERED = SEARCH.replace(
    "first:", 'filters: {grade: [GOOD], price: {max: "900"}, deliveryDays: 9}, first:'
)
LISTING = f"""query($n: Int!){{listing(market: "FR", slug: "calder-0"){{
  market currency offerCount merchantCount asOf priceRange{{min{MONEY} max{MONEY}}}
  product{{title variants{{slug}}}} variant{VARIANT}
  variants{{offerCount fromPrice{MONEY} variant{VARIANT}}}
  grades{{grade label definition available offerCount merchantCount fromPrice{MONEY}}}
  featuredOffer{{offer{OFFER} ranking{{modelId snapshotId reasons}}}}
  offers(first: $n){{edges{{cursor node{OFFER}}} pageInfo{{hasNextPage endCursor}}}}}}}}"""
PAGE = f"""{{listing(market: "FR", slug: "calder-0"){{
  offerCount product{{title brand{{name}}}} variant{{title attributes{{label}}}}
  variants{{fromPrice{MONEY} variant{{slug attributes{{key}}}}}} grades{{grade fromPrice{MONEY}}}
  featuredOffer{{ranking{{snapshotId reasons}}
    offer{{id price{{total{MONEY}}} warranty{{legalGuaranteeMonths}} delivery{{latest}}}}}}}}}}"""
LIST = f"""{{search(market: "FR"){{totalCount facets{{key values{{label count}}}}
  edges{{cursor node{{offerCount product{{title brand{{name}}}}
    featuredOffer{{total{MONEY}}}}}}}}}}}"""
RUNS = """query($n: Int!){feedRuns(first: $n){edges{node{id state linesRead
  seconds mode format startedAt finishedAt}} pageInfo{hasNextPage}}}"""
RUN = """query($n: Int!, $id: ID!){feedRun(id: $id){linesRead
  lines(first: $n){edges{node{line sku outcome problems{code message}}} pageInfo{endCursor}}}}"""

OWN = f"""{{offerId sku grade quantity reserved status line sequence updatedAt price{MONEY}
  markets(first: 2){{market visibility price{MONEY} total{MONEY} reasons{{code hint}}}}
  variant{{slug}}}}"""
OFFERS = f"query($n: Int!){{offers(first: $n){{edges{{cursor node{OWN}}} pageInfo{{endCursor}}}}}}"
CHANGES = """query($since: String!){offerChanges(since: $since){
  nodes{kind offerId sku at offer{quantity status}} pageInfo{endCursor hasNextPage} asOf}}"""

TRADE_IN = """query($tradeIn: ID!){tradeIn(id: $tradeIn){state moves{to}
  labels{state} parcels{status} checklist{code} counterOffer{photos{id}}}}"""
TRADE_INS = """query($n: Int!){incomingTradeIns(first: $n){edges{node{state moves{to}
  labels{state} parcels{status}}}}}"""

BUDGETS = {
    "markets": ("{markets{code name currency stage}}", 2),
    "market": ('{market(code: "FR"){code name}}', 2),
    "categories": ("{categories{code name attributes{key name values{value label}}}}", 3),
    "product": ('{product(slug: "calder-0"){title brand{name} variants{slug title}}}', 2),
    "lintClaim": ('{lintClaim(market: "FR", text: "best, neutral"){findings{word rule{id}}}}', 1),
    "productImpact": (f'{{productImpact(slug: "calder-0"){IMPACT}}}', 1),
    "platformImpact": (
        "{platformImpact{total{restated{units}} months{period restated{units}} "
        "countries{place restated{units}}}}",
        4,
    ),
    "merchantImpact": ("{merchantImpact{units service{net{value}}}}", 3),
    "compareImpact": (
        f'{{compareImpact(input: {{device: {{category: "smartphone"}}}}){{'
        f"paths{{impact{IMPACT}}}}}}}",
        1,
    ),
    "search": (SEARCH, 7),
    "search by term": (TERM, 8),
    "search by filters": (FILTERED, 7),
    "listing": (LISTING, 9),
    "fleets": ("{fleets{edges{node{id name state assetCount}}}}", 1),
    "fleet": ("query($fleet: ID!){fleet(id: $fleet){id state}}", 1),
    "fleetImport": ("query($fleet: ID!){fleetImport(id: $fleet){id state}}", 1),
    "feeds": ("{feeds{id name stale}}", 1),
    "feedRuns": (RUNS, 1),
    "feedRun": (RUN, 2),
    "feedPreview": ("query($preview: ID!){feedPreview(id: $preview){state columns{name}}}", 1),
    "node": ("query($id: ID!){node(id: $id){id ... on FeedRun{state}}}", 1),
    "competition": (
        'query($offer: ID!){competition(offerId: $offer, market: "FR"){state rank}}',
        2,
    ),
    "competitions": (
        'query($offer: ID!){competitions(items: [{offerId: $offer, market: "FR"}]){__typename}}',
        2,
    ),
    "offerVisibility": (
        'query($offer: ID!){offerVisibility(offerId: $offer, market: "FR"){visibility}}',
        2,
    ),
    "repricings": (
        "query($n: Int!){repricings(first: $n){edges{node{sku from{amount} to{amount}}}}}",
        1,
    ),
    "repricingRules": (
        "query($n: Int!){repricingRules(first: $n){edges{node{sku mode minPrice{amount}}}}}",
        1,
    ),
    "tradeIn": (TRADE_IN, 5),
    "tradeIns": (TRADE_INS.replace("incomingTradeIns", "tradeIns"), 4),
    "incomingTradeIns": (TRADE_INS, 4),
    "order": ("query($order: ID!){order(id: $order){state lines{state history{to}}}}", 3),
    "orderLine": ("query($ownLine: ID!){orderLine(id: $ownLine){state unit{imeiMasked}}}", 2),
    "orders": ("query($n: Int!){orders(first: $n){edges{node{state lines{state}}}}}", 2),
    "orderInvoice": ("query($order: ID!){orderInvoice(orderId: $order){__typename}}", 5),
    "deliveries": ("query($order: ID!){deliveries(orderId: $order){status events{at}}}", 2),
    "shipments": (
        'query($n: Int!){shipments(carrier: UPS, trackingNumber: "1Z", first: $n){'
        "edges{node{status events{at}}}}}",
        2,
    ),
    "carrierScorecards": (
        "query($n: Int!){carrierScorecards(first: $n){edges{node{parcels}}}}",
        1,
    ),
    "fulfilmentSettings": ("{fulfilmentSettings{__typename}}", 1),
    "verifyCertificate": (
        "query($code: String!){verifyCertificate(code: $code){holds steps{check message}}}",
        8,
    ),
    "certificate": ("query($certificate: ID!){certificate(id: $certificate){code}}", 1),
    "certificates": (
        "query($n: Int!){certificates(first: $n){edges{node{code documentPath}}}}",
        1,
    ),
    "certificateProof": (
        "query($certificate: ID!){certificateProof(certificateId: $certificate, "
        'identity: "SN:DELL:7XJ2K33"){salt}}',
        2,
    ),
    "attachment": ("query($certificate: ID!){attachment(id: $certificate){bytes}}", 1),
    "carrierContracts": ("{carrierContracts{code eligible}}", 4),
    "labelQuotes": (
        "query($order: ID!, $ownLine: ID!){labelQuotes(order: $order, lines: [$ownLine]){grams}}",
        7,
    ),
    "shippingLabel": ("query($label: ID!){shippingLabel(id: $label){state}}", 1),
    "shippingLabels": ("query($n: Int!){shippingLabels(first: $n){edges{node{state}}}}", 1),
    "merchantQuality": ("{merchantQuality{qualityBp components{n}}}", 2),
    "bulkOperation": ("query($bulk: ID!){bulkOperation(id: $bulk){id state linesRead}}", 1),
    "bulkOperations": (
        "query($n: Int!){bulkOperations(first: $n){edges{node{id state resultPath keptUntil}}}}",
        1,
    ),
    "offers": (OFFERS, 2),
    "offer": ('{offer(sku: "P0"){quantity markets{market}}}', 1),
    "offerChanges": (CHANGES, 3),
    "rule": ('{rule(kind: PRICE_PRIOR, country: "FR", on: "2026-11-23"){__typename}}', 2),
    "rules": (
        "query($n: Int!){rules(first: $n){edges{cursor node{id value status source}}}}",
        1,
    ),
    "marketRules": ('{marketRules(market: "FR"){kind state rule{id}}}', 3),
    "ruleChanges": (
        "query($n: Int!){ruleChanges(first: $n){edges{node{id state proposed{id value}}}}}",
        2,
    ),
    "ruleGaps": ('{ruleGaps(market: "FR"){kind begins ends}}', 3),
    "priceParts": (
        """query($offer: ID!){priceParts(market: "FR", offers: [$offer]){
          ... on OfferPriceParts{price{parts{kind}}}}}""",
        6,
    ),
    "rulesAt": (
        '{rulesAt(market: "FR", on: "2026-11-23"){rules{kind result{__typename}}}}',
        3,
    ),
    "marketReadiness": (
        '{marketReadiness(code: "FR"){ready checks{code state evidence{of value} owner} '
        "openings{id state} rehearsal{passed} pauses{scope}}}",
        14,
    ),
    "marketTexts": ('{marketTexts(market: "FR"){key language text}}', 2),
    "marketPriceTerms": ('{marketPriceTerms(market: "FR"){digest terms{rate}}}', 2),
    "derivedMarketPrices": (
        'query($n: Int!){derivedMarketPrices(market: "FR", from: "GB"){digest '
        "counts{outcome count} lines(first: $n){edges{node{sku outcome to{amount}}}}}}",
        7,
    ),
    "exchangeRate": ('{exchangeRate(base: "EUR", quote: "GBP"){rate rows}}', 1),
    "exchangeRates": (
        "query($n: Int!){exchangeRates(first: $n){edges{node{id rate source}} "
        "pageInfo{hasNextPage}}}",
        1,
    ),
    "cart": ("query($cart: ID!){cart(id: $cart){id version lines{quantity variant{slug}}}}", 3),
    "checkoutPreview": (
        "query($cart: ID!){checkoutPreview(cartId: $cart){ready totals{total{amount}} "
        "orders{lines{title}}}}",
        7,
    ),
    "purchase": (
        "query($purchase: ID!){purchase(id: $purchase){state orders{number} payment{state} "
        "refunds{amount{amount}}}}",
        4,
    ),
    "ledger": (
        "query($n: Int!){ledger(first: $n){balances{held{amount}} pageInfo{hasNextPage} "
        "edges{node{kind amount{amount} balance{amount} orderId}}}}",
        2,
    ),
    "statements": (
        "query($n: Int!){statements(first: $n){edges{node{month sales{amount} lines}}}}",
        1,
    ),
    "refunds": ("query($line: ID!){refunds(orderLineId: $line){amount{amount} state}}", 1),
    "refundPreview": (
        "query($line: ID!){refundPreview(orderLineId: $line){__typename"
        " ... on RefundPreview{max{amount}}}}",
        3,
    ),
    "purchases": (
        "query($n: Int!){purchases(first: $n){edges{node{id state payment{state} "
        "orders{number lines{title}}}}}}",
        3,
    ),
    "unit": ("query($unit: ID!){unit(id: $unit){imei media{serial} missing{code} sku}}", 5),
    "units": (
        "query($n: Int!){units(first: $n){edges{node{id category imei events{n} missing{code} "
        "variant{slug} passport{code lives chainIntact diagnostics{at}}}}}}",
        13,
    ),
    "passport": ("query($unit: ID!){passport(unitId: $unit){code chainLength}}", 6),
    "me": (
        "query($n: Int!){me{devices(first: $n){edges{node{id imeiMasked events{n} "
        "warranty{legalGuaranteeMonths} passport{code lives chainIntact parts{at}}}}}}}",
        11,
    ),
    "verifyDevice": (
        "query($passport: String!){verifyDevice(code: $passport){brand model "
        "passport{code lives chainIntact chainHead grades{grade}}}}",
        10,
    ),
    "tradeInProgrammes": ('{tradeInProgrammes(market: "FR"){market category quoteDays}}', 5),
    "tradeInQuestionnaire": (
        '{tradeInQuestionnaire(market: "FR", category: "smartphone"){__typename '
        "... on TradeInQuestionnaire{questions{code text answers{code}}}}}",
        6,
    ),
    "tradeInEstimate": (
        "query($device: ID!, $said: [AnswerInput!]!){tradeInEstimate("
        'market: "FR", variantId: $device, answers: $said){__typename ... on TradeInEstimate{'
        "value{band{__typename} curve{points{months}}}}}}",
        13,
    ),
    "tradeInQuote": ("query($device: ID!){tradeInQuote(id: $device){bids{rank}}}", 1),
    "savedDevices": (
        "query($n: Int!){savedDevices(first: $n){edges{node{variant{slug} "
        "value{band{__typename} curve{points{months}}}}}}}",
        9,
    ),
    "tradeInBids": (
        "query($n: Int!){tradeInBids(first: $n){edges{node{version variant{slug}}}}}",
        2,
    ),
    "tradeInCompetition": (
        "query($device: ID!){tradeInCompetition(variantId: $device, grade: FUNCTIONAL_GOOD, "
        'market: "FR"){rank amountToWin{amount}}}',
        7,
    ),
    "tradeInCompetitions": (
        "query($device: ID!){tradeInCompetitions(items: [{variantId: $device, "
        'grade: FUNCTIONAL_GOOD, market: "FR"}]){rank amountToWin{amount}}}',
        7,
    ),
    "tradeInProgrammeKpis": (
        '{tradeInProgrammeKpis(market: "FR", from: "2026-05-01", to: "2026-06-01"){orders}}',
        4,
    ),
    "tradeInFigures": (
        '{tradeInFigures(market: "FR", from: "2026-05-01", to: "2026-06-01"){orders}}',
        4,
    ),
    "version": ("{version}", 0),
    "viewer": ("{viewer{kind roles scopes markets merchant email}}", 0),
    "productProposals": (
        "query($n: Int!){productProposals(first: $n){edges{node{id gtin state reason dueAt}}}}",
        1,
    ),
    "productProposal": ("query($id: ID!){productProposal(id: $id){id state}}", 1),
    "sandbox": ("{sandbox{ready now aheadSeconds}}", 1),
    "auditLog": (
        "query($n: Int!){auditLog(first: $n){edges{node{id at action before after}}}}",
        1,
    ),
    "apiUsage": (
        "query($n: Int!){apiUsage(hours: 720, first: $n)"
        "{edges{node{hour usage{points}}} total{requests} buckets{remaining}}}",
        4,
    ),
    "webhookEndpoints": (
        "query($n: Int!){webhookEndpoints(first: $n){edges{node{id url topics state failures "
        "selections{topic document}}}}}",
        1,
    ),
    "webhookEndpoint": ("query($hook: ID!){webhookEndpoint(id: $hook){id url state}}", 1),
    "webhookDeliveries": (
        "query($n: Int!){webhookDeliveries(first: $n){edges{node{id state requestBody "
        "requestHeaders{name value} history{at status}}}}}",
        1,
    ),
    "cases": (
        "query($n: Int!){cases(first: $n){edges{node{id type state nextActor "
        "slaClocks{kind dueAt breached}}}}}",
        1,
    ),
    "case": ("query($case: ID!){case(id: $case){id type}}", 1),
    "carrierAccounts": ("{carrierAccounts{id api disabledAt}}", 1),
    "trackingHealth": (
        "{trackingHealth{parcels unmappedCodes{code} webhookAge{api} budgets{used}}}",
        6,
    ),
    "handover": (
        "query($lot: ID!){handover(lotId: $lot){state pickup{state} containers{seal} "
        "events(first: 100){edges{node{kind}}} incidents{edges{node{kind}}} brokenChains{n} "
        "reconciliation{declared} devices{edges{node{state media{serial}}}} "
        "settlement{net{amount} lines{edges{node{net{amount}}}}} disputes{edges{node{state}}}}}",
        10,
    ),
    "handovers": (
        "query($n: Int!){handovers(first: $n){edges{node{state reconciliation{declared} "
        "settlement{net{amount}}}}}}",
        4,
    ),
    "downstreamPartners": (
        "query($n: Int!){downstreamPartners(first: $n){edges{node{name certifications{scheme}}}}}",
        1,
    ),
    "refreshProject": (
        "query($project: ID!){refreshProject(id: $project){net{amount} pairs{edges{node{tag}}}}}",
        5,
    ),
    "refreshProjects": (
        "query($n: Int!){refreshProjects(first: $n){edges{node{replaced net{amount}}}}}",
        5,
    ),
    "impactStatement": (
        'query($company: ID!){impactStatement(organisation: $company, period: {from: "2026-01-01", '
        'to: "2026-03-31"}){net{value} lines{category} scope3{units} csvPath pdfPath}}',
        4,
    ),
    "organisation": ("{organisation{id name version}}", 1),
    "sites": ("query($n: Int!){sites(first: $n){edges{node{id name hours{opens}}}}}", 1),
    "site": ("query($site: ID!){site(id: $site){id name}}", 1),
    "members": (
        "query($n: Int!){members(first: $n){edges{node{id email roles approvalLimit{amount}}}}}",
        2,
    ),
    "member": ("query($member: ID!){member(id: $member){id email}}", 1),
    "invitations": ("query($n: Int!){invitations(first: $n){edges{node{id email}}}}", 1),
    "memberships": ("{memberships{organisation roles}}", 1),
    "approvals": ("query($n: Int!){approvals(first: $n){edges{node{id state because}}}}", 1),
    "approval": ("query($approval: ID!){approval(id: $approval){id state}}", 1),
    "apiKeys": (
        "query($n: Int!){apiKeys(first: $n){edges{node{id prefix state scopes lastUsedAt}}}}",
        2,
    ),
    "lot": (
        "query($lot: ID!){lot(id: $lot){state assets myBid{state} groups{edges{node{model}}} "
        "timeline{kind}}}",
        8,
    ),
    "lots": (
        "query($n: Int!){lots(first: $n){edges{node{state assets bidCount supplier "
        "timeline{kind} manifest{sha256}}}}}",
        9,
    ),
    "lotsOpen": (
        'query($n: Int!){lotsOpen(market: "FR", first: $n){edges{node{state assets notQualified '
        "leadingAmount{amount} myBid{state}}}}}",
        11,
    ),
    "rankingDisclosure": (
        '{rankingDisclosure(market: "FR"){modelId parameters{key} quality{key} excluded{key}}}',
        3,
    ),
    "priorPrice": (
        '{priorPrice(sku: "A", market: "FR"){__typename ... on PriorPrice{price{amount} rule}}}',
        3,
    ),
    "priceReductions": (
        "query($n: Int!){priceReductions(first: $n){edges{node{market reduction{percent}}}}}",
        1,
    ),
    "decisions": (
        "query($n: Int!){decisions(first: $n){edges{node{type appeal{state} statement{facts}}}}}",
        1,
    ),
    "decision": ("query($decision: ID!){decision(id: $decision){type appeal{state}}}", 1),
    "traderRecord": ("{traderRecord{facts{field value state} lacks{field code} dueAt}}", 2),
    "reports": ("query($n: Int!){reports(first: $n){edges{node{kind period totals{name}}}}}", 1),
    "report": (
        "query($n: Int!, $report: ID!){report(id: $report){kind lines(first: $n){edges{node{n}}}}}",
        2,
    ),
    "sellerYear": ("{sellerYear(year: 2025){document faults facts}}", 2),
    "lotBids": ("query($n: Int!){lotBids(first: $n){edges{node{state amount{amount}}}}}", 2),
}
OF_TEAMS = (
    *("marketReadiness", "marketTexts", "marketPriceTerms", "derivedMarketPrices"),
    *("ruleChanges", "trackingHealth", "tradeInProgrammeKpis"),
)
"""Those that the team of a market asks."""
OF_COMPANIES = (
    *("organisation", "sites", "site", "members", "member", "invitations", "memberships"),
    *("approvals", "approval", "refreshProject", "refreshProjects"),
    "impactStatement",
)
"""Those that a member of an organisation asks."""
