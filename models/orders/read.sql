-- The statements of models/orders/read. What a transaction may see the policies say; $1..$3 are the same, said again.

-- name: seen
-- $1 merchant, $2 customer, $3 markets; null: not by that. A merchant has an order from its payment on.
SELECT o.id, o.number, o.purchase_id, o.merchant_id, o.customer_id, o.market, o.currency, o.state, o.items_minor,
  o.shipping_minor, o.service_fee_minor, o.levies_minor, o.duties_minor, o.total_minor, o.country, o.next_deadline,
  o.version, o.created_at, o.updated_at, p.paid_at, p.postal_code, p.address::text AS address,
  m.name AS merchant_name, m.legal_name AS merchant_legal_name, m.kind AS merchant_kind, m.country AS merchant_country,
  m.since AS merchant_since
FROM orders o JOIN purchase p ON p.id = o.purchase_id JOIN merchant m ON m.id = o.merchant_id
WHERE ($1::uuid IS NULL OR (o.merchant_id = $1 AND p.state = 'PAID')) AND ($2::uuid IS NULL OR o.customer_id = $2)
  AND ($3::text[] IS NULL OR o.market = ANY ($3))

-- name: one
$$seen$$ AND o.id = $4

-- name: newest
-- $4 states, $5 and $6 the id to go on after, $7 how many.
$$seen$$ AND ($4::text[] IS NULL OR o.state = ANY ($4)) AND ($6::uuid IS NULL OR o.id < $6) AND $5::timestamptz IS NULL
ORDER BY o.id DESC LIMIT $7

-- name: next_deadline
-- $4 states, $5 and $6 the deadline and id to go on after, $7 how many.
$$seen$$ AND ($4::text[] IS NULL OR o.state = ANY ($4)) AND o.next_deadline IS NOT NULL
  AND ($6::uuid IS NULL OR (o.next_deadline, o.id) > ($5::timestamptz, $6))
ORDER BY o.next_deadline, o.id LIMIT $7

-- name: line
SELECT l.id, l.order_id, l.merchant_id, l.customer_id, l.market, l.position, l.state, l.sku, l.offer_id, l.variant_id,
  l.title, l.category, l.grade, l.battery_new, l.battery_health, l.currency, l.item_minor, l.shipping_minor,
  l.service_fee_minor, l.levies_minor, l.duties_minor, l.total_minor, l.refunded_minor, l.vat_scheme,
  l.warranty::text AS warranty, l.dispatch_country, l.country, l.handling_hours, l.carrier, l.promised_from,
  l.promised_by, l.unit_id, l.paid_at, l.accept_by, l.accepted_at, l.dispatch_by, l.shipped_at, l.first_scan_at,
  l.delivered_at, l.return_until, l.withdraw_until, l.ended_at, l.cancel_asked_at, l.reason, l.counts, l.version
FROM order_line l

-- name: of_orders
$$line$$ WHERE l.order_id = ANY ($1) ORDER BY l.order_id, l.position

-- name: lines
$$line$$ WHERE l.id = ANY ($1) ORDER BY l.id

-- name: hold
-- $1 lines, locked in the order of their ids.
$$line$$ WHERE l.id = ANY ($1) ORDER BY l.id FOR NO KEY UPDATE

-- name: moves
-- $1 lines. The oldest first.
SELECT line_id, n, from_state, to_state, actor, reason, note, at FROM order_line_move WHERE line_id = ANY ($1)
ORDER BY line_id, n

-- name: parcels
SELECT id, version FROM shipment WHERE order_id = $1 ORDER BY id
