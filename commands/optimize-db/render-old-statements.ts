import type { OldStatement, OldVerdict } from '../../src/optimizer/old-statements.ts';
import type { Screen } from '../../src/output/screen.ts';
import { safeText } from '../../src/output/text.ts';

/** The index statements in the platform's source, and what has become of each. */
export function renderOldStatements(statements: readonly OldStatement[], screen: Screen): string {
  if (statements.length === 0) return '';
  return [
    screen.heading('index statements in the source'),
    screen.table(
      [
        { title: 'verdict' },
        { title: 'index', flexible: true },
        { title: 'where', flexible: true },
        { title: 'why', flexible: true },
      ],
      statements.map(({ verdict, table, columns, file, line, reason }) => [
        verdictWords[verdict],
        safeText(`${table} (${columns.join(', ')})`),
        safeText(line === null ? file : `${file}:${line}`),
        safeText(reason),
      ]),
    ),
  ].join('\n');
}

const verdictWords: Record<OldVerdict, string> = {
  needed: 'needed',
  'already-there': 'already there',
  'no-such-table': 'no such table',
  'no-such-column': 'no such column',
  'not-needed': 'not needed',
};
