interface Edit {
  kind: ' ' | '-' | '+';
  line: string;
}

/**
 * Lines around a change that are shown with it. One is enough to find the place, and other people's lines may hold
 * what they would rather not see printed.
 */
const contextLines = 1;

/**
 * The difference of two files in unified form, read as UTF-8; empty when they are the same. Missing content (null) is
 * a file that does not exist. Quadratic in the changed part, which is a few lines here.
 */
export function unifiedDiff(name: string, before: Buffer | null, after: Buffer | null): string {
  if (isSame(before, after)) return '';
  const edits = compare(linesOf(before), linesOf(after));
  const hunks = hunksOf(edits).map((hunk) => renderHunk(edits, hunk));
  const header = [
    `--- ${before === null ? '/dev/null' : name}`,
    `+++ ${after === null ? '/dev/null' : name}`,
  ];
  return [...header, ...hunks].join('\n');
}

export function isSame(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

function linesOf(content: Buffer | null): string[] {
  const text = content?.toString('utf8') ?? '';
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function compare(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end++;
  }
  const same = (line: string): Edit => ({ kind: ' ', line });
  return [
    ...before.slice(0, start).map(same),
    ...compareMiddle(
      before.slice(start, before.length - end),
      after.slice(start, after.length - end),
    ),
    ...before.slice(before.length - end).map(same),
  ];
}

/** Longest common subsequence: `table[i][j]` is its length from line i and j on. */
function compareMiddle(before: readonly string[], after: readonly string[]): Edit[] {
  const table = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i] ?? [];
      row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      edits.push({ kind: ' ', line: old });
      i++;
      j++;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ kind: '-', line: old });
      i++;
    } else if (fresh !== undefined) {
      edits.push({ kind: '+', line: fresh });
      j++;
    }
  }
  return edits;
}

interface Hunk {
  from: number;
  to: number;
}

function hunksOf(edits: readonly Edit[]): Hunk[] {
  const hunks: Hunk[] = [];
  edits.forEach((edit, index) => {
    if (edit.kind === ' ') return;
    const from = Math.max(0, index - contextLines);
    const to = Math.min(edits.length, index + contextLines + 1);
    const last = hunks.at(-1);
    if (last && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  });
  return hunks;
}

function renderHunk(edits: readonly Edit[], { from, to }: Hunk): string {
  const count = (kinds: string, list: readonly Edit[]): number =>
    list.filter((edit) => kinds.includes(edit.kind)).length;
  const ahead = edits.slice(0, from);
  const shown = edits.slice(from, to);
  const range = (kinds: string): string => {
    const lines = count(kinds, shown);
    // diff(1) names the line before an empty range.
    const first = count(kinds, ahead) + (lines === 0 ? 0 : 1);
    return lines === 1 ? `${first}` : `${first},${lines}`;
  };
  return [
    `@@ -${range(' -')} +${range(' +')} @@`,
    ...shown.map((edit) => `${edit.kind}${edit.line}`),
  ].join('\n');
}
