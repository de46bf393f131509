-- What the statements of a database took before an index was added and when it was kept: later runs compare.

CREATE TABLE IF NOT EXISTS scalectl_optimizer_baselines (
  step_id BIGINT UNSIGNED NOT NULL,
  -- The server's name of a form of statement.
  digest VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The beginning of the form, with ? for each value.
  form VARCHAR(500) NOT NULL,
  -- Whether it names the index's table; the others tell how the whole server has changed.
  is_on_table TINYINT UNSIGNED NOT NULL,
  -- The server's counters before the index was built.
  before_count BIGINT UNSIGNED NOT NULL,
  before_ms DOUBLE NOT NULL,
  -- The same counters when the index was kept; NULL until then.
  start_count BIGINT UNSIGNED NULL,
  start_ms DOUBLE NULL,
  PRIMARY KEY (step_id, digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
