import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { CheckResult, Status } from '../../../src/health/check.ts';
import { formatHealthJson } from '../../../src/health/formats/health-json.ts';
import { formatJunit } from '../../../src/health/formats/junit.ts';
import { formatNagios } from '../../../src/health/formats/nagios.ts';
import { formatPrometheus } from '../../../src/health/formats/prometheus.ts';
import type { HealthReport } from '../../../src/health/run.ts';

function check(id: string, status: Status, observed: number | null): CheckResult {
  return {
    id,
    area: 'cache',
    status,
    message: `<${id}> | is "${status}"`,
    observed,
    target: observed === null ? null : 0.6,
    unit: observed === null ? null : 'share',
    sampleSize: null,
    windowMs: null,
    source: 'test',
    advice: null,
  };
}

const report: HealthReport = {
  status: 'warning',
  checks: [
    check('hit-rate', 'warning', 0.512345),
    check('memory', 'ok', 0.1),
    check('page', 'skipped', null),
  ],
};

describe('nagios', () => {
  it('puts the worst finding and the performance data into the first line', () => {
    const [first] = formatNagios(report).split('\n');
    expect(first).toBe(
      `SCALECTL WARNING - <hit-rate> / is "warning" | 'hit-rate'=0.5123;0.6 'memory'=0.1;0.6`,
    );
  });

  it('has no pipe but the one before the performance data', () => {
    expect(formatNagios(report).match(/\|/g)).toHaveLength(1);
  });
});

describe('prometheus', () => {
  it('gives a series for what was measured and none for what was skipped', () => {
    const text = formatPrometheus(report);
    expect(text).toContain('scalectl_health_status 1\n');
    expect(text).toContain(
      'scalectl_check_value{check="hit-rate",area="cache",unit="share"} 0.512345\n',
    );
    expect(text).not.toContain('check="page"');
  });
});

describe('health+json', () => {
  it('speaks of pass, warn and fail', () => {
    const body = JSON.parse(formatHealthJson(report, new Date(0))) as {
      status: string;
      checks: Record<string, { status: string; observedValue?: number }[]>;
    };
    expect(body.status).toBe('warn');
    expect(body.checks['cache:hit-rate']?.[0]).toMatchObject({
      status: 'warn',
      observedValue: 0.512345,
    });
    expect(body.checks['cache:page']?.[0]).toMatchObject({ status: 'pass' });
  });
});

describe('junit', () => {
  it('is XML that counts failures and skips, with messages escaped', () => {
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(formatJunit(report)) as {
      testsuite: Record<string, unknown> & { testcase: Record<string, unknown>[] };
    };
    expect(parsed.testsuite).toMatchObject({ '@_tests': '3', '@_failures': '1', '@_skipped': '1' });
    expect(parsed.testsuite.testcase[0]).toMatchObject({
      failure: { '@_message': '<hit-rate> | is "warning"' },
    });
  });
});
