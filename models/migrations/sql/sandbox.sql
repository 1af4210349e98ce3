-- A merchant's test space: a merchant beside it that sells nowhere, whose clock may be ahead of ours.
CREATE TABLE sandbox (
  merchant_id uuid PRIMARY KEY REFERENCES merchant (id) ON DELETE CASCADE,
  sandbox_id uuid NOT NULL UNIQUE CHECK (sandbox_id <> merchant_id),
  state text NOT NULL DEFAULT 'PREPARING' CHECK (state IN ('PREPARING', 'READY')),
  ahead interval NOT NULL DEFAULT '0' CHECK (ahead >= '0'),
  made_at timestamptz NOT NULL DEFAULT now());

-- What time it is for a merchant: ours, but in a sandbox whose clock was advanced.
CREATE FUNCTION boucle_now(uuid) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT now() + COALESCE((SELECT ahead FROM sandbox WHERE sandbox_id = $1), interval '0')
$$;
