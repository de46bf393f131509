-- Whose demo stands in a database that somebody named: made first and dropped last, so that what a killed demo left
-- there can be told from tables of anybody else.
CREATE TABLE scalectl_demo (
  owner TEXT NOT NULL,
  is_kept BOOLEAN NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
