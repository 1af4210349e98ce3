-- What the tables of identity must hold whatever the code does.

-- A key is a merchant's or an organisation's, and of nobody else.
ALTER TABLE api_key ADD CONSTRAINT api_key_one_owner CHECK (num_nonnulls(merchant_id, organisation_id) = 1);
CREATE INDEX api_key_page_merchant ON api_key (merchant_id, id DESC);
CREATE INDEX api_key_page_organisation ON api_key (organisation_id, id DESC);

-- An account acts for what its kind says. Staff without a list of markets act in all of them.
ALTER TABLE account ADD CONSTRAINT account_kind CHECK (
  CASE kind
    WHEN 'MERCHANT' THEN merchant_id IS NOT NULL AND organisation_id IS NULL
    WHEN 'ORGANISATION' THEN organisation_id IS NOT NULL AND merchant_id IS NULL
    WHEN 'ANONYMOUS' THEN false
    ELSE merchant_id IS NULL AND organisation_id IS NULL END);
ALTER TABLE account ADD CONSTRAINT account_email_is_subject CHECK (issuer <> '' OR email = subject);

CREATE UNIQUE INDEX refresh_token_hash ON refresh_token (sha256);
CREATE INDEX refresh_token_session ON refresh_token (session_id);
CREATE INDEX session_account ON session (account_id) WHERE revoked_at IS NULL;
CREATE INDEX session_ended ON session (expires_at);
CREATE INDEX sign_in_code_asked ON sign_in_code (asked_at);
CREATE INDEX sign_in_failure_at ON sign_in_failure (at);
