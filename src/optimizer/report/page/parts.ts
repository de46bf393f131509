import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

export function section(id: string, title: string, body: Markup): Markup {
  return markup`<section id="${id}"><h2>${title}</h2>
${body}
</section>`;
}

/** A word of state in the colour that goes with it. */
export function chip(word: string): Markup {
  return markup`<span class="chip ${tones[word] ?? 'quiet'}">${word}</span>`;
}

const tones: Record<string, string> = {
  applied: 'good',
  done: 'good',
  ok: 'good',
  proposed: 'open',
  review: 'open',
  running: 'open',
  rejected: 'quiet',
  blocked: 'bad',
  interrupted: 'bad',
};

/** `2026-11-22 03:00 UTC`, with the whole moment for machines. */
export function moment(iso: string): Markup {
  return markup`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

/** A table that scrolls inside its own box where the page is narrow. */
export function dataTable(
  columns: readonly { readonly title: string; readonly isNumber?: boolean }[],
  rows: readonly (readonly (string | Markup)[])[],
): Markup {
  const kind = (i: number): string => (columns[i]?.isNumber ? 'number' : 'words');
  const titles = columns.map(
    ({ title }, i) => markup`<th scope="col" class="${kind(i)}">${title}</th>`,
  );
  const body = rows.map(
    (row) => markup`<tr>${row.map((cell, i) => markup`<td class="${kind(i)}">${cell}</td>`)}</tr>`,
  );
  return markup`<div class="scroll" tabindex="0"><table><thead><tr>${titles}</tr></thead><tbody>${body}</tbody></table></div>`;
}
