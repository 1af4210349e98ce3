-- The statements of models/orders/bought.py. Policies hide the purchases of others.

-- name: columns
p.id, p.market, p.state, p.currency, p.total_minor, p.country, p.address::text AS address, p.expires_at, p.paid_at,
  p.failed_because, p.version, p.created_at

-- name: one
SELECT $$columns$$ FROM purchase p WHERE p.id = $1 AND p.customer_id = $2;

-- name: page
SELECT $$columns$$ FROM purchase p WHERE p.customer_id = $1 AND ($2::uuid IS NULL OR p.id < $2) ORDER BY p.id DESC LIMIT $3;

-- name: orders
SELECT o.id, o.purchase_id, o.number, o.state, o.currency, o.items_minor, o.shipping_minor, o.service_fee_minor, o.levies_minor,
  o.duties_minor, o.total_minor, o.merchant_id, m.name AS merchant_name, m.legal_name AS merchant_legal_name, m.kind AS merchant_kind,
  m.country AS merchant_country, m.since AS merchant_since,
  (SELECT json_agg(json_build_object('id', l.id, 'position', l.position, 'state', l.state, 'offer_id', l.offer_id,
      'variant_id', l.variant_id, 'title', l.title, 'grade', l.grade, 'item_minor', l.item_minor,
      'shipping_minor', l.shipping_minor, 'service_fee_minor', l.service_fee_minor, 'levies_minor', l.levies_minor,
      'duties_minor', l.duties_minor, 'total_minor', l.total_minor, 'warranty', l.warranty, 'vat_scheme', l.vat_scheme,
      'carrier', l.carrier, 'dispatch_country', l.dispatch_country, 'promised_from', l.promised_from,
      'promised_by', l.promised_by, 'withdraw_until', l.withdraw_until) ORDER BY l.position)
   FROM order_line l WHERE l.order_id = o.id)::text AS lines
FROM orders o JOIN merchant m ON m.id = o.merchant_id WHERE o.purchase_id = ANY ($1) ORDER BY o.id;

-- name: pending
-- A customer's purchase that waits for money, held; what is due of it and until when its stock is kept.
SELECT p.id, p.state, p.total_minor, p.currency, p.expires_at FROM purchase p WHERE p.id = $1 AND p.customer_id = $2 FOR UPDATE;
