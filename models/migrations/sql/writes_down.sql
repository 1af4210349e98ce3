DROP TABLE offer_change;
DROP TABLE price_confirmation;
DROP TABLE stock_rule;
DROP TABLE reservation;
ALTER TABLE offer DROP COLUMN taken, DROP COLUMN sequences;
