-- A product that merchants sell and the catalogue does not know. One open row for a trade item number, or for a brand
-- and a maker's part number, whatever the number of merchants and lines.
CREATE TABLE product_proposal (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  key text NOT NULL, gtin text, mpn text, brand text NOT NULL, model text NOT NULL, title text, category text,
  attributes jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'SUBMITTED'
    CHECK (state IN ('SUBMITTED', 'IN_REVIEW', 'PUBLISHED', 'MERGED', 'REJECTED')),
  reason text, note text, markets text[] NOT NULL DEFAULT '{}',
  merchants int NOT NULL DEFAULT 0, offers int NOT NULL DEFAULT 0,
  time_zone text NOT NULL, due_at timestamptz NOT NULL,
  taken_by uuid, decision jsonb, decided_by uuid, decided_at timestamptz, variant_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (gtin IS NOT NULL OR mpn IS NOT NULL), CHECK ((state = 'REJECTED') = (reason IS NOT NULL)));
CREATE UNIQUE INDEX product_proposal_open ON product_proposal (key) WHERE state IN ('SUBMITTED', 'IN_REVIEW');
CREATE INDEX product_proposal_key ON product_proposal (key, id);
CREATE INDEX product_proposal_due ON product_proposal (state, due_at, id);

-- Whose products wait for it, each in its own words.
CREATE TABLE proposal_supporter (
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  proposal_id uuid NOT NULL REFERENCES product_proposal (id) ON DELETE CASCADE,
  brand text NOT NULL, model text NOT NULL, title text, offers int NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, proposal_id));
CREATE INDEX proposal_supporter_of ON proposal_supporter (proposal_id);

-- Where a product or a variant went that was merged into another.
CREATE TABLE catalog_redirect (
  old_id uuid PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('Product', 'Variant')), slug text NOT NULL,
  new_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now(), UNIQUE (kind, slug));
CREATE INDEX catalog_redirect_new ON catalog_redirect (new_id);

-- The catalogue learned a number that offers wait for, by whatever way: they are resolved at once.
CREATE FUNCTION boucle_gtin_learned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM learned l JOIN offer o ON o.gtin = l.gtin WHERE o.variant_id IS NULL) THEN
    INSERT INTO outbox_job (id, job, queue, dedup_key)
    VALUES (boucle_uuid7(), 'resolve_products', 'interactive', 'resolve_products')
    ON CONFLICT (dedup_key) WHERE dedup_key IS NOT NULL AND state IN ('ready', 'sent') DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER gtin_learned AFTER INSERT ON variant_gtin REFERENCING NEW TABLE AS learned
  FOR EACH STATEMENT EXECUTE FUNCTION boucle_gtin_learned();
