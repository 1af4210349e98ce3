ALTER TABLE api_key DROP CONSTRAINT api_key_one_owner;
DROP INDEX api_key_page_merchant;
DROP INDEX api_key_page_organisation;
