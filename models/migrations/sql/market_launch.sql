-- A market from its draft to its opening: how far it is, what stops in it, who said yes, and in what words it speaks.

-- What a market has beside its row. `percent` of the visitors may buy while it is SOFT; no row is all of them.
CREATE TABLE market_launch (
  market text PRIMARY KEY, percent smallint NOT NULL DEFAULT 100 CHECK (percent BETWEEN 1 AND 100),
  template text, source text NOT NULL DEFAULT '', staged_at timestamptz NOT NULL DEFAULT now());

-- What stops now. A pause is lifted by deleting its row; who did what and why is in the audit log.
CREATE TABLE market_pause (
  market text NOT NULL, scope text NOT NULL CHECK (scope IN ('CHECKOUT','TRADE_IN','CATEGORY','ALL')),
  category text NOT NULL DEFAULT '', since timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason text NOT NULL, by_account uuid NOT NULL,
  PRIMARY KEY (market, scope, category), CHECK ((scope = 'CATEGORY') = (category <> '')));

-- Who sees to a check of a market, by when, and what they say of one that no row can prove.
CREATE TABLE market_check (
  market text NOT NULL, code text NOT NULL, owner_id uuid, due_on date,
  attested_on date, attested_by uuid, evidence text NOT NULL DEFAULT '',
  updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (market, code),
  CHECK ((attested_on IS NULL) = (attested_by IS NULL)));

-- An order that was placed to see whether it can be, and undone. `steps`: name, whether it passed, and what it said.
CREATE TABLE market_rehearsal (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), market text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(),
  by_account uuid NOT NULL, passed boolean NOT NULL, steps jsonb NOT NULL);
CREATE INDEX market_rehearsal_last ON market_rehearsal (market, at DESC);

-- One person of staff asks to open a market further, another agrees.
CREATE TABLE market_approval (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), market text NOT NULL,
  stage text NOT NULL CHECK (stage IN ('INTERNAL','SOFT','PUBLIC')), percent smallint NOT NULL CHECK (percent BETWEEN 1 AND 100),
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN','APPROVED','REJECTED','USED','EXPIRED')),
  requested_by uuid NOT NULL, requested_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
  decided_by uuid, decided_at timestamptz, reason text,
  CHECK (decided_by IS NULL OR state = 'REJECTED' OR decided_by <> requested_by));
CREATE UNIQUE INDEX market_approval_waits ON market_approval (market) WHERE state IN ('OPEN','APPROVED');
CREATE INDEX market_approval_last ON market_approval (market, id DESC);

-- The words of a market that are not the catalogue's, by language.
CREATE TABLE market_text (
  market text NOT NULL, key text NOT NULL, language text NOT NULL, text text NOT NULL CHECK (text <> ''),
  source text NOT NULL CHECK (source <> ''), recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (market, key, language));

-- What one unit of `base` was worth in `quote` on a day. Nothing is edited: a correction withdraws the old row.
CREATE TABLE exchange_rate (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(), base text NOT NULL CHECK (base ~ '^[A-Z]{3}$'),
  quote text NOT NULL CHECK (quote ~ '^[A-Z]{3}$' AND quote <> base), on_day date NOT NULL,
  rate numeric(20, 10) NOT NULL CHECK (rate > 0), source text NOT NULL CHECK (source <> ''),
  origin text NOT NULL CHECK (origin IN ('ENTERED','ECB')), recorded_by uuid,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), withdrawn_at timestamptz);
CREATE UNIQUE INDEX exchange_rate_of_day ON exchange_rate (base, quote, on_day) WHERE withdrawn_at IS NULL;

-- How prices of one market become those of another where a merchant set none. A price is a multiple of `step_minor` less
-- `less_minor` (0.01 under a whole unit, say). Under `floor_minor` there is none. `factor`: a minor unit there in those here.
CREATE TABLE market_price_terms (
  market text PRIMARY KEY, from_market text NOT NULL CHECK (from_market <> market), rate numeric(20, 10) NOT NULL CHECK (rate > 0),
  rate_on date NOT NULL, rate_ids uuid[] NOT NULL, factor numeric(30, 14) NOT NULL CHECK (factor > 0), ending text NOT NULL,
  rounding text NOT NULL CHECK (rounding IN ('UP','NEAREST')),
  step_minor int NOT NULL CHECK (step_minor > 0), less_minor int NOT NULL CHECK (less_minor >= 0 AND less_minor < step_minor),
  floor_minor bigint NOT NULL CHECK (floor_minor >= 0), digest text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(), applied_by uuid NOT NULL);

-- The price in minor units of another currency: domain/markets/deriving.py says the same, and a test compares them.
-- Half a step goes up; `div` is exact.
CREATE FUNCTION boucle_derived_price(minor bigint, factor numeric, rounding text, step int, less int, floor_minor bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN x.made >= greatest(floor_minor, 1) THEN x.made END FROM (
    SELECT (CASE rounding WHEN 'UP' THEN div(y.n, step) + (mod(y.n, step) > 0)::int
      ELSE div(2 * y.n + step, 2 * step) END * step - less)::bigint AS made
    FROM (SELECT minor * factor + less AS n) y) x
$$;

-- The price of an offer in a market that derives prices from another; NULL where it does not, or there is none there.
CREATE FUNCTION boucle_derived_minor(prices jsonb, currency text, price_minor bigint, here text)
RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT boucle_derived_price(COALESCE(
      CASE WHEN COALESCE(prices->t.from_market->>'currency', $2) = f.currency THEN (prices->t.from_market->>'price_minor')::bigint END,
      CASE WHEN prices->t.from_market->>'price_minor' IS NULL AND $2 = f.currency THEN $3 END),
    t.factor, t.rounding, t.step_minor, t.less_minor, t.floor_minor)
  FROM market_price_terms t JOIN market f ON f.code = t.from_market WHERE t.market = here
$$;
