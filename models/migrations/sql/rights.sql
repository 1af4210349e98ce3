-- Two roles that own nothing: `boucle_app` serves requests, `boucle_system` runs jobs. `migrate` makes them.
-- What is granted to nobody is closed: a new table has to say who may read it.

GRANT USAGE ON SCHEMA public TO boucle_app, boucle_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO boucle_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO boucle_system;

-- Jobs bring the figures of the planner up to date after they loaded the catalogue; before PostgreSQL 17 that is left
-- to autovacuum.
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 170000 THEN
    EXECUTE 'GRANT MAINTAIN ON search_document, search_word, product, variant, variant_gtin TO boucle_system';
  END IF;
END $$;

-- A request asks for jobs and counts them; what a job is about, and why it failed, it does not read.
GRANT INSERT ON outbox_job TO boucle_app;
GRANT SELECT (id, job, queue, state, dedup_key, due_at, attempt, failures, lost, created_at, finished_at)
  ON outbox_job TO boucle_app;

-- What a request changes for the public, it announces.
GRANT INSERT ON announcement TO boucle_app;

-- A dump by `boucle_system` reads the state of sequences too.
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO boucle_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO boucle_system;
