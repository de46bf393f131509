import type { ResponseHead } from './http/response-head.ts';
import type { FailureKind } from './failure-kinds.ts';
import type { Step } from './journey.ts';

/** An error page shows itself in its first bytes, or in its last when PHP died below a page. */
const errorPageBytes = 2048;
/** A step that looks for a text or takes one gets the body up to here. */
const checkedBytes = 1024 * 1024;

/** How much of a step's body is wanted. */
export function keepBytesOf(step: Step): number {
  const { contains, notContains } = step.check;
  const reads = contains.length + notContains.length + Object.keys(step.extract).length > 0;
  return reads ? checkedBytes : errorPageBytes;
}

/**
 * Whether an answer is what the step asks for. The status decides first, then error pages that come with status
 * 200, then the step's own checks.
 * @returns null for a success
 */
export function judgeAnswer(
  step: Step,
  head: ResponseHead,
  text: string | null,
): FailureKind | null {
  return (
    judgeStatus(step.check.status, head.status) ??
    (text !== null && isErrorPage(text) ? 'error-page' : null) ??
    judgeContent(step, text)
  );
}

/** The page of a PHP script or of a database that gave up, whatever its status. */
export function isErrorPage(text: string): boolean {
  return errorPage.test(text);
}

/** Takes what a step extracts; null when one of its patterns is not there. */
export function extractFrom(step: Step, text: string): Map<string, string> | null {
  const found = new Map<string, string>();
  for (const [name, pattern] of Object.entries(step.extract)) {
    const value = pattern.exec(text)?.[1];
    if (value === undefined) return null;
    found.set(name, decodeEntities(value));
  }
  return found;
}

/** PHP writes `<b>Fatal error</b>:` with html_errors on and `Fatal error:` without. */
const errorPage =
  /(?:Fatal|Parse) error(?:<\/b>)?: |Too many connections|MySQL server has gone away|Uncaught mysqli_sql_exception/;

function judgeStatus(wanted: readonly number[] | null, status: number): FailureKind | null {
  if (wanted?.includes(status)) return null;
  if (status === 429) return 'status-429';
  if (status >= 500) return 'status-5xx';
  if (status >= 400) return 'status-4xx';
  return wanted === null ? null : 'check-status';
}

function judgeContent(step: Step, text: string | null): FailureKind | null {
  const { contains, notContains } = step.check;
  if (contains.length === 0 && notContains.length === 0) return null;
  if (text === null) return 'unreadable-body';
  const isRight =
    contains.every((part) => text.includes(part)) &&
    !notContains.some((part) => text.includes(part));
  return isRight ? null : 'check-content';
}

/** A value in an HTML attribute may be written with entities; a browser sends what they stand for. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return namedEntities[String(name).toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

const namedEntities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
