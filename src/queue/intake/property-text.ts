import { parseTree } from 'jsonc-parser';
import type { Node } from 'jsonc-parser';

/**
 * The text of one property of a JSON object, as it stands there: writing the parsed value anew would round
 * 12345678901234567890 and turn 1.0 into 1.
 * @param text a whole JSON object
 * @param value what JSON.parse made of that property
 */
export function propertyText(text: string, name: string, value: unknown): string {
  const written = JSON.stringify(value);
  // Mostly it was written just so; a search is many times faster than another parser.
  if (text.includes(`"${name}":${written}`)) return written;
  const properties = parseTree(text)?.children ?? [];
  const node = properties.findLast((property) => property.children?.[0]?.value === name);
  const found: Node | undefined = node?.children?.[1];
  return found ? text.slice(found.offset, found.offset + found.length) : written;
}
