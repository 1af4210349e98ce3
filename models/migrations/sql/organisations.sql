-- Organisations as callers: sites, members, invitations, approvals, issuers of their own; files and webhooks of theirs.

ALTER TABLE organisation ADD CONSTRAINT organisation_country CHECK (country ~ '^[A-Z]{2}$'),
  ADD CONSTRAINT organisation_market CHECK (market ~ '^[A-Z]{2}$');

-- Where devices stand and are fetched. `hours` holds, by ISO weekday, when pickups may come.
CREATE TABLE organisation_site (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  organisation_id uuid NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  name text NOT NULL, address jsonb NOT NULL, country text NOT NULL, contact jsonb NOT NULL DEFAULT '{}',
  time_zone text NOT NULL, hours jsonb NOT NULL DEFAULT '[]', closed_at timestamptz, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX organisation_site_page ON organisation_site (organisation_id, id DESC);
CREATE UNIQUE INDEX organisation_site_name ON organisation_site (organisation_id, lower(name)) WHERE closed_at IS NULL;

-- Who acts for an organisation. `sites` null: all of them. `limit_minor` null: no limit.
CREATE TABLE organisation_member (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  organisation_id uuid NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  account_id uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  roles text[] NOT NULL CHECK (cardinality(roles) > 0), sites uuid[], limit_minor bigint CHECK (limit_minor >= 0), limit_currency text,
  removed_at timestamptz, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organisation_id, account_id), CHECK ((limit_minor IS NULL) = (limit_currency IS NULL)));
CREATE INDEX organisation_member_account ON organisation_member (account_id) WHERE removed_at IS NULL;
CREATE INDEX organisation_member_page ON organisation_member (organisation_id, id DESC);
INSERT INTO organisation_member (organisation_id, account_id, roles)
  SELECT organisation_id, id, roles FROM account WHERE kind = 'ORGANISATION' AND cardinality(roles) > 0;
-- Whom a session acts for, where it is not for the person.
ALTER TABLE session ADD FOREIGN KEY (member_id) REFERENCES organisation_member (id) ON DELETE SET NULL;

-- Who was asked to join. The text of the link is computed from the id and a secret of the server.
CREATE TABLE organisation_invitation (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  organisation_id uuid NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  email text NOT NULL, language text NOT NULL, roles text[] NOT NULL, sites uuid[], limit_minor bigint, limit_currency text,
  invited_by uuid, expires_at timestamptz NOT NULL, accepted_at timestamptz, revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX organisation_invitation_page ON organisation_invitation (organisation_id, id DESC);
CREATE UNIQUE INDEX organisation_invitation_open ON organisation_invitation (organisation_id, email)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- What one person asks and another decides. An approved one is used once, by the call that needed it.
CREATE TABLE approval (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  organisation_id uuid NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  action text NOT NULL, object_type text NOT NULL, object_id uuid NOT NULL,
  amount_minor bigint CHECK (amount_minor >= 0), currency text, because text NOT NULL CHECK (because IN ('LIMIT','FOUR_EYES')),
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN','APPROVED','REJECTED','USED','EXPIRED')),
  requested_by uuid, requested_key text, expires_at timestamptz NOT NULL,
  decided_by uuid, decided_at timestamptz, reason text, used_at timestamptz, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((amount_minor IS NULL) = (currency IS NULL)));
CREATE INDEX approval_page ON approval (organisation_id, id DESC);
CREATE UNIQUE INDEX approval_under_way ON approval (organisation_id, action, object_type, object_id)
  WHERE state IN ('OPEN', 'APPROVED');
CREATE INDEX approval_due ON approval (expires_at) WHERE state IN ('OPEN', 'APPROVED');

-- Where an organisation's people sign in: the operator entered it. `claims` maps a value of `role_claim` to a role.
CREATE TABLE organisation_issuer (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  organisation_id uuid NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  issuer text NOT NULL, audience text NOT NULL, domains text[] NOT NULL CHECK (cardinality(domains) > 0),
  role_claim text NOT NULL, claims jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (issuer, audience));
CREATE INDEX organisation_issuer_of ON organisation_issuer (organisation_id);

-- A stored file is a merchant's or an organisation's.
ALTER TABLE stored_file ALTER COLUMN merchant_id DROP NOT NULL, ADD COLUMN organisation_id uuid REFERENCES organisation (id) ON DELETE CASCADE,
  ADD CONSTRAINT stored_file_of_one CHECK (num_nonnulls(merchant_id, organisation_id) = 1);
CREATE INDEX stored_file_of_organisation ON stored_file (organisation_id, sha256) WHERE organisation_id IS NOT NULL;

-- Endpoints are a merchant's or an organisation's; a delivery is of whoever has its endpoint. Both ids are unlike.
ALTER TABLE webhook_endpoint ALTER COLUMN merchant_id DROP NOT NULL,
  ADD COLUMN organisation_id uuid REFERENCES organisation (id) ON DELETE CASCADE,
  ADD COLUMN owner_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(merchant_id, organisation_id)) STORED,
  ADD CONSTRAINT webhook_endpoint_of_one CHECK (num_nonnulls(merchant_id, organisation_id) = 1);
CREATE INDEX webhook_endpoint_of_owner ON webhook_endpoint (owner_id, id);
ALTER TABLE webhook_delivery DROP CONSTRAINT webhook_delivery_merchant_id_fkey;
ALTER TABLE webhook_delivery RENAME COLUMN merchant_id TO owner_id;
ALTER INDEX webhook_delivery_of_merchant RENAME TO webhook_delivery_of_owner;
CREATE OR REPLACE FUNCTION wanted_events() RETURNS TABLE (merchant_id uuid, topic text) LANGUAGE sql STABLE AS $$
  SELECT i.merchant_id, i.topic FROM event_interest i WHERE i.live_until > now()
  UNION
  SELECT e.merchant_id, unnest(e.topics) FROM webhook_endpoint e
  WHERE e.merchant_id IS NOT NULL AND e.deleted_at IS NULL AND e.state <> 'DISABLED'
$$;
