-- What `partitions convert` is about to do with a table, kept so that the next run can finish or undo it after a kill.

CREATE TABLE IF NOT EXISTS scalectl_partition_changes (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  table_name VARCHAR(64) NOT NULL,
  -- keys, copying, verifying, swapping, altering, cleaning; then done, undone
  state VARCHAR(20) NOT NULL,
  -- The foreign keys that are dropped, with the statements that put them back, and the copying process, as JSON.
  detail LONGTEXT NOT NULL,
  message TEXT NULL,
  started_at DATETIME(3) NOT NULL,
  ended_at DATETIME(3) NULL,
  PRIMARY KEY (id),
  KEY state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
