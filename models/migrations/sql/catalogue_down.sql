DROP TRIGGER gtin_learned ON variant_gtin;
DROP FUNCTION boucle_gtin_learned();
DROP TABLE proposal_supporter, product_proposal, catalog_redirect;
