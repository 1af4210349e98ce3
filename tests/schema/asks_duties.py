"""Documents of duties towards consumers, merchants and authorities, as `asks.py` has them."""

_REASONS = (
    'statementOfReasons: {objects: [{type: "Offer", id: "%s"}], territory: ["FR"],'
    " indefinite: true}"
)

DUTIES = {
    "rankingDisclosure": '{rankingDisclosure(market: "FR"){__typename}}',
    "priorPrice": '{priorPrice(sku: "A", market: "FR"){__typename}}',
    "priceReductions": "{priceReductions{__typename}}",
    "announceReduction": 'mutation{announceReduction(input: {sku: "A", market: "FR", price: "1",'
    ' idempotencyKey: "%s"}){__typename}}',
    "endReduction": 'mutation{endReduction(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "decisions": "{decisions{__typename}}",
    "decision": '{decision(id: "%s"){__typename}}',
    "issueDecision": 'mutation{issueDecision(input: {merchant: "%s", type: WARNING, '
    f'{_REASONS}, idempotencyKey: "%s"}}){{__typename}}}}',
    "approveDecision": 'mutation{approveDecision(input: {id: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "liftDecision": 'mutation{liftDecision(input: {id: "%s", reason: "r", idempotencyKey: "%s"})'
    "{__typename}}",
    "appealDecision": 'mutation{appealDecision(input: {decision: "%s", text: "t",'
    ' idempotencyKey: "%s"}){__typename}}',
    "answerAppeal": 'mutation{answerAppeal(input: {decision: "%s", uphold: true, answer: "a",'
    ' idempotencyKey: "%s"}){__typename}}',
    "traderRecord": "{traderRecord{__typename}}",
    "setTraderFacts": 'mutation{setTraderFacts(input: {facts: [{field: CITY, value: "c"}],'
    ' idempotencyKey: "%s"}){__typename}}',
    "checkTraderFact": 'mutation{checkTraderFact(input: {merchant: "%s", field: CITY, givenAt:'
    ' "2026-01-01T00:00:00Z", holds: true, checkedAgainst: "c", idempotencyKey: "%s"})'
    "{__typename}}",
    "reports": "{reports{__typename}}",
    "report": '{report(id: "%s"){__typename}}',
    "sellerYear": "{sellerYear(year: 2025){__typename}}",
    "makeReport": 'mutation{makeReport(input: {kind: MARGIN, period: "2025", idempotencyKey: "%s"})'
    "{__typename}}",
}
