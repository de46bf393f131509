import type { Build, Finding } from './findings.ts';
import { estimateIndexBytes } from './index-size.ts';
import type { JournalStep } from './journal.ts';
import type { Schema } from './schema.ts';

/** Shorter builds say how long an ALTER takes to begin and to end, not how fast it reads. */
const leastTellingMs = 200;

/** Adds what a build will take to the findings that propose an index; the time only where earlier builds tell it. */
export function estimateBuilds(
  findings: readonly Finding[],
  schema: Schema,
  earlier: readonly JournalStep[],
): Finding[] {
  const bytesPerMs = speedOf(earlier);
  return findings.map((finding) => {
    const { step, status } = finding;
    const table = schema.tables.get(finding.table);
    if (step?.kind !== 'add-index' || status !== 'proposed' || !table) return finding;
    const build: Build = {
      estimatedBytes: estimateIndexBytes(table, step.parts),
      estimatedMs: bytesPerMs === null ? null : Math.round(table.dataBytes / bytesPerMs),
      tableBytes: table.dataBytes,
      tookMs: null,
    };
    return { ...finding, build };
  });
}

/** Bytes of table per millisecond, over all earlier builds that were long enough; null without any. */
function speedOf(earlier: readonly JournalStep[]): number | null {
  const telling = earlier.flatMap(({ finding: { build } }) =>
    build && (build.tookMs ?? 0) >= leastTellingMs ? [build] : [],
  );
  const tookMs = telling.reduce((sum, build) => sum + (build.tookMs ?? 0), 0);
  const bytes = telling.reduce((sum, build) => sum + build.tableBytes, 0);
  return tookMs > 0 && bytes > 0 ? bytes / tookMs : null;
}
