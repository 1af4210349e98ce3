-- What changed for the public, written with the change, until it is said on the bus. Source: docs/decisions/0019-announcements.md.
CREATE TABLE announcement (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL CHECK (topic !~ '\s'),
  payload jsonb NOT NULL DEFAULT '{}', made_at timestamptz NOT NULL DEFAULT clock_timestamp())
  WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
CREATE FUNCTION announcement_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF EXISTS (SELECT FROM made) THEN PERFORM pg_notify('outbox', ''); END IF; RETURN NULL; END $$;
CREATE TRIGGER announcement_wake AFTER INSERT ON announcement REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION announcement_wake();

-- Whoever watches a run learns of every change of its row, whatever wrote it.
CREATE FUNCTION feed_run_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.version = OLD.version + 1; RETURN NEW; END $$;
CREATE TRIGGER feed_run_version BEFORE UPDATE ON feed_run FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION feed_run_version();
CREATE FUNCTION feed_run_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO announcement (topic, payload) VALUES ('run:' || NEW.id, jsonb_build_object('version', NEW.version));
  RETURN NULL;
END $$;
CREATE TRIGGER feed_run_announce_new AFTER INSERT ON feed_run FOR EACH ROW EXECUTE FUNCTION feed_run_announce();
CREATE TRIGGER feed_run_announce AFTER UPDATE ON feed_run FOR EACH ROW
  WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION feed_run_announce();
