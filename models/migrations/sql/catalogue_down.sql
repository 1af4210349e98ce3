DROP TRIGGER gtin_learned ON variant_gtin;
DROP FUNCTION boucle_gtin_learned();
DROP TABLE proposal_supporter, product_proposal, catalog_redirect;
DROP FUNCTION boucle_now(uuid);
DROP TABLE sandbox, api_usage, audit_seal;
DROP FUNCTION boucle_audit_text(audit_log);
GRANT UPDATE, DELETE ON audit_log TO boucle_system;
