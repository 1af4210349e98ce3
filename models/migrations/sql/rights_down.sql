-- The roles stay: other databases of the cluster may use them.
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM boucle_system;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM boucle_app, boucle_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM boucle_system;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM boucle_system;
REVOKE USAGE ON SCHEMA public FROM boucle_app, boucle_system;
