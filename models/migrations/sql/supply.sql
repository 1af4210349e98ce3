-- What trade-ins and fleets share with the rest: organisations are told of events, their money is in the ledger, and
-- parcels may carry what nobody ordered.

-- An event is a merchant's or an organisation's.
ALTER TABLE event ALTER COLUMN merchant_id DROP NOT NULL, ADD COLUMN organisation_id uuid REFERENCES organisation (id) ON DELETE CASCADE,
  ADD CONSTRAINT event_of_one CHECK (num_nonnulls(merchant_id, organisation_id) = 1);
CREATE INDEX event_of_organisation ON event (organisation_id, n) WHERE organisation_id IS NOT NULL;

-- A parcel of a trade-in or of a lot has no order.
ALTER TABLE shipment ADD COLUMN trade_in_id uuid, ADD COLUMN lot_id uuid, ADD COLUMN organisation_id uuid;
CREATE INDEX shipment_trade_in ON shipment (trade_in_id) WHERE trade_in_id IS NOT NULL;
CREATE INDEX shipment_lot ON shipment (lot_id) WHERE lot_id IS NOT NULL;

-- `subject_id`: the trade-in or the lot that a posting is about, where it is not a purchase.
ALTER TABLE ledger_posting ALTER COLUMN purchase_id DROP NOT NULL, ADD COLUMN subject_id uuid, ADD COLUMN organisation_id uuid,
  ADD COLUMN customer_id uuid,
  ADD CONSTRAINT ledger_posting_about CHECK (num_nonnulls(purchase_id, subject_id) >= 1);
CREATE INDEX ledger_posting_subject ON ledger_posting (subject_id) WHERE subject_id IS NOT NULL;
ALTER TABLE ledger_transaction DROP CONSTRAINT ledger_transaction_kind_check,
  ADD CONSTRAINT ledger_transaction_kind_check
  CHECK (kind IN ('CAPTURE','PROVIDER_FEE','REFUND','REFUND_PAID','REFUND_FAILED','RELEASE','LABEL',
    'TRADE_IN','TRADE_IN_PAID','TRADE_IN_PAYOUT_FAILED','CREDIT_ISSUED','CREDIT_SPENT','CREDIT_RETURNED','DONATION','DONATION_PAID',
    'SETTLEMENT','SETTLEMENT_ADJUSTED','SETTLEMENT_PAID','SETTLEMENT_PAYOUT_FAILED'));
ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_account_check,
  ADD CONSTRAINT ledger_posting_account_check
  CHECK (account IN ('CLEARING','MERCHANT_HELD','MERCHANT_OWED','SERVICE_FEES','COLLECTED_TAXES','REFUNDS_DUE','PROVIDER_FEES',
    'CARRIERS_OWED','SHIPPING_SUBSIDIES','CUSTOMERS_OWED','CREDITS_ISSUED','DONATIONS_OWED','ORGANISATIONS_OWED'));
