DROP INDEX feed_run_previewed;
ALTER TABLE feed_unchanged DROP rejected;
DROP TABLE feed_change;
