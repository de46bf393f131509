-- What optimize-db did, kept so that a run that is killed can be finished or undone by the next one.

CREATE TABLE IF NOT EXISTS scalectl_optimizer_runs (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  started_at DATETIME(3) NOT NULL,
  ended_at DATETIME(3) NULL,
  -- running, done, interrupted, rolled-back
  state VARCHAR(20) NOT NULL,
  PRIMARY KEY (id),
  KEY state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS scalectl_optimizer_steps (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  run_id BIGINT UNSIGNED NOT NULL,
  kind VARCHAR(20) NOT NULL,
  table_name VARCHAR(64) NOT NULL,
  index_name VARCHAR(64) NULL,
  -- applying, proving, undoing; then applied, rejected, blocked, undone, rolled-back
  state VARCHAR(20) NOT NULL,
  -- The finding with its step, evidence and figures, as JSON.
  finding LONGTEXT NOT NULL,
  -- The table's indexes before the step, as JSON: servers drop an index that they made for a foreign key by themselves.
  indexes_before LONGTEXT NOT NULL,
  -- Estimate of the table's rows at the time.
  table_rows BIGINT UNSIGNED NOT NULL,
  message TEXT NULL,
  started_at DATETIME(3) NOT NULL,
  ended_at DATETIME(3) NULL,
  PRIMARY KEY (id),
  KEY run_id (run_id),
  KEY state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
