-- One document over many lines, or a whole list. Kept for 30 days after its end.
CREATE TABLE bulk_operation (
  id uuid PRIMARY KEY,
  merchant_id uuid NOT NULL REFERENCES merchant (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('MUTATION', 'QUERY')),
  state text NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  document text NOT NULL,
  variables jsonb NOT NULL DEFAULT '{}',
  plan jsonb NOT NULL,
  scopes text[] NOT NULL,
  key_prefix text,
  user_id uuid,
  file uuid,
  lines_total int,
  lines_read int NOT NULL DEFAULT 0,
  done int NOT NULL DEFAULT 0,
  failed int NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  position bigint NOT NULL DEFAULT 0,
  cursor text,
  chunks int NOT NULL DEFAULT 0,
  job_id uuid,
  code text,
  detail text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  cancel_asked_at timestamptz,
  finished_at timestamptz,
  CHECK (done + failed = lines_read),
  CHECK ((key_prefix IS NULL) <> (user_id IS NULL)),
  CHECK ((state IN ('QUEUED', 'RUNNING')) = (finished_at IS NULL))
);
CREATE INDEX bulk_operation_of_merchant ON bulk_operation (merchant_id, id DESC);
CREATE INDEX bulk_operation_active ON bulk_operation (merchant_id, id) WHERE finished_at IS NULL;
CREATE INDEX bulk_operation_finished ON bulk_operation (finished_at) WHERE finished_at IS NOT NULL;

-- The answers of some lines, gzip, written once in the transaction that says how far the operation is.
CREATE TABLE bulk_chunk (
  operation_id uuid NOT NULL REFERENCES bulk_operation (id) ON DELETE CASCADE,
  n int NOT NULL,
  lines int NOT NULL,
  bytes int NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (operation_id, n)
);
ALTER TABLE bulk_chunk ALTER data SET STORAGE EXTERNAL;

ALTER TABLE stored_file ADD COLUMN lines int;
CREATE INDEX stored_file_staged ON stored_file (merchant_id, sha256) WHERE lines IS NOT NULL;

CREATE FUNCTION bulk_operation_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.version = OLD.version + 1; RETURN NEW; END $$;
CREATE TRIGGER bulk_operation_version BEFORE UPDATE ON bulk_operation FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION bulk_operation_version();
CREATE FUNCTION bulk_operation_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO announcement (topic, payload) VALUES ('bulk:' || NEW.id, jsonb_build_object('version', NEW.version));
  RETURN NULL;
END $$;
CREATE TRIGGER bulk_operation_announce AFTER UPDATE ON bulk_operation FOR EACH ROW
  WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION bulk_operation_announce();
