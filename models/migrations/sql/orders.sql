-- Purchases, orders and their lines; shipments and what carriers tell of them.

-- What a customer pays at once. `address` is personal: erased by the register of personal data.
CREATE TABLE purchase (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  customer_id uuid NOT NULL REFERENCES account (id), market text NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING_PAYMENT','PAID','FAILED')),
  currency text NOT NULL, total_minor bigint NOT NULL CHECK (total_minor >= 0),
  country text NOT NULL, postal_code text NOT NULL, address jsonb, language text NOT NULL DEFAULT 'en',
  tax jsonb, expires_at timestamptz, paid_at timestamptz, failed_because text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX purchase_customer ON purchase (customer_id, id DESC);
CREATE INDEX purchase_pending ON purchase (expires_at) WHERE state = 'PENDING_PAYMENT';

-- What one merchant sells in a purchase. `state` and `next_deadline` follow from the lines (see the trigger).
CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  number text NOT NULL UNIQUE,
  purchase_id uuid NOT NULL REFERENCES purchase (id),
  merchant_id uuid NOT NULL REFERENCES merchant (id),
  customer_id uuid NOT NULL, market text NOT NULL, currency text NOT NULL,
  state text NOT NULL DEFAULT 'PENDING_PAYMENT' CHECK (state IN ('PENDING_PAYMENT','TO_ACCEPT','TO_SHIP','SHIPPED','IN_AFTER_SALES','DELIVERED','COMPLETED','CLOSED','CANCELLED')),
  items_minor bigint NOT NULL, shipping_minor bigint NOT NULL, service_fee_minor bigint NOT NULL,
  levies_minor bigint NOT NULL DEFAULT 0, duties_minor bigint NOT NULL DEFAULT 0, total_minor bigint NOT NULL,
  country text NOT NULL, next_deadline timestamptz,
  mystery boolean NOT NULL DEFAULT false,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (purchase_id, merchant_id));
CREATE INDEX orders_customer ON orders (customer_id, id DESC);
CREATE INDEX orders_merchant ON orders (merchant_id, id DESC);
CREATE INDEX orders_deadline ON orders (merchant_id, next_deadline, id) WHERE next_deadline IS NOT NULL;

-- One device of an order. Amounts are the line's share of what the order costs; they never change once it is paid.
-- `vat` are the facts of the tax as computed, with the ids of their rules. `warranty` the guarantee and warranty promised.
CREATE TABLE order_line (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  order_id uuid NOT NULL REFERENCES orders (id), purchase_id uuid NOT NULL,
  merchant_id uuid NOT NULL, customer_id uuid NOT NULL, market text NOT NULL,
  position smallint NOT NULL,
  state text NOT NULL CHECK (state IN ('RESERVED','PAID','ACCEPTED','SHIPPED','DELIVERED','COMPLETED','RETURNED','LOST','EXPIRED','REFUSED','CANCELLED','REFUNDED','REPLACED')),
  offer_id uuid NOT NULL, reservation_id uuid, sku text NOT NULL, variant_id uuid NOT NULL, title text NOT NULL,
  category text NOT NULL, grade smallint NOT NULL,
  battery_new boolean NOT NULL DEFAULT false, battery_health smallint,
  currency text NOT NULL,
  item_minor bigint NOT NULL CHECK (item_minor >= 0), shipping_minor bigint NOT NULL CHECK (shipping_minor >= 0),
  service_fee_minor bigint NOT NULL CHECK (service_fee_minor >= 0), levies_minor bigint NOT NULL DEFAULT 0,
  duties_minor bigint NOT NULL DEFAULT 0, total_minor bigint NOT NULL,
  refunded_minor bigint NOT NULL DEFAULT 0,
  vat_scheme text NOT NULL, vat jsonb, warranty jsonb NOT NULL,
  dispatch_country text NOT NULL, country text NOT NULL, handling_hours int NOT NULL, carrier text,
  promised_from date, promised_by date,
  unit_id uuid, replaced_by uuid, replaces uuid,
  paid_at timestamptz, accept_by timestamptz, accepted_at timestamptz, dispatch_by timestamptz, shipped_at timestamptz,
  first_scan_at timestamptz, delivered_at timestamptz, return_until timestamptz, ended_at timestamptz,
  cancel_asked_at timestamptz,
  reason text, counts boolean NOT NULL DEFAULT false,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (total_minor = item_minor + shipping_minor + service_fee_minor + levies_minor + duties_minor),
  CHECK (refunded_minor BETWEEN 0 AND total_minor),
  UNIQUE (order_id, position)) WITH (fillfactor = 80);
CREATE INDEX order_line_purchase ON order_line (purchase_id);
CREATE INDEX order_line_variant ON order_line (variant_id);
CREATE INDEX order_line_offer ON order_line (offer_id);
CREATE INDEX order_line_unit ON order_line (unit_id) WHERE unit_id IS NOT NULL;
CREATE INDEX order_line_to_accept ON order_line (accept_by) WHERE state = 'PAID';
CREATE INDEX order_line_to_ship ON order_line (dispatch_by) WHERE state = 'ACCEPTED';
CREATE INDEX order_line_to_complete ON order_line (return_until) WHERE state = 'DELIVERED';
CREATE INDEX order_line_paid ON order_line (merchant_id, paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX order_line_delivered ON order_line (merchant_id, delivered_at) WHERE delivered_at IS NOT NULL;

-- Every move of a line: who, when, why. Append-only.
CREATE TABLE order_line_move (
  n bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  line_id uuid NOT NULL REFERENCES order_line (id), order_id uuid NOT NULL, merchant_id uuid NOT NULL, customer_id uuid NOT NULL,
  from_state text, to_state text NOT NULL,
  actor text NOT NULL CHECK (actor IN ('CUSTOMER','MERCHANT','PLATFORM','CARRIER')), actor_id uuid,
  reason text, note text, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX order_line_move_line ON order_line_move (line_id, n);
CREATE INDEX order_line_move_order ON order_line_move (order_id, n);
CREATE TRIGGER order_line_move_append_only BEFORE UPDATE OR DELETE ON order_line_move
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_append_only();

-- The state of an order and its next deadline, from its lines. The same rule as domain.orders.order_state.
CREATE FUNCTION boucle_order_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE orders o SET
    state = CASE
      WHEN l.states && '{RESERVED}' THEN 'PENDING_PAYMENT' WHEN l.states && '{PAID}' THEN 'TO_ACCEPT'
      WHEN l.states && '{ACCEPTED}' THEN 'TO_SHIP' WHEN l.states && '{SHIPPED}' THEN 'SHIPPED'
      WHEN l.states && '{RETURNED,LOST}' THEN 'IN_AFTER_SALES' WHEN l.states && '{DELIVERED}' THEN 'DELIVERED'
      WHEN l.states && '{COMPLETED}' THEN 'COMPLETED' WHEN l.states && '{REFUNDED,REPLACED}' THEN 'CLOSED'
      ELSE 'CANCELLED' END,
    next_deadline = l.deadline, version = o.version + 1, updated_at = now()
  FROM (
    SELECT x.order_id, array_agg(DISTINCT x.state) AS states,
      min(CASE x.state WHEN 'PAID' THEN x.accept_by WHEN 'ACCEPTED' THEN x.dispatch_by END) AS deadline
    FROM order_line x WHERE x.order_id IN (SELECT order_id FROM changed) GROUP BY 1) l
  WHERE o.id = l.order_id;
  RETURN NULL;
END $$;
CREATE TRIGGER order_follows_new AFTER INSERT ON order_line REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_order_follows();
CREATE TRIGGER order_follows_changed AFTER UPDATE ON order_line REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_order_follows();

-- A credential with a carrier or an aggregator: the platform's (`merchant_id` null) or a merchant's own. `secrets` and
-- `push_secrets` are encrypted JSON. `url` and `token_url` null: the API's published roots.
CREATE TABLE carrier_account (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  api text NOT NULL, merchant_id uuid REFERENCES merchant (id) ON DELETE CASCADE, name text NOT NULL DEFAULT '',
  url text, token_url text, secrets bytea, push_secrets bytea, pushes boolean NOT NULL DEFAULT false,
  per_second numeric, per_day int, day_zone text NOT NULL DEFAULT 'UTC',
  failures int NOT NULL DEFAULT 0, open_until timestamptz, paused_until timestamptz,
  disabled_at timestamptz, disabled_because text,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX carrier_account_merchant ON carrier_account (merchant_id, api);

-- A parcel. Numbers are used again over the years: never a key alone. Who may see it: the merchant and the customer.
CREATE TABLE shipment (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  purpose text NOT NULL CHECK (purpose IN ('DELIVERY','RETURN','TRADE_IN','SEND_BACK','REPAIR','FLEET_PICKUP')),
  merchant_id uuid, customer_id uuid, order_id uuid, market text,
  carrier text NOT NULL, api text, account_id uuid REFERENCES carrier_account (id) ON DELETE SET NULL,
  tracking_number text NOT NULL, service text, carrier_ref text,
  origin text, destination text, postal_code text, origin_postal_code text,
  status text NOT NULL DEFAULT 'UNKNOWN' CHECK (status IN ('UNKNOWN','ANNOUNCED','ACCEPTED','IN_TRANSIT','OUT_FOR_DELIVERY','AVAILABLE_FOR_PICKUP','DELIVERY_FAILED','EXCEPTION','DELIVERED','RETURNING','RETURNED','LOST','CANCELLED')),
  reason text, status_at timestamptz, last_scan_at timestamptz, told_at timestamptz,
  first_scan_at timestamptz, delivered_at timestamptz, expected_at timestamptz, promised_by date, promised_from date,
  late boolean NOT NULL DEFAULT false, stalled boolean NOT NULL DEFAULT false, never_accepted boolean NOT NULL DEFAULT false,
  proof jsonb, pushed_until timestamptz,
  next_poll_at timestamptz, polled_at timestamptz, polls int NOT NULL DEFAULT 0, failures int NOT NULL DEFAULT 0, last_error text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 80);
CREATE INDEX shipment_number ON shipment (upper(tracking_number), carrier, created_at DESC);
CREATE INDEX shipment_due ON shipment (next_poll_at) WHERE next_poll_at IS NOT NULL;
CREATE INDEX shipment_order ON shipment (order_id);
CREATE INDEX shipment_merchant ON shipment (merchant_id, id DESC);
CREATE INDEX shipment_customer ON shipment (customer_id, id DESC);
CREATE INDEX shipment_open_promise ON shipment (promised_by)
  WHERE NOT late AND status NOT IN ('DELIVERED','RETURNED','LOST','CANCELLED');

CREATE TABLE shipment_line (
  shipment_id uuid NOT NULL REFERENCES shipment (id) ON DELETE CASCADE,
  line_id uuid NOT NULL REFERENCES order_line (id), merchant_id uuid NOT NULL, customer_id uuid NOT NULL,
  PRIMARY KEY (shipment_id, line_id));
CREATE INDEX shipment_line_line ON shipment_line (line_id);

-- What a carrier told of a parcel: told again it is the same row. Append-only but for the parcel's own removal.
CREATE TABLE shipment_event (
  shipment_id uuid NOT NULL REFERENCES shipment (id) ON DELETE CASCADE, event_key bytea NOT NULL,
  raw_code text NOT NULL, raw_label text NOT NULL, language text,
  status text, reason text, mapped boolean NOT NULL DEFAULT true,
  occurred_at timestamptz NOT NULL, occurred_local timestamp NOT NULL, utc_offset_minutes smallint NOT NULL, time_source text NOT NULL,
  position int NOT NULL DEFAULT 0, location text, postal_code text, country text,
  source text NOT NULL CHECK (source IN ('poll','webhook')), raw jsonb, recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shipment_id, event_key));
