DELETE FROM webhook_endpoint WHERE organisation_id IS NOT NULL;
DELETE FROM stored_file WHERE organisation_id IS NOT NULL;
CREATE OR REPLACE FUNCTION wanted_events() RETURNS TABLE (merchant_id uuid, topic text) LANGUAGE sql STABLE AS $$
  SELECT i.merchant_id, i.topic FROM event_interest i WHERE i.live_until > now()
  UNION
  SELECT e.merchant_id, unnest(e.topics) FROM webhook_endpoint e WHERE e.deleted_at IS NULL AND e.state <> 'DISABLED'
$$;
ALTER INDEX webhook_delivery_of_owner RENAME TO webhook_delivery_of_merchant;
ALTER TABLE webhook_delivery RENAME COLUMN owner_id TO merchant_id;
ALTER TABLE webhook_delivery ADD FOREIGN KEY (merchant_id) REFERENCES merchant (id) ON DELETE CASCADE;
ALTER TABLE webhook_endpoint DROP COLUMN owner_id;
ALTER TABLE organisation DROP CONSTRAINT organisation_country, DROP CONSTRAINT organisation_market;
