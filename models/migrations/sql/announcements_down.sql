DROP TRIGGER feed_run_announce ON feed_run;
DROP TRIGGER feed_run_announce_new ON feed_run;
DROP FUNCTION feed_run_announce();
DROP TRIGGER feed_run_version ON feed_run;
DROP FUNCTION feed_run_version();
DROP TABLE announcement;
DROP FUNCTION announcement_wake();
