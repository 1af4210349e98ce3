"""A document for each root field, with ids of nothing, that anybody may try."""

ASK = {
    "tradeIn": '{tradeIn(id: "%s"){__typename}}',
    "tradeIns": "{tradeIns{__typename}}",
    "incomingTradeIns": "{incomingTradeIns{__typename}}",
    "cancelTradeIn": 'mutation{cancelTradeIn(input: {tradeInId: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "giveReturningDevice": 'mutation{giveReturningDevice(input: {tradeInId: "%s", idempotencyKey:'
    ' "%s"})'
    "{__typename}}",
    "inspectTradeIn": 'mutation{inspectTradeIn(input: {tradeInId: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "validateTradeIn": 'mutation{validateTradeIn(input: {tradeInId: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "receiveTradeIn": 'mutation{receiveTradeIn(input: {tradeInId: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "acceptTradeInBid": 'mutation{acceptTradeInBid(input: {quoteId: "%s", bidId: "%s", payout:'
    " DONATION,"
    ' declarations: [], idempotencyKey: "%s"}){__typename}}',
    "confirmTradeInChecklist": 'mutation{confirmTradeInChecklist(input: {tradeInId: "%s", ticked:'
    " [],"
    ' address: {name: "n", street: ["s"], city: "c", postalCode: "p", country: "FR"},'
    ' idempotencyKey: "%s"}){__typename}}',
    "answerCounterOffer": 'mutation{answerCounterOffer(input: {tradeInId: "%s", accept: true,'
    ' idempotencyKey: "%s"}){__typename}}',
    "resolveTradeInAction": 'mutation{resolveTradeInAction(input: {tradeInId: "%s", action:'
    " KYC_REQUIRED,"
    ' idempotencyKey: "%s"}){__typename}}',
    "setTradeInPayoutAccount": 'mutation{setTradeInPayoutAccount(input: {tradeInId: "%s",'
    " payoutAccount:"
    ' {iban: "i", name: "n"}, idempotencyKey: "%s"}){__typename}}',
    "proposeCounterOffer": 'mutation{proposeCounterOffer(input: {tradeInId: "%s", amount: "1",'
    " reasons: [],"
    ' proofs: [], idempotencyKey: "%s"}){__typename}}',
    "refuseTradeIn": 'mutation{refuseTradeIn(input: {tradeInId: "%s", reason: UNSAFE, proofs: [],'
    ' idempotencyKey: "%s"}){__typename}}',
    "suspendTradeIn": 'mutation{suspendTradeIn(input: {tradeInId: "%s", reasons: [EMPTY_PARCEL],'
    ' idempotencyKey: "%s"}){__typename}}',
    "applyTradeInCredit": 'mutation{applyTradeInCredit(input: {cartId: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "payTradeInDifference": 'mutation{payTradeInDifference(input: {tradeInId: "%s", payment:'
    ' {method: "m"},'
    ' idempotencyKey: "%s"}){__typename}}',
    "order": '{order(id: "%s"){__typename}}',
    "orderLine": '{orderLine(id: "%s"){__typename}}',
    "orderInvoice": '{orderInvoice(orderId: "%s"){__typename}}',
    "orders": "{orders{__typename}}",
    "fulfilmentSettings": "{fulfilmentSettings{__typename}}",
    "acceptOrderLines": 'mutation{acceptOrderLines(input: {lines: ["%s"], idempotencyKey: "%s"})'
    "{__typename}}",
    "refuseOrderLine": 'mutation{refuseOrderLine(input: {orderLine: "%s", reason: OTHER,'
    ' idempotencyKey: "%s"}){__typename}}',
    "cancelOrderLine": 'mutation{cancelOrderLine(input: {orderLine: "%s", reason: OTHER,'
    ' idempotencyKey: "%s"}){__typename}}',
    "requestCancellation": 'mutation{requestCancellation(input: {orderLine: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "answerCancelRequest": 'mutation{answerCancelRequest(input: {orderLine: "%s", agree: true,'
    ' idempotencyKey: "%s"}){__typename}}',
    "attachUnit": 'mutation{attachUnit(input: {orderLine: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "shipOrder": 'mutation{shipOrder(input: {order: "%s", lines: ["%s"], carrier: UPS,'
    ' trackingNumber: "1Z999", idempotencyKey: "%s"}){__typename}}',
    "setFulfilmentSettings": "mutation{setFulfilmentSettings(input: {partialAcceptance: true,"
    ' idempotencyKey: "%s"}){__typename}}',
    "requestWithdrawal": 'mutation{requestWithdrawal(input: {orderLines: ["%s"], name: "n",'
    ' addressForReceipt: "a@example.org", idempotencyKey: "%s"}){__typename}}',
    "confirmWithdrawal": 'mutation{confirmWithdrawal(input: {token: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "apiKeys": '{apiKeys(merchant: "%s"){__typename}}',
    "createApiKey": 'mutation{createApiKey(input: {name: "n", scopes: ["feeds:read"],'
    ' merchant: "%s", idempotencyKey: "%s"}){__typename}}',
    "rotateApiKey": 'mutation{rotateApiKey(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "revokeApiKey": 'mutation{revokeApiKey(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "bulkOperation": '{bulkOperation(id: "%s"){__typename}}',
    "bulkOperations": "{bulkOperations{__typename}}",
    "bulkOperationRun": 'mutation{bulkOperationRun(input: {document: "{version}",'
    ' idempotencyKey: "%s"}){__typename}}',
    "cancelBulkOperation": 'mutation{cancelBulkOperation(input: {id: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "requestSignInCode": 'mutation{requestSignInCode(input: {email: "%s@a.example"}){__typename}}',
    "signIn": 'mutation{signIn(input: {email: "%s@example.org", challenge: "%s", code: "1"})'
    "{__typename}}",
    "refreshSession": 'mutation{refreshSession(input: {refreshToken: "x"}){__typename}}',
    "signOut": "mutation{signOut{__typename}}",
    "signOutEverywhere": "mutation{signOutEverywhere{__typename}}",
    "viewer": "{viewer{kind}}",
    "applyFeedRun": 'mutation{applyFeedRun(input: {runId: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "productProposals": "{productProposals{__typename}}",
    "productProposal": '{productProposal(id: "%s"){__typename}}',
    "proposeProduct": 'mutation{proposeProduct(input: {brand: "b", model: "m", gtin: "GTIN",'
    ' idempotencyKey: "%s"}){__typename}}',
    "takeProposal": 'mutation{takeProposal(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "rejectProposal": 'mutation{rejectProposal(input: {id: "%s", reason: NOT_ALLOWED,'
    ' idempotencyKey: "%s"}){__typename}}',
    "publishProposal": 'mutation{publishProposal(input: {id: "%s", variant: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "mergeVariants": 'mutation{mergeVariants(input: {from: "%s", into: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "mergeProducts": 'mutation{mergeProducts(input: {from: "%s", into: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "sandbox": "{sandbox{__typename}}",
    "createSandbox": 'mutation{createSandbox(input: {idempotencyKey: "%s"}){__typename}}',
    "resetSandbox": 'mutation{resetSandbox(input: {idempotencyKey: "%s"}){__typename}}',
    "sandboxAdvanceClock": 'mutation{sandboxAdvanceClock(input: {hours: 1, idempotencyKey: "%s"})'
    "{__typename}}",
    "auditLog": '{auditLog(merchant: "%s"){__typename}}',
    "apiUsage": '{apiUsage(merchant: "%s"){__typename}}',
    **{
        name: f'mutation{{{name}(input: {{skus: ["%s"], idempotencyKey: "%s"}}){{__typename}}}}'
        for name in ("deleteOffers", "pauseOffers", "resumeOffers", "confirmPrices")
    },
    **{
        name: f'mutation{{{name}(input: {{items: [{{sku: "%s" quantity: 1}}],'
        ' idempotencyKey: "%s"}){__typename}}'
        for name in ("updateStock", "upsertOffers")
    },
    "updatePrices": 'mutation{updatePrices(input: {items: [{sku: "%s" price: "1"}],'
    ' idempotencyKey: "%s"}){__typename}}',
    "updateOffer": 'mutation{updateOffer(input: {sku: "%s", quantity: 1, idempotencyKey: "%s"})'
    "{__typename}}",
    "setStockAlert": 'mutation{setStockAlert(input: {below: 2, idempotencyKey: "%s"}){__typename}}',
    "offers": "{offers{__typename}}",
    "offer": '{offer(id: "%s"){__typename}}',
    "offerChanges": "{offerChanges{__typename}}",
    "cancelFeedRun": (
        'mutation{cancelFeedRun(input: {runId: "%s", idempotencyKey: "%s"}){__typename}}'
    ),
    "createFeed": 'mutation{createFeed(input: {name: " ", mode: FULL, idempotencyKey: "%s"})'
    "{__typename}}",
    "updateFeed": 'mutation{updateFeed(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "pauseFeed": 'mutation{pauseFeed(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "resumeFeed": 'mutation{resumeFeed(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "runFeedNow": 'mutation{runFeedNow(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "deleteFeed": 'mutation{deleteFeed(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "previewFeedFile": 'mutation{previewFeedFile(input: {runId: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "feedPreview": '{feedPreview(id: "%s"){__typename}}',
    "rule": '{rule(kind: PRICE_PRIOR, country: "FR", on: "2026-11-23"){__typename}}',
    "rules": "{rules{__typename}}",
    "marketRules": '{marketRules(market: "FR"){__typename}}',
    "succeedRule": 'mutation{succeedRule(input: {rule: "%s", validFrom: "2027-01-01", value: {},'
    ' source: "s", evidence: NONE, idempotencyKey: "%s"}){__typename}}',
    "categories": "{categories{__typename}}",
    "competition": '{competition(offerId: "%s", market: "FR"){__typename}}',
    "competitions": '{competitions(items: [{offerId: "%s", market: "FR"}]){__typename}}',
    "offerVisibility": '{offerVisibility(offerId: "%s", market: "FR"){__typename}}',
    "repricings": "{repricings{__typename}}",
    "repricingRules": "{repricingRules{__typename}}",
    "deliveries": '{deliveries(orderId: "%s"){status}}',
    "shipments": '{shipments(carrier: UPS, trackingNumber: "1Z"){edges{node{id}}}}',
    "carrierScorecards": "{carrierScorecards{edges{node{parcels}}}}",
    "carrierContracts": "{carrierContracts{code}}",
    "labelQuotes": '{labelQuotes(order: "%s", lines: ["%s"]){grams}}',
    "shippingLabel": '{shippingLabel(id: "%s"){state}}',
    "shippingLabels": "{shippingLabels{edges{node{id}}}}",
    "buyShippingLabel": 'mutation{buyShippingLabel(input: {order: "%s", lines: ["%s"],'
    ' contract: "post", idempotencyKey: "%s"}){__typename}}',
    "merchantQuality": "{merchantQuality{category}}",
    "reviewOrderLine": 'mutation{reviewOrderLine(input: {orderLineId: "%s", stars: 5,'
    ' idempotencyKey: "%s"}){__typename}}',
    "setRepricing": 'mutation{setRepricing(input: {skus: ["%s"], mode: OFF, idempotencyKey: "%s"})'
    "{__typename}}",
    "cart": '{cart(id: "%s"){__typename}}',
    "checkoutPreview": '{checkoutPreview(cartId: "%s"){__typename}}',
    "purchase": '{purchase(id: "%s"){__typename}}',
    "purchases": "{purchases{__typename}}",
    "createCart": 'mutation{createCart(input: {market: "FR", idempotencyKey: "%s"}){__typename}}',
    "addCartLine": 'mutation{addCartLine(input: {cartId: "%s", offerId: "%s", expectedTotal: "1",'
    ' idempotencyKey: "%s"}){__typename}}',
    "changeCartLine": 'mutation{changeCartLine(input: {cartId: "%s", lineId: "%s", quantity: 1,'
    ' idempotencyKey: "%s"}){__typename}}',
    "removeCartLine": 'mutation{removeCartLine(input: {cartId: "%s", lineId: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "setCartAddress": 'mutation{setCartAddress(input: {cartId: "%s", address: {name: "n", street:'
    ' ["s"], city: "c", postalCode: "p", country: "FR"}, idempotencyKey: "%s"}){__typename}}',
    "claimCart": 'mutation{claimCart(input: {cartId: "%s", token: "t", idempotencyKey: "%s"})'
    "{__typename}}",
    "completeCheckout": 'mutation{completeCheckout(input: {cartId: "%s", payment: {method: "m"},'
    ' idempotencyKey: "%s"}){__typename}}',
    "retryPayment": 'mutation{retryPayment(input: {purchaseId: "%s", payment: {method: "m"},'
    ' idempotencyKey: "%s"}){__typename}}',
    "feedRun": '{feedRun(id: "%s"){__typename}}',
    "feedRuns": "{feedRuns{__typename}}",
    "cases": "{cases{__typename}}",
    "case": '{case(id: "%s"){__typename}}',
    "carrierAccounts": "{carrierAccounts{__typename}}",
    "setCarrierAccount": "mutation{setCarrierAccount(input: {api: GLS, secrets: [],"
    ' idempotencyKey: "%s"}){__typename}}',
    "removeCarrierAccount": "mutation{removeCarrierAccount(input: {api: GLS,"
    ' idempotencyKey: "%s"}){__typename}}',
    "trackingHealth": "{trackingHealth{parcels}}",
    "feeds": "{feeds{__typename}}",
    "listing": '{listing(market: "FR", slug: "calder-0"){__typename}}',
    "market": '{market(code: "FR"){__typename}}',
    "markets": "{markets{__typename}}",
    "node": '{node(id: "RmVlZDowMTg5MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE="){__typename}}',
    "product": '{product(slug: "calder-0"){__typename}}',
    "search": '{search(market: "FR"){__typename}}',
    "version": "{version}",
    "webhookEndpoints": "{webhookEndpoints{__typename}}",
    "webhookEndpoint": '{webhookEndpoint(id: "%s"){__typename}}',
    "webhookDeliveries": "{webhookDeliveries{__typename}}",
    "createWebhookEndpoint": 'mutation{createWebhookEndpoint(input: {url: "https://a.example/", '
    'topics: ["feed.held"], idempotencyKey: "%s"}){__typename}}',
    "updateWebhookEndpoint": 'mutation{updateWebhookEndpoint(input: {id: "%s", '
    'idempotencyKey: "%s"}){__typename}}',
    "replayWebhooks": 'mutation{replayWebhooks(input: {endpoint: "%s", ids: [], '
    'idempotencyKey: "%s"}){__typename}}',
    "deleteWebhookEndpoint": 'mutation{deleteWebhookEndpoint(input: {id: "%s", '
    'idempotencyKey: "deleteWebhookEndpoint"}){__typename}}',
    "rotateWebhookSecret": 'mutation{rotateWebhookSecret(input: {id: "%s", '
    'idempotencyKey: "rotateWebhookSecret"}){__typename}}',
    "verifyWebhookEndpoint": 'mutation{verifyWebhookEndpoint(input: {id: "%s", '
    'idempotencyKey: "verifyWebhookEndpoint"}){__typename}}',
    "refunds": '{refunds(orderLineId: "%s"){__typename}}',
    "refundPreview": '{refundPreview(orderLineId: "%s"){__typename}}',
    "refundOrderLine": 'mutation{refundOrderLine(input: {orderLineId: "%s", reason: GOODWILL,'
    ' idempotencyKey: "%s"}){__typename}}',
    "ledger": "{ledger{__typename}}",
    "statements": "{statements{__typename}}",
    "sendTestEvent": 'mutation{sendTestEvent(input: {id: "%s", '
    'idempotencyKey: "sendTestEvent"}){__typename}}',
}
