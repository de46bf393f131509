import type { OldStatement, OldVerdict } from '../../src/optimizer/old-statements.ts';
import type { Screen } from '../../src/output/screen.ts';
import { safeText } from '../../src/output/text.ts';

/** The index statements in the platform's source, file by file, and what has become of each. */
export function renderOldStatements(statements: readonly OldStatement[], screen: Screen): string {
  const files = [...new Set(statements.map(({ file }) => file))];
  return files.map((file) => renderFile(file, statements, screen)).join('\n\n');
}

function renderFile(file: string, all: readonly OldStatement[], screen: Screen): string {
  const statements = all.filter((statement) => statement.file === file);
  return [
    screen.heading(`index statements in ${safeText(file)}`),
    screen.table(
      [
        { title: 'line', align: 'right' },
        { title: 'verdict' },
        { title: 'index', flexible: true },
        { title: 'why', flexible: true },
      ],
      statements.map(({ verdict, table, columns, line, reason }) => [
        line,
        verdictWords[verdict],
        safeText(`${table} (${columns.join(', ')})`),
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
