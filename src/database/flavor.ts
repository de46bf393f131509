/**
 * Every question about what a database server can do, answered by name from its version.
 * Nothing else in the code compares versions.
 */
export interface Flavor {
  readonly product: 'mariadb' | 'mysql';
  /** As people write it: `10.11.19`. */
  readonly version: string;
  /** `MariaDB 10.11.19`. */
  readonly label: string;
  /** SELECT … FOR UPDATE SKIP LOCKED: MariaDB 10.6, MySQL 8.0.1. */
  readonly skipLocked: boolean;
  /** The keywords that hide an index from the optimizer and show it again: MariaDB 10.6, MySQL 8.0. */
  readonly hiddenIndex: { readonly hide: string; readonly show: string } | null;
  /** ALTER TABLE … ALGORITHM=INSTANT: MariaDB 10.3, MySQL 8.0.12. */
  readonly instantDdl: boolean;
  /** ALTER TABLE … WAIT n / NOWAIT: MariaDB 10.3. */
  readonly ddlWait: boolean;
  /** The session variable that ends a long SELECT, and the divisor from milliseconds to its unit. */
  readonly statementTimeout: { readonly variable: string; readonly unitMs: number } | null;
  /** A CHECK constraint is enforced: MariaDB 10.2.1, MySQL 8.0.16. */
  readonly enforcesChecks: boolean;
  /** Digests carry a sample statement and quantiles: MySQL 8.0. */
  readonly digestSamples: boolean;
  /** EXPLAIN FORMAT=JSON and ANALYZE FORMAT=JSON spellings differ between the two products. */
  readonly analyzeStatement: 'ANALYZE FORMAT=JSON' | 'EXPLAIN ANALYZE' | null;
  /** JSON_TABLE: MariaDB 10.6, MySQL 8.0.4. */
  readonly jsonTable: boolean;
  /** The plan of a statement as rows, one for each table, with the share of rows that pass the conditions. */
  readonly explainAsRows: 'EXPLAIN EXTENDED' | 'EXPLAIN FORMAT=TRADITIONAL';
  /** The variable userstat counts reads of tables and indexes: MariaDB. */
  readonly userStatistics: boolean;
  /** An index on text is used for a value of another collation of its character set: MariaDB. */
  readonly indexAcrossCollations: boolean;
  /** information_schema shows figures of tables and indexes from a cache of up to a day: MySQL 8.0. */
  readonly cachesTableFigures: boolean;
  /** The list of threads has a number for each execution: MariaDB 10.0.5. */
  readonly numbersQueries: boolean;
  /** The view of information_schema that says which file an InnoDB table is in; it asks for PROCESS. */
  readonly innodbTablesView: 'INNODB_SYS_TABLES' | 'INNODB_TABLES';
}

/**
 * @param versionText what `SELECT VERSION()` answers, such as `10.11.19-MariaDB-0+deb12u1` or `9.7.4`.
 *   Some MariaDB servers put `5.5.5-` in front, for replicas that read only the first digit.
 */
export function flavorOf(versionText: string): Flavor {
  const product = /mariadb/i.test(versionText) ? 'mariadb' : 'mysql';
  const version = /\d+\.\d+\.\d+/.exec(versionText.replace(/^5\.5\.5-/, ''))?.[0] ?? '0.0.0';
  const isMariadb = product === 'mariadb';
  const from = (mariadb: string | null, mysql: string | null): boolean => {
    const least = isMariadb ? mariadb : mysql;
    return least !== null && compareVersions(version, least) >= 0;
  };
  return {
    product,
    version,
    label: `${isMariadb ? 'MariaDB' : 'MySQL'} ${version}`,
    skipLocked: from('10.6.0', '8.0.1'),
    hiddenIndex: from('10.6.0', '8.0.0')
      ? isMariadb
        ? { hide: 'IGNORED', show: 'NOT IGNORED' }
        : { hide: 'INVISIBLE', show: 'VISIBLE' }
      : null,
    instantDdl: from('10.3.2', '8.0.12'),
    ddlWait: from('10.3.0', null),
    statementTimeout: from('10.1.1', '5.7.8')
      ? isMariadb
        ? { variable: 'max_statement_time', unitMs: 1000 }
        : { variable: 'max_execution_time', unitMs: 1 }
      : null,
    enforcesChecks: from('10.2.1', '8.0.16'),
    digestSamples: from(null, '8.0.0'),
    analyzeStatement: from('10.1.0', null)
      ? 'ANALYZE FORMAT=JSON'
      : from(null, '8.0.18')
        ? 'EXPLAIN ANALYZE'
        : null,
    jsonTable: from('10.6.0', '8.0.4'),
    explainAsRows: isMariadb ? 'EXPLAIN EXTENDED' : 'EXPLAIN FORMAT=TRADITIONAL',
    userStatistics: isMariadb,
    indexAcrossCollations: isMariadb,
    cachesTableFigures: from(null, '8.0.0'),
    numbersQueries: from('10.0.5', null),
    innodbTablesView: from(null, '8.0.0') ? 'INNODB_TABLES' : 'INNODB_SYS_TABLES',
  };
}

/** Negative, zero or positive, as `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const right = b.split('.').map(Number);
  const parts = a.split('.').map(Number);
  for (let i = 0; i < Math.max(parts.length, right.length); i += 1) {
    const difference = (parts[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
