-- How a case was decided; nothing while it is not, or where it needs none.
ALTER TABLE after_sales_case ADD COLUMN resolution text
  CHECK (resolution IN ('REMOTE_ASSISTANCE','REPAIR','REPLACE','REFUND','REJECT'));
CREATE INDEX after_sales_case_reply ON after_sales_case (first_reply_by) WHERE first_reply_by IS NOT NULL;

-- What a buyer says of a line that was delivered: once. `category` is the top one at the time.
CREATE TABLE review (
  id uuid PRIMARY KEY DEFAULT boucle_uuid7(),
  line_id uuid NOT NULL UNIQUE REFERENCES order_line (id), order_id uuid NOT NULL,
  merchant_id uuid NOT NULL, customer_id uuid NOT NULL, variant_id uuid NOT NULL, category text NOT NULL,
  stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5), text text CHECK (char_length(text) <= 2000),
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX review_merchant ON review (merchant_id, created_at);
