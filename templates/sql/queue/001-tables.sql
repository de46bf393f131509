-- The job queue. A job's row is written once and then only touched when an attempt fails; where the job stands is
-- told by the small table that holds its id: ready, suspect, scheduled, a worker's claim, done or dead.
-- Times are UTC. The two TIMESTAMP columns are converted from the time zone of the page that inserts a job.

CREATE TABLE IF NOT EXISTS scalectl_queue_jobs (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  type VARCHAR(100) NOT NULL,
  data MEDIUMTEXT NOT NULL COMMENT 'JSON, handed to the handler as it stands',
  priority TINYINT UNSIGNED NOT NULL DEFAULT 50 COMMENT 'lower runs first: high 10, normal 50, low 90',
  unique_key VARCHAR(190) NULL DEFAULT NULL COMMENT 'one waiting or running job a key',
  max_attempts SMALLINT UNSIGNED NULL DEFAULT NULL COMMENT 'NULL: as configured',
  run_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'NULL: at once',
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  attempts SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'failed ones',
  postponements SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'times the handler asked for a later run',
  inbox TINYINT UNSIGNED NULL DEFAULT 1 COMMENT '1 until a worker has taken notice of a row that a page inserted',
  PRIMARY KEY (id),
  KEY inbox (inbox)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS scalectl_queue_ready (
  priority TINYINT UNSIGNED NOT NULL,
  id BIGINT UNSIGNED NOT NULL,
  type VARCHAR(100) NOT NULL,
  ready_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (priority, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Jobs that a worker held when it died: one of them may have killed it, so each is claimed alone.
CREATE TABLE IF NOT EXISTS scalectl_queue_suspect (
  priority TINYINT UNSIGNED NOT NULL,
  id BIGINT UNSIGNED NOT NULL,
  type VARCHAR(100) NOT NULL,
  ready_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (priority, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS scalectl_queue_scheduled (
  run_at DATETIME(3) NOT NULL,
  id BIGINT UNSIGNED NOT NULL,
  priority TINYINT UNSIGNED NOT NULL,
  type VARCHAR(100) NOT NULL,
  PRIMARY KEY (run_at, id),
  KEY id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row a living worker, with all jobs that it holds.
CREATE TABLE IF NOT EXISTS scalectl_queue_claims (
  worker CHAR(32) NOT NULL,
  host VARCHAR(255) NOT NULL,
  pid INT UNSIGNED NOT NULL,
  started_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  lease_until DATETIME(3) NOT NULL,
  revision INT UNSIGNED NOT NULL COMMENT 'counts the changes of jobs: tells whether a commit without an answer took place',
  is_suspect TINYINT UNSIGNED NOT NULL DEFAULT 0,
  size INT UNSIGNED NOT NULL DEFAULT 0,
  jobs MEDIUMTEXT NOT NULL COMMENT 'ids, separated by commas',
  PRIMARY KEY (worker)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS scalectl_queue_keys (
  unique_key VARCHAR(190) NOT NULL,
  job_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (unique_key),
  KEY job_id (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS scalectl_queue_done (
  job_id BIGINT UNSIGNED NOT NULL,
  type VARCHAR(100) NOT NULL,
  status ENUM('completed', 'cancelled') NOT NULL,
  finished_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  run_ms INT UNSIGNED NULL DEFAULT NULL,
  result MEDIUMTEXT NULL DEFAULT NULL,
  PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS scalectl_queue_dead (
  job_id BIGINT UNSIGNED NOT NULL,
  type VARCHAR(100) NOT NULL,
  reason VARCHAR(40) NOT NULL,
  died_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (job_id),
  KEY type (type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row a failed attempt, so that the first error is still there when the last one has followed from it.
CREATE TABLE IF NOT EXISTS scalectl_queue_failures (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  job_id BIGINT UNSIGNED NOT NULL,
  attempt SMALLINT UNSIGNED NOT NULL,
  failed_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  reason VARCHAR(40) NOT NULL,
  message TEXT NOT NULL,
  output MEDIUMTEXT NULL DEFAULT NULL,
  PRIMARY KEY (id),
  KEY job_id (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Paused types; * is the whole queue.
CREATE TABLE IF NOT EXISTS scalectl_queue_paused (
  type VARCHAR(100) NOT NULL,
  paused_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Job files of the platform that are in the queue.
CREATE TABLE IF NOT EXISTS scalectl_queue_imports (
  identity CHAR(64) NOT NULL COMMENT 'SHA-256 of what does not change in the file while the job runs',
  file_id VARCHAR(190) NOT NULL,
  job_id BIGINT UNSIGNED NOT NULL,
  imported_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (identity),
  KEY file_id (file_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rows that are locked, FOR UPDATE, by whoever does what only one may do at a time.
CREATE TABLE IF NOT EXISTS scalectl_queue_control (
  name VARCHAR(40) NOT NULL,
  last_at DATETIME(3) NULL DEFAULT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT IGNORE INTO scalectl_queue_control (name) VALUES ('claim'), ('import'), ('tidy');
