import { describe, expect, it } from 'vitest';
import { SlowLogEntries } from '../../../../../src/optimizer/evidence/slow-log/entries.ts';
import type { SlowLogEntry } from '../../../../../src/optimizer/evidence/slow-log/entries.ts';
import { linesOf, longestLine } from '../../../../../src/optimizer/evidence/slow-log/lines.ts';

/** In pieces of a few characters, as a stream may cut them. */
async function read(log: string, pieceLength = 7): Promise<SlowLogEntry[]> {
  const entries: SlowLogEntry[] = [];
  const reader = new SlowLogEntries((entry) => entries.push(entry));
  for await (const lines of linesOf(piecesOf(log, pieceLength))) {
    for (const line of lines) reader.add(line);
  }
  reader.end();
  return entries;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
async function* piecesOf(text: string, length: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

const mariadb = `/usr/sbin/mariadbd, Version: 10.11.6-MariaDB-log (Debian 12). started with:
Tcp port: 3306  Unix socket: /run/mysqld/mysqld.sock
Time\t\t    Id Command\tArgument
# Time: 261124 10:00:00
# User@Host: shop[shop] @ localhost []
# Thread_id: 31  Schema: shop  QC_hit: No
# Query_time: 0.250000  Lock_time: 0.000045  Rows_sent: 1  Rows_examined: 100
# Rows_affected: 0  Bytes_sent: 123
# explain: id\tselect_type\ttable
use shop;
SET timestamp=1795514400;
SELECT id
  FROM orders
# by user
 WHERE user_id = 7 AND note = 'a;
b';
# User@Host: shop[shop] @ localhost []
# Thread_id: 31  Schema: shop  QC_hit: No
# Query_time: 0.000010  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0
# administrator command: Ping;
# User@Host: other[other] @ localhost []
# Thread_id: 32  Schema:   QC_hit: No
# Query_time: 1.000000  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0
SET timestamp=1795514401;
SELECT 2 FROM t;
`;

describe('a slow log', () => {
  it('of MariaDB is read with its statements of several lines; commands of administrators are none', async () => {
    expect(await read(mariadb)).toEqual([
      {
        text: "SELECT id\n  FROM orders\n# by user\n WHERE user_id = 7 AND note = 'a;\nb'",
        line: 12,
        durationMs: 250,
        at: 1_795_514_400_000,
        database: 'shop',
        state: 'whole',
      },
      expect.objectContaining({ text: 'SELECT 2 FROM t', durationMs: 1000, database: 'shop' }),
    ]);
  });

  it('of MySQL is read, with and without its extra fields', async () => {
    const log = `/usr/sbin/mysqld, Version: 9.7.0 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /tmp/mysql.sock
Time                 Id Command    Argument
# Time: 2026-11-24T10:00:00.123456Z
# User@Host: shop[shop] @  [127.0.0.1]  Id:     8
# Query_time: 0.001500  Lock_time: 0.000002 Rows_sent: 1  Rows_examined: 1
use shop;
SET timestamp=1795514400;
SELECT 1 FROM a;
# Time: 2026-11-24T10:00:02.000000Z
# User@Host: shop[shop] @  [127.0.0.1]  Id:     8
# Query_time: 0.002000  Lock_time: 0.000002 Rows_sent: 1  Rows_examined: 1 Thread_id: 8 Errno: 0 Killed: 0 Start: 2026-11-24T10:00:01.998000Z End: 2026-11-24T10:00:02.000000Z
SELECT 2 FROM b;
`.replaceAll('\n', '\r\n');
    expect(await read(log)).toMatchObject([
      { text: 'SELECT 1 FROM a', durationMs: 1.5, at: 1_795_514_400_000, database: 'shop' },
      {
        text: 'SELECT 2 FROM b',
        durationMs: 2,
        at: Date.parse('2026-11-24T10:00:02Z'),
        database: 'shop',
      },
    ]);
  });

  it('of Percona Server names its database in the entry, which counts before the last use', async () => {
    const log = `# Time: 261124 10:00:01.058915
# User@Host: root[root] @ localhost []  Id:    42
# Schema: imdb  Last_errno: 0  Killed: 0
# Query_time: 7.725616  Lock_time: 0.000328  Rows_sent: 4  Rows_examined: 1543720  Rows_affected: 0
# Bytes_sent: 272  Tmp_tables: 0  Tmp_disk_tables: 0  Tmp_table_sizes: 0
# Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No
# No InnoDB statistics available for this query
use shop;
SET last_insert_id=3,insert_id=4,timestamp=1795514400;
SELECT title FROM movies;
`;
    expect(await read(log)).toMatchObject([
      { text: 'SELECT title FROM movies', durationMs: 7725.616, database: 'imdb', line: 10 },
    ]);
  });

  it('without use has statements of an unknown database, and again after the server started anew', async () => {
    const entry = `# User@Host: a[a] @ localhost []
# Query_time: 0.1  Lock_time: 0 Rows_sent: 0  Rows_examined: 0
`;
    const log = `${entry}SELECT 1 FROM a;\n${entry}use \`my \`\`shop\`;\nSELECT 2 FROM b;\n${entry}SELECT 3 FROM c;
/usr/sbin/mysqld, Version: 9.7.0 (x). started with:
Tcp port: 3306  Unix socket: x
Time                 Id Command    Argument
${entry}SELECT 4 FROM d;\n`;
    const databases = (await read(log)).map(({ database }) => database);
    expect(databases).toEqual([null, 'my `shop', 'my `shop', null]);
  });

  it('that breaks off names the statement, at its end and where the server was killed', async () => {
    const entry = `# User@Host: a[a] @ localhost []
# Query_time: 0.1  Lock_time: 0 Rows_sent: 0  Rows_examined: 0
`;
    const log = `${entry}SELECT 1 FROM
# Time: 261124 10:00:00
${entry}SELECT 2 FROM b;
${entry}SELECT 3 FR`;
    expect(await read(log)).toMatchObject([
      { text: 'SELECT 1 FROM', line: 3, state: 'torn' },
      { text: 'SELECT 2 FROM b', state: 'whole' },
      { text: 'SELECT 3 FR', line: 10, state: 'torn' },
    ]);
  });

  it('with a line of megabytes goes on behind it, and keeps only its beginning', async () => {
    const entry = `# User@Host: a[a] @ localhost []
# Query_time: 0.1  Lock_time: 0 Rows_sent: 0  Rows_examined: 0
`;
    const log = `${entry}INSERT INTO t VALUES ${'(1),'.repeat(1_000_000)}(2);\n${entry}SELECT 1 FROM a;\n`;
    const entries = await read(log, 65_536);
    expect(entries).toMatchObject([
      { state: 'too-long', line: 3 },
      { text: 'SELECT 1 FROM a', line: 6, state: 'whole' },
    ]);
    expect(entries[0]?.text.length).toBeLessThanOrEqual(longestLine);
  });
});
