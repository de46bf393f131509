import { visibleWidth } from './text.ts';

/** Breaks a text at spaces so that no line is wider than the width; a longer word is broken too. */
export function wrapLines(text: string, width: number): string {
  if (!Number.isFinite(width)) return text;
  return text
    .split('\n')
    .map((line) => wrapLine(line, Math.max(1, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  if (visibleWidth(line) <= width) return line;
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ').flatMap((part) => breakWord(part, width))) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && visibleWidth(longer) > width) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return [...lines, current].join('\n');
}

/** Pieces that fit. A coloured word stays whole: a cut could fall into its escape sequence. */
function breakWord(word: string, width: number): string[] {
  if (visibleWidth(word) <= width || word.includes('\u001b')) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (piece !== '' && visibleWidth(piece + segment) > width) {
      pieces.push(piece);
      piece = segment;
    } else piece += segment;
  }
  return [...pieces, piece];
}
