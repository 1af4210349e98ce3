-- What a run that waits would change, field by field: [[field, before, after], ...] as texts.
CREATE TABLE feed_change (
  run_id uuid NOT NULL, line int NOT NULL, changes jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, line));
CREATE INDEX feed_change_at ON feed_change USING brin (at);

-- Lines without a row of their own: those that said nothing new, and those that were refused with the whole file.
ALTER TABLE feed_unchanged ADD rejected int4multirange NOT NULL DEFAULT '{}';

CREATE INDEX feed_run_previewed ON feed_run (finished_at) WHERE state = 'PREVIEWED';
