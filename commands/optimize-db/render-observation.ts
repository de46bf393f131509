import type { KeptObservation } from '../../src/optimizer/observe/keep.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatMs, formatNumber, formatRate, plural, safeText } from '../../src/output/text.ts';
import { wrapLines } from '../../src/output/wrap.ts';

/** What `optimize-db observe --json` prints. */
export interface ObserveResult extends Omit<KeptObservation, 'failure'> {
  /** In the table scalectl_observations. */
  readonly stored: boolean;
  /** The workload file; null without --out. */
  readonly file: string | null;
}

const shownForms = 20;
const shownCharacters = 160;

export function renderObservation(result: ObserveResult, screen: Screen): string {
  const { forms, samples, durationMs, load, seesAllAccounts, unused } = result;
  const lines = [
    `${plural(samples, 'sample')} in ${formatMs(durationMs)}; they cost the server at most ${formatRate(load)} of one core`,
    ...(seesAllAccounts
      ? []
      : ['only the connections of this account are seen (PROCESS shows all of them)']),
    ...(unused.cut > 0
      ? [`${plural(unused.cut, 'sample')} left out: the server cuts a statement at 64 KB`]
      : []),
    ...(unused.unreadable > 0
      ? [`${plural(unused.unreadable, 'sample')} left out: they cannot be read as SQL`]
      : []),
    ...(unused.beyond > 0
      ? [`${plural(unused.beyond, 'sample')} left out: there are more forms than are kept`]
      : []),
  ].map((line) => wrapLines(line, screen.width));
  const table = screen.table(
    [
      { title: 'statement', flexible: true },
      { title: 'seen', align: 'right' },
      { title: 'executions', align: 'right' },
      { title: 'time (sampled)', align: 'right' },
    ],
    forms
      .slice(0, shownForms)
      .map((form) => [
        safeText(shorten(form.statements[0] ?? '')),
        form.samples,
        form.executions,
        `about ${formatMs(form.totalMs)}`,
      ]),
  );
  const more = forms.length - shownForms;
  return [
    lines.join('\n'),
    table === '' ? 'No statement was running when it looked.' : table,
    ...(more > 0 ? [`and ${formatNumber(more)} more, see --json`] : []),
    wrapLines(keptText(result), screen.width),
  ].join('\n\n');
}

function keptText({ kept, stored, file, forms }: ObserveResult): string {
  const what = plural(kept, 'form of SELECT', 'forms of SELECT');
  if (stored) return `${what} stored for 30 days; later plans use them.`;
  if (file !== null) return `${what} written to ${safeText(file)}, with values.`;
  return forms.length === 0 ? 'Nothing was stored.' : 'Nothing was stored (--dry-run).';
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= shownCharacters ? line : `${line.slice(0, shownCharacters - 1)}…`;
}
