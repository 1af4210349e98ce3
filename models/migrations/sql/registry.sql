-- What staff proposed to change of the rules, and what became of it: nobody changes them alone.
CREATE TABLE rule_change (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  kind text NOT NULL CHECK (kind IN ('ADD', 'SUCCEED', 'END')),
  -- The rule that is followed or ended, none where a gap is filled.
  rule_id text REFERENCES rule (id),
  country text NOT NULL,
  rule_kind text NOT NULL,
  -- What is proposed, as `domain` has it: dates and decimals as text.
  proposed jsonb NOT NULL,
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'APPLIED', 'REJECTED', 'OUTDATED')),
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  decided_by uuid,
  decided_at timestamptz,
  reason text CHECK (length(reason) <= 500),
  applied text REFERENCES rule (id),
  CHECK ((kind = 'ADD') = (rule_id IS NULL)),
  CHECK ((state = 'OPEN') = (decided_by IS NULL) AND (state = 'OPEN') = (decided_at IS NULL)),
  -- Four eyes: only a rejection is one's own.
  CONSTRAINT rule_change_four_eyes CHECK (state IN ('OPEN', 'REJECTED') OR decided_by <> proposed_by));
CREATE INDEX rule_change_open ON rule_change (state, id DESC);
-- One open change of a rule at a time: what the second proposes would be of a rule that is gone.
CREATE UNIQUE INDEX rule_change_one ON rule_change (rule_id) WHERE state = 'OPEN' AND rule_id IS NOT NULL;

CREATE FUNCTION rule_change_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'OPEN' AND NEW.state <> 'OPEN' AND NEW.proposed = OLD.proposed
    AND NEW.proposed_by = OLD.proposed_by AND NEW.kind = OLD.kind AND NEW.rule_id IS NOT DISTINCT FROM OLD.rule_id THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a change of a rule is decided once, and kept: %', OLD.id;
END
$$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON rule_change FOR EACH ROW EXECUTE FUNCTION rule_change_is_decided_once();
