import type { RunHistory, StepHistory } from '../../src/optimizer/history.ts';
import type { RollbackResult } from '../../src/optimizer/rollback.ts';
import type { Screen } from '../../src/output/screen.ts';
import { safeText } from '../../src/output/text.ts';
import { formatGain } from '../../src/optimizer/gain.ts';

export function renderHistory(runs: readonly RunHistory[], screen: Screen): string {
  if (runs.length === 0) return 'optimize-db has changed nothing here yet.';
  return runs.map((run) => renderRunHistory(run, screen)).join('\n\n');
}

function renderRunHistory(run: RunHistory, screen: Screen): string {
  const heading = screen.heading(`run ${run.runId}`);
  const when = `${run.startedAt.slice(0, 19).replace('T', ' ')} UTC`;
  const table = screen.table(
    [
      { title: 'state' },
      { title: 'change' },
      { title: 'what', flexible: true },
      { title: 'gain', align: 'right' },
    ],
    run.steps.map((step) => [
      screen.status(step.state),
      changeWords[step.kind],
      whatOf(step),
      step.gain === null ? null : formatGain(step.gain),
    ]),
  );
  return `${heading}  ${when}  ${screen.status(run.state)}\n${table === '' ? 'nothing was to be done' : table}`;
}

const changeWords: Record<StepHistory['kind'], string> = {
  'add-index': 'new index',
  'drop-index': 'dropped index',
  analyze: 'statistics',
  rebuild: 'rebuilt',
};

function whatOf({ table, index, columns }: StepHistory): string {
  const shape = columns.length > 0 ? ` (${columns.join(', ')})` : '';
  return safeText(index === null ? table : `${table}.${index}${shape}`);
}

export function renderRollback(result: RollbackResult, screen: Screen): string {
  if (result.steps.length === 0) return `Run ${result.runId} left nothing to take back.`;
  return screen.table(
    [{ title: 'outcome' }, { title: 'index', flexible: true }, { title: 'reason', flexible: true }],
    result.steps.map((step) => [
      screen.status(step.outcome),
      safeText(`${step.table}.${step.index}`),
      safeText(step.reason),
    ]),
  );
}
