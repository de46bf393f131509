import type { WatchedIndex } from '../../src/optimizer/watch/judge-applied.ts';
import type { Screen } from '../../src/output/screen.ts';
import { safeText } from '../../src/output/text.ts';
import { wrapLines } from '../../src/output/wrap.ts';

/** Indexes of earlier runs, each with what became of its statements. */
export function renderWatched(watched: readonly WatchedIndex[], screen: Screen): string {
  if (watched.length === 0) return '';
  return [
    screen.heading('indexes of the last 30 days'),
    ...watched.map(({ runId, table, index, verdict, reason }) => {
      const text = `${table}.${index} of run ${runId}, ${verdictWords[verdict]}: ${reason}`;
      return `  ${wrapLines(safeText(text), screen.width - 2).replaceAll('\n', '\n  ')}`;
    }),
  ].join('\n');
}

const verdictWords: Record<WatchedIndex['verdict'], string> = {
  good: 'good',
  slower: 'slows a statement down',
  'too-few': 'not judged',
  unknown: 'not judged',
};
