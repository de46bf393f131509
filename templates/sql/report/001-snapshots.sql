-- What optimize-db report saw, kept so that the next report can say what changed.

CREATE TABLE IF NOT EXISTS scalectl_report_snapshots (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  taken_at DATETIME(3) NOT NULL,
  -- Sums over all tables: the curve is drawn from these without reading the figures.
  tables INT UNSIGNED NOT NULL,
  table_rows BIGINT UNSIGNED NOT NULL,
  data_bytes BIGINT UNSIGNED NOT NULL,
  index_bytes BIGINT UNSIGNED NOT NULL,
  -- Tables with their sizes and indexes, as JSON.
  figures LONGTEXT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
