import type { Database } from '../../../src/database/types.ts';
import { optimizeDatabase } from '../../../src/optimizer/optimize.ts';
import { median, spread, verdict } from '../harness.mjs';
import { noEvidence, createDatabase, open, quietly, withServer } from './server.ts';
import type { Opened } from './server.ts';

const rows = 250_000;
const rounds = 5;
const workload =
  'SELECT id, note FROM events WHERE source = 17 ORDER BY happened_at DESC LIMIT 20;\n';

/** How long a writer waits at most while an index is made and proven on its table, and whether a row is lost. */
export async function writerStall(tell: (line: string) => void): Promise<void> {
  await withServer(async (server) => {
    await using opened = await createDatabase(server, 'stall');
    await using writer = await open(opened.url);
    await fill(opened.database);
    const stalls: number[] = [];
    const control: number[] = [];
    let lost = 0;
    for (let round = 0; round < rounds; round += 1) {
      const idle = await whileWriting(
        writer.database,
        () => new Promise((end) => setTimeout(end, 2000)),
      );
      control.push(idle.longestMs);
      const busy = await whileWriting(writer.database, () => optimize(opened));
      stalls.push(busy.longestMs);
      lost += idle.lost + busy.lost;
    }
    tell(
      `${rows} rows, ${rounds} runs; longest wait of the writer without a run ${spread(control)} ms`,
    );
    tell(`with a run ${spread(stalls)} ms, ${verdict('100 ms', median(stalls) <= 100)}`);
    tell(`writes lost: ${lost}, ${verdict('0', lost === 0)}`);
  });
}

/** Makes the index, and takes it away again for the next round. */
async function optimize({ database, settings }: Opened): Promise<void> {
  const result = await optimizeDatabase(database, {
    settings,
    ...noEvidence,
    workload,
    given: null,
    dropRedundant: false,
    dropUnused: false,
    confirmDrops: () => Promise.resolve(),
    ...quietly(),
  });
  const added = result.findings.find(
    ({ rule, status }) => rule === 'missing-index' && status === 'applied',
  );
  if (!added) throw new Error('the index was not kept, so nothing was measured');
  for (const statement of added.rollback) await database.define(statement);
}

/** Inserts one row after the other until `work` ends, then looks for each that was acknowledged. */
async function whileWriting(
  database: Database,
  work: () => Promise<unknown>,
): Promise<{ longestMs: number; lost: number }> {
  let isDone = false;
  let longestMs = 0;
  const ids: number[] = [];
  const write = async (): Promise<void> => {
    while (!isDone) {
      const startedAt = performance.now();
      const { insertId } = await database.write(
        "/* scalectl:bench */ INSERT INTO events (source, note, happened_at) VALUES (?, 'new', '2026-06-01')",
        [ids.length % 400],
      );
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      ids.push(insertId);
    }
  };
  const working = work().finally(() => {
    isDone = true;
  });
  const outcomes = await Promise.allSettled([working, write()]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  const [row] = await database.read<{ present: number }>(
    '/* scalectl:bench */ SELECT COUNT(*) AS present FROM events WHERE id BETWEEN ? AND ?',
    [ids[0], ids.at(-1)],
  );
  return { longestMs, lost: ids.length - Number(row?.present ?? 0) };
}

async function fill(database: Database): Promise<void> {
  await database.define(
    `/* scalectl:bench */ CREATE TABLE events (id INT AUTO_INCREMENT PRIMARY KEY, source INT NOT NULL,
       note VARCHAR(100) NOT NULL, happened_at DATETIME NOT NULL)`,
  );
  await database.write(
    `/* scalectl:bench */ INSERT INTO events (source, note, happened_at)
     SELECT seq * 7 % 400, REPEAT('x', 60), '2026-01-01' + INTERVAL seq MINUTE FROM seq_1_to_${rows}`,
  );
  await database.define('/* scalectl:bench */ ANALYZE TABLE events');
}
