import { redact } from '../../../config/redact.ts';
import { safeText } from '../../../output/text.ts';

/** HTML or SVG that was made by `markup` alone, and so holds no text that was not escaped. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type MarkupValue = string | number | Markup | readonly Markup[] | null;

/**
 * A template of HTML: each value is escaped, unless it is markup itself. A name from the database, whatever is in it,
 * becomes text between tags or inside a quoted attribute. null is nothing.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  const rendered = parts.map(
    (part, i) => part + (i < values.length ? render(values[i] ?? null) : ''),
  );
  return new Markup(rendered.join(''));
}

/** Data for other programs, in a block that no browser runs: nothing in it can end the block. */
export function jsonBlock(id: string, value: unknown): Markup {
  const text = redact(JSON.stringify(value)).replaceAll(
    /[<>&\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return markup`<script type="application/json" id="${id}">${new Markup(text)}</script>`;
}

function render(value: MarkupValue): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.source;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeText(value);
  return value.map(({ source }) => source).join('\n');
}

/** Also passwords of the configuration are masked, and control characters and turns of direction made visible. */
function escapeText(text: string): string {
  return safeText(redact(text), { keepLineBreaks: true }).replaceAll(
    /[&<>"'`]/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}
