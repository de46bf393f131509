-- What optimize-db observe saw running: statements with their values, kept for 30 days.

CREATE TABLE IF NOT EXISTS scalectl_observations (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  -- SHA-256 of the statement's form, without its values.
  form CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- A few statements of this form, as a JSON list of texts.
  statements LONGTEXT NOT NULL,
  -- How often one of them was seen running.
  samples INT UNSIGNED NOT NULL,
  -- Different executions among those.
  executions INT UNSIGNED NOT NULL,
  -- Time spent in them, estimated: each sample stands for the time since the one before.
  total_ms DOUBLE NOT NULL,
  first_seen DATETIME(3) NOT NULL,
  last_seen DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY last_seen (last_seen)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
