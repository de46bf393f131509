import type { HealthReport } from '../run.ts';

/** One test case a check: warning and critical fail, unknown is an error, skipped is skipped. */
export function formatJunit({ checks }: HealthReport): string {
  const count = (...status: string[]): number =>
    checks.filter((check) => status.includes(check.status)).length;
  const cases = checks.map((check) => {
    const detail = escapeXml(check.message);
    const inner = {
      ok: '',
      warning: `<failure message="${detail}" type="warning"/>`,
      critical: `<failure message="${detail}" type="critical"/>`,
      unknown: `<error message="${detail}"/>`,
      skipped: `<skipped message="${detail}"/>`,
    }[check.status];
    return `  <testcase classname="scalectl.${check.area}" name="${check.id}">${inner}</testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="scalectl health" tests="${checks.length}" failures="${count('warning', 'critical')}" errors="${count('unknown')}" skipped="${count('skipped')}">`,
    ...cases,
    '</testsuite>',
  ].join('\n');
}

function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
