-- Unique keys that stay taken for a time from when their job was added, also after it is completed.
CREATE TABLE IF NOT EXISTS scalectl_queue_key_windows (
  unique_key VARCHAR(190) NOT NULL,
  job_id BIGINT UNSIGNED NOT NULL,
  free_at DATETIME(3) NOT NULL,
  PRIMARY KEY (unique_key),
  KEY job_id (job_id),
  KEY free_at (free_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
