"""A document for each root field, with ids of nothing, that anybody may try."""

from tests.schema.asks_duties import DUTIES

ASK = {
    "verifyCertificate": '{verifyCertificate(code: "%s"){__typename}}',
    "certificate": '{certificate(id: "%s"){__typename}}',
    "certificates": "{certificates{__typename}}",
    "certificateProof": '{certificateProof(certificateId: "%s", identity: "SN:DELL:7XJ2K33")'
    "{__typename}}",
    "revokeCertificate": 'mutation{revokeCertificate(input: {certificate: "%s",'
    ' reason: ISSUED_IN_ERROR, idempotencyKey: "%s"}){__typename}}',
    "attachment": '{attachment(id: "%s"){__typename}}',
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
    "organisation": "{organisation{__typename}}",
    "sites": "{sites{__typename}}",
    "site": '{site(id: "%s"){__typename}}',
    "members": "{members{__typename}}",
    "member": '{member(id: "%s"){__typename}}',
    "invitations": "{invitations{__typename}}",
    "memberships": "{memberships{__typename}}",
    "approvals": "{approvals{__typename}}",
    "approval": '{approval(id: "%s"){__typename}}',
    "createOrganisation": 'mutation{createOrganisation(input: {name: "n", legalName: "l",'
    ' country: "FR", market: "FR", idempotencyKey: "%s"}){__typename}}',
    "updateOrganisation": 'mutation{updateOrganisation(input: {name: "n", idempotencyKey: "%s"})'
    "{__typename}}",
    "createSite": 'mutation{createSite(input: {name: "n", address: {street: "s", city: "c"},'
    ' country: "FR", timeZone: "UTC", idempotencyKey: "%s"}){__typename}}',
    "updateSite": 'mutation{updateSite(input: {id: "%s", name: "n", idempotencyKey: "%s"})'
    "{__typename}}",
    "closeSite": 'mutation{closeSite(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "inviteMember": 'mutation{inviteMember(input: {email: "%s@example.org",'
    ' roles: [ORG_FINANCE], idempotencyKey: "%s"}){__typename}}',
    "revokeInvitation": 'mutation{revokeInvitation(input: {id: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "acceptInvitation": 'mutation{acceptInvitation(input: {token: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "updateMember": 'mutation{updateMember(input: {id: "%s", roles: [ORG_FINANCE],'
    ' idempotencyKey: "%s"}){__typename}}',
    "removeMember": 'mutation{removeMember(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "approve": 'mutation{approve(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "reject": 'mutation{reject(input: {id: "%s", reason: "r", idempotencyKey: "%s"}){__typename}}',
    "actFor": 'mutation{actFor(input: {organisation: "%s"}){__typename}}',
    "offerSecondFactor": "mutation{offerSecondFactor(input: {}){__typename}}",
    "confirmSecondFactor": 'mutation{confirmSecondFactor(input: {ticket: "%s", code: "1"})'
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
    "marketReadiness": '{marketReadiness(code: "FR"){__typename}}',
    "marketTexts": '{marketTexts(market: "FR"){__typename}}',
    "marketPriceTerms": '{marketPriceTerms(market: "FR"){__typename}}',
    "derivedMarketPrices": '{derivedMarketPrices(market: "FR", from: "GB"){__typename}}',
    "exchangeRate": '{exchangeRate(base: "EUR", quote: "GBP"){__typename}}',
    "exchangeRates": "{exchangeRates{__typename}}",
    "draftMarket": 'mutation{draftMarket(input: {code: "IT", template: "FR", countries: ["IT"],'
    ' currency: EUR, languages: ["it"], locales: ["it-IT"], timeZone: "Europe/Rome",'
    ' serviceFee: "1", source: "s", idempotencyKey: "%s"}){__typename}}',
    "setMarketText": 'mutation{setMarketText(input: {market: "FR", texts: [{key: "legal.terms",'
    ' language: "en", text: "t", source: "s"}], idempotencyKey: "%s"}){__typename}}',
    "setMarketCheck": 'mutation{setMarketCheck(input: {market: "FR", check: OFFERS,'
    ' idempotencyKey: "%s"}){__typename}}',
    "rehearseMarket": 'mutation{rehearseMarket(input: {market: "FR", idempotencyKey: "%s"})'
    "{__typename}}",
    "openMarket": 'mutation{openMarket(input: {market: "FR", stage: PUBLIC,'
    ' idempotencyKey: "%s"}){__typename}}',
    "decideMarketOpening": 'mutation{decideMarketOpening(input: {approvalId: "%s", agree: true,'
    ' idempotencyKey: "%s"}){__typename}}',
    "pauseMarket": 'mutation{pauseMarket(input: {market: "FR", scope: ALL, reason: "r",'
    ' idempotencyKey: "%s"}){__typename}}',
    "resumeMarket": 'mutation{resumeMarket(input: {market: "FR", scope: ALL,'
    ' idempotencyKey: "%s"}){__typename}}',
    "recordRate": 'mutation{recordRate(input: {base: "EUR", quote: "GBP", onDay: "2026-01-02",'
    ' rate: "0.85", source: "s", idempotencyKey: "%s"}){__typename}}',
    "importRates": 'mutation{importRates(input: {content: "Date,USD", idempotencyKey: "%s"})'
    "{__typename}}",
    "deriveMarketPrices": 'mutation{deriveMarketPrices(input: {market: "GB", from: "FR",'
    ' digest: "d", idempotencyKey: "%s"}){__typename}}',
    "stopDerivingPrices": 'mutation{stopDerivingPrices(input: {market: "GB",'
    ' idempotencyKey: "%s"}){__typename}}',
    "marketRules": '{marketRules(market: "FR"){__typename}}',
    "ruleGaps": '{ruleGaps(market: "FR"){__typename}}',
    "priceParts": '{priceParts(market: "FR", offers: []){__typename}}',
    "rulesAt": '{rulesAt(market: "FR", on: "2026-11-23"){__typename}}',
    "ruleChanges": "{ruleChanges{__typename}}",
    "addRule": 'mutation{addRule(input: {kind: PRICE_PRIOR, country: "FR", source: "s",'
    ' validFrom: "2027-01-01", value: {}, evidence: NONE, idempotencyKey: "%s"}){__typename}}',
    "endRule": 'mutation{endRule(input: {rule: "%s", on: "2027-01-01", idempotencyKey: "%s"})'
    "{__typename}}",
    "decideRuleChange": 'mutation{decideRuleChange(input: {id: "%s", approve: true,'
    ' idempotencyKey: "%s"}){__typename}}',
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
    "lintClaim": '{lintClaim(market: "FR", text: "carbon neutral"){accepted}}',
    "productImpact": '{productImpact(slug: "calder-0"){__typename}}',
    "platformImpact": "{platformImpact{__typename}}",
    "merchantImpact": "{merchantImpact{__typename}}",
    "compareImpact": '{compareImpact(input: {device: {category: "smartphone"}}){__typename}}',
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
    "handover": '{handover(lotId: "%s"){__typename}}',
    "handovers": "{handovers{__typename}}",
    "downstreamPartners": "{downstreamPartners{__typename}}",
    "refreshProject": '{refreshProject(id: "%s"){__typename}}',
    "refreshProjects": "{refreshProjects{__typename}}",
    "impactStatement": '{impactStatement(organisation: "%s", '
    'period: {from: "2026-01-01", to: "2026-03-31"}){__typename}}',
    "completeReceipt": 'mutation{completeReceipt(input: {lotId: "%s", idempotencyKey: '
    '"completeReceipt"}){__typename}}',
    "acceptReconciliation": 'mutation{acceptReconciliation(input: {lotId: "%s", idempotencyKey: '
    '"acceptReconciliation"}){__typename}}',
    "issueSettlement": 'mutation{issueSettlement(input: {lotId: "%s", idempotencyKey: '
    '"issueSettlement"}){__typename}}',
    "acceptSettlement": 'mutation{acceptSettlement(input: {lotId: "%s", idempotencyKey: '
    '"acceptSettlement"}){__typename}}',
    "schedulePickup": 'mutation{schedulePickup(input: {lotId: "%s", place: "p", from: '
    '"2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z", containers: 1, '
    'idempotencyKey: "schedulePickup"}){__typename}}',
    "reschedulePickup": 'mutation{reschedulePickup(input: {lotId: "%s", place: "p", from: '
    '"2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z", containers: 1, '
    'idempotencyKey: "reschedulePickup"}){__typename}}',
    "recordCustodyEvents": 'mutation{recordCustodyEvents(input: {lotId: "%s", events: '
    "[{subject: BATCH, kind: "
    'COLLECTED, at: "2026-01-01T00:00:00Z"}], idempotencyKey: '
    '"recordCustodyEvents"}){__typename}}',
    "importCustodyScans": 'mutation{importCustodyScans(input: {lotId: "%s", csv: '
    '"subject,kind,at\\nBATCH,COLLECTED,2026-01-01T00:00:00Z", idempotencyKey: '
    '"importCustodyScans"}){__typename}}',
    "recordCustodyByCode": 'mutation{recordCustodyByCode(input: {code: "%s", events: '
    "[{subject: BATCH, kind: "
    'COLLECTED, at: "2026-01-01T00:00:00Z"}], idempotencyKey: '
    '"recordCustodyByCode"}){__typename}}',
    "resolveCustodyIncident": 'mutation{resolveCustodyIncident(input: {lotId: "%s", '
    'incidentId: "%s", resolution: '
    '"r", idempotencyKey: "resolveCustodyIncident"}){__typename}}',
    "receiveAssets": 'mutation{receiveAssets(input: {lotId: "%s", scans: [{at: '
    '"2026-01-01T00:00:00Z", '
    'assetTag: "T"}], idempotencyKey: "receiveAssets"}){__typename}}',
    "decideExtraAsset": 'mutation{decideExtraAsset(input: {lotId: "%s", assetId: "%s", keep: true, '
    'idempotencyKey: "decideExtraAsset"}){__typename}}',
    "recordDiagnoses": 'mutation{recordDiagnoses(input: {lotId: "%s", items: [{assetId: '
    '"%s", diagnostic: '
    '{protocol: "P", passed: true, at: "2026-01-01T00:00:00Z"}}], idempotencyKey: '
    '"recordDiagnoses"}){__typename}}',
    "recordErasures": 'mutation{recordErasures(input: {lotId: "%s", items: [{assetId: "%s", '
    "mediumSerial: "
    '"M", method: PURGE, technique: CRYPTO_ERASE, tool: "T", toolVersion: "1", operator: '
    '"O", operatorRole: "R", place: "P", startedAt: "2026-01-01T00:00:00Z", endedAt: '
    '"2026-01-01T00:00:00Z", succeeded: true}], idempotencyKey: '
    '"recordErasures"}){__typename}}',
    "validateErasures": 'mutation{validateErasures(input: {lotId: "%s", items: [{assetId: "%s", '
    'mediumSerial: "M", validation: {by: "O", passed: true, at: '
    '"2026-01-01T00:00:00Z"}}], idempotencyKey: "validateErasures"}){__typename}}',
    "recordDispositions": 'mutation{recordDispositions(input: {lotId: "%s", items: '
    '[{assetId: "%s", '
    'disposition: RESELL}], idempotencyKey: "recordDispositions"}){__typename}}',
    "adjustGrades": 'mutation{adjustGrades(input: {lotId: "%s", items: [{assetId: "%s", '
    'grade: "GOOD", '
    'reason: "r"}], idempotencyKey: "adjustGrades"}){__typename}}',
    "setDownstreamPartner": 'mutation{setDownstreamPartner(input: {name: "P", country: '
    '"FR", kind: RECYCLER, '
    'idempotencyKey: "setDownstreamPartner"}){__typename}}',
    "disputeReconciliation": 'mutation{disputeReconciliation(input: {lotId: "%s", assetId: '
    '"%s", reason: "r", '
    'idempotencyKey: "disputeReconciliation"}){__typename}}',
    "disputeSettlementLine": 'mutation{disputeSettlementLine(input: {lotId: "%s", assetId: '
    '"%s", reason: "r", '
    'idempotencyKey: "disputeSettlementLine"}){__typename}}',
    "answerDispute": 'mutation{answerDispute(input: {disputeId: "%s", agree: true, idempotencyKey: '
    '"answerDispute"}){__typename}}',
    "decideDispute": 'mutation{decideDispute(input: {disputeId: "%s", uphold: true, '
    'statement: "s", '
    'idempotencyKey: "decideDispute"}){__typename}}',
    "recordSettlementPayout": 'mutation{recordSettlementPayout(input: {lotId: "%s", '
    'reference: "r", '
    'idempotencyKey: "recordSettlementPayout"}){__typename}}',
    "createRefreshProject": 'mutation{createRefreshProject(input: {fleetId: "%s", name: '
    '"n", idempotencyKey: '
    '"createRefreshProject"}){__typename}}',
    "pairRefreshDevices": 'mutation{pairRefreshDevices(input: {projectId: "%s", pairs: '
    '[{assetId: "%s", '
    'orderLineId: "%s"}], idempotencyKey: "pairRefreshDevices"}){__typename}}',
    "unit": '{unit(id: "%s"){__typename}}',
    "units": "{units{__typename}}",
    "passport": '{passport(unitId: "%s"){__typename}}',
    "me": "{me{devices{__typename}}}",
    "verifyDevice": '{verifyDevice(code: "%s"){__typename}}',
    "registerUnit": (
        'mutation{registerUnit(input: {variant: "%s", serial: "S1234", idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "recordDiagnostic": (
        'mutation{recordDiagnostic(input: {unit: "%s", idempotencyKey: "%s", diagnostic: '
        '{protocol: "p", passed: true, at: "2026-01-01T00:00:00Z"}}){__typename}}'
    ),
    "recordErasure": (
        'mutation{recordErasure(input: {unit: "%s", state: RUNNING, method: CLEAR, at: '
        '"2026-01-01T00:00:00Z", medium: {type: SSD, serial: "S"}, idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "recordPart": (
        'mutation{recordPart(input: {unit: "%s", at: "2026-01-01T00:00:00Z", part: {part: '
        'BATTERY, origin: NEW_GENUINE}, idempotencyKey: "%s"}){__typename}}'
    ),
    "recordRefurbishing": (
        'mutation{recordRefurbishing(input: {unit: "%s", at: "2026-01-01T00:00:00Z", '
        'packagingKg: "0.1", idempotencyKey: "%s"}){__typename}}'
    ),
    "recordRepair": (
        'mutation{recordRepair(input: {unit: "%s", at: "2026-01-01T00:00:00Z", fault: BATTERY, '
        'action: CLEANED, idempotencyKey: "%s"}){__typename}}'
    ),
    "gradeUnit": (
        'mutation{gradeUnit(input: {unit: "%s", at: "2026-01-01T00:00:00Z", grade: "GOOD", '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "offerUnit": 'mutation{offerUnit(input: {unit: "%s", idempotencyKey: "%s"}){__typename}}',
    "tradeIn": '{tradeIn(id: "%s"){__typename}}',
    "tradeIns": "{tradeIns{__typename}}",
    "incomingTradeIns": "{incomingTradeIns{__typename}}",
    "cancelTradeIn": 'mutation{cancelTradeIn(input: {tradeInId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "giveReturningDevice": (
        'mutation{giveReturningDevice(input: {tradeInId: "%s", idempotencyKey: "%s"}){__typename}}'
    ),
    "inspectTradeIn": 'mutation{inspectTradeIn(input: {tradeInId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "validateTradeIn": 'mutation{validateTradeIn(input: {tradeInId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "receiveTradeIn": 'mutation{receiveTradeIn(input: {tradeInId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "acceptTradeInBid": (
        'mutation{acceptTradeInBid(input: {quoteId: "%s", bidId: "%s", payout: DONATION, '
        'declarations: [], documents: [{kind: PASSPORT, attachmentId: "%s"}], '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "confirmTradeInChecklist": (
        'mutation{confirmTradeInChecklist(input: {tradeInId: "%s", ticked: [], address: {name: '
        '"n", street: ["s"], city: "c", postalCode: "p", country: "FR"}, idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "answerCounterOffer": (
        'mutation{answerCounterOffer(input: {tradeInId: "%s", accept: true, idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "resolveTradeInAction": (
        'mutation{resolveTradeInAction(input: {tradeInId: "%s", action: KYC_REQUIRED, '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "setTradeInPayoutAccount": (
        'mutation{setTradeInPayoutAccount(input: {tradeInId: "%s", payoutAccount: {iban: "i", '
        'name: "n"}, idempotencyKey: "%s"}){__typename}}'
    ),
    "proposeCounterOffer": (
        'mutation{proposeCounterOffer(input: {tradeInId: "%s", amount: "1", reasons: [], proofs: '
        '[], idempotencyKey: "%s"}){__typename}}'
    ),
    "refuseTradeIn": (
        'mutation{refuseTradeIn(input: {tradeInId: "%s", reason: UNSAFE, proofs: [], '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "suspendTradeIn": (
        'mutation{suspendTradeIn(input: {tradeInId: "%s", reasons: [EMPTY_PARCEL], '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "applyTradeInCredit": 'mutation{applyTradeInCredit(input: {cartId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "payTradeInDifference": (
        'mutation{payTradeInDifference(input: {tradeInId: "%s", payment: {method: "m"}, '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "lot": '{lot(id: "%s"){__typename}}',
    "lots": "{lots{__typename}}",
    "lotsOpen": '{lotsOpen(market: "FR"){__typename}}',
    "lotBids": "{lotBids{__typename}}",
    "createLot": (
        'mutation{createLot(input: {fleetId: "%s", title: "t", idempotencyKey: "%s"}){__typename}}'
    ),
    "publishLot": (
        'mutation{publishLot(input: {lotId: "%s", rules: {bidsUntil: "2030-01-01T00:00:00Z"}, '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "changeLot": 'mutation{changeLot(input: {lotId: "%s", title: "t", idempotencyKey:'
    ' "%s"}){__typename}}',
    "cancelLot": 'mutation{cancelLot(input: {lotId: "%s", reason: "r", idempotencyKey:'
    ' "%s"}){__typename}}',
    "awardLot": 'mutation{awardLot(input: {lotId: "%s", idempotencyKey: "%s"}){__typename}}',
    "bidOnLot": (
        'mutation{bidOnLot(input: {lotId: "%s", version: 1, amount: "1", currency: EUR, '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "withdrawLotBid": 'mutation{withdrawLotBid(input: {lotId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "confirmAward": 'mutation{confirmAward(input: {lotId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "declineAward": (
        'mutation{declineAward(input: {lotId: "%s", reason: "r", idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "recordErasureCapability": (
        'mutation{recordErasureCapability(input: {merchant: "%s", proof: "p", idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "fleets": "{fleets{__typename}}",
    "fleet": '{fleet(id: "%s"){__typename}}',
    "fleetImport": '{fleetImport(id: "%s"){__typename}}',
    "createFleet": (
        'mutation{createFleet(input: {name: "n", kind: AD_HOC, country: "FR", market: "FR", '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "importFleet": (
        'mutation{importFleet(input: {fleetId: "%s", fileId: "%s", idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "valueFleet": 'mutation{valueFleet(input: {fleetId: "%s", idempotencyKey: "%s"}){__typename}}',
    "cancelFleet": 'mutation{cancelFleet(input: {fleetId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "updateAsset": 'mutation{updateAsset(input: {assetId: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "matchAsset": (
        'mutation{matchAsset(input: {assetId: "%s", variantId: "%s", idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "matchAssets": (
        'mutation{matchAssets(input: {fleetId: "%s", model: "m", variantId: "%s", '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "removeAssets": (
        'mutation{removeAssets(input: {fleetId: "%s", assetIds: ["%s"], idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "tradeInProgrammes": '{tradeInProgrammes(market: "FR"){__typename}}',
    "tradeInQuestionnaire": '{tradeInQuestionnaire(market: "FR", category:'
    ' "smartphone"){__typename}}',
    "tradeInEstimate": '{tradeInEstimate(market: "FR", variantId: "%s", answers: []){__typename}}',
    "tradeInQuote": '{tradeInQuote(id: "%s", token: "t"){__typename}}',
    "savedDevices": "{savedDevices{__typename}}",
    "requestTradeInQuote": (
        'mutation{requestTradeInQuote(input: {market: "FR", variantId: "%s", answers: [], '
        'idempotencyKey: "%s"}){__typename}}'
    ),
    "claimTradeInQuote": (
        'mutation{claimTradeInQuote(input: {quoteId: "%s", token: "t", idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "saveDevice": (
        'mutation{saveDevice(input: {market: "FR", variantId: "%s", answers: [], idempotencyKey: '
        '"%s"}){__typename}}'
    ),
    "removeSavedDevice": 'mutation{removeSavedDevice(input: {id: "%s", idempotencyKey:'
    ' "%s"}){__typename}}',
    "tradeInBids": "{tradeInBids{__typename}}",
    "tradeInCompetition": '{tradeInCompetition(variantId: "%s", grade: FUNCTIONAL_GOOD, market:'
    ' "FR"){__typename}}',
    "tradeInCompetitions": (
        '{tradeInCompetitions(items: [{variantId: "%s", grade: FUNCTIONAL_GOOD, market: '
        '"FR"}]){__typename}}'
    ),
    "setTradeInBids": (
        'mutation{setTradeInBids(input: {items: [{variantId: "%s", tradeInGrade: '
        'FUNCTIONAL_GOOD, market: "FR", amount: "1"}], idempotencyKey: "%s"}){__typename}}'
    ),
    "tradeInProgrammeKpis": '{tradeInProgrammeKpis(market: "FR", from: "2026-01-01", to:'
    ' "2026-02-01"){__typename}}',
    "tradeInFigures": '{tradeInFigures(market: "FR", from: "2026-01-01", to:'
    ' "2026-02-01"){__typename}}',
    "setTradeInProgramme": (
        'mutation{setTradeInProgramme(input: {market: "FR", validFrom: "2999-01-01", open: true, '
        'source: "s", idempotencyKey: "%s"}){__typename}}'
    ),
    **DUTIES,
}
