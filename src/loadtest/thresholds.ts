const latencyNames = {
  min: 'min',
  mean: 'mean',
  p50: 'p50',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
  'p99.9': 'p999',
  p999: 'p999',
  max: 'max',
} as const;

/** Milliseconds of the units; not rounded to whole ones, since a threshold may be below one. */
const unitsMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000 };

const countNames = ['requests', 'requestsPerSecond', 'errors'] as const;

type LatencyFigure = (typeof latencyNames)[keyof typeof latencyNames];
type Operator = '<' | '<=' | '>' | '>=' | '==';

/** The figures that a threshold can name. Without samples a figure is null, and no threshold on it is met. */
export interface ThresholdFigures {
  requests: number;
  requestsPerSecond: number | null;
  successRate: number | null;
  /** Requests that failed, of any kind. */
  errors: number;
  latencyMs: Readonly<Record<LatencyFigure, number | null>>;
}

export interface Threshold {
  /** As it was written, without blanks. */
  expression: string;
  operator: Operator;
  /** Milliseconds for latencies, 0 to 1 for the success rate, else a count. */
  limit: number;
  read: (figures: ThresholdFigures) => number | null;
}

export interface ThresholdResult {
  expression: string;
  actual: number | null;
  passed: boolean;
}

/** What a threshold may look like, for messages. */
export const thresholdForms =
  'p95<500ms (also min, mean, p50, p90, p99, p99.9, max), successRate>=99%, errors==0, requests>=1000 or requestsPerSecond>=100, with <, <=, >, >= or ==';

/**
 * Reads `p95<500ms`, `successRate>=99%`, `errors==0`, `requestsPerSecond>=100`.
 * @returns null when the text is none of them; a latency without a unit and a rate above 1 without `%` are refused,
 * since nobody could tell what is meant
 */
export function parseThreshold(text: string): Threshold | null {
  const match = /^\s*([a-z0-9.]+)\s*(<=|>=|==|<|>)\s*([0-9.]+)\s*(ms|s|m|%)?\s*$/i.exec(text);
  if (!match) return null;
  const [, name = '', operator = '', amount = '', unit = ''] = match;
  if (!/^\d+(\.\d+)?$/.test(amount)) return null;
  const measure = measureOf(name, amount, unit.toLowerCase());
  return (
    measure && {
      expression: text.replaceAll(/\s/g, ''),
      operator: operator as Operator,
      ...measure,
    }
  );
}

/** Compares each threshold with what was measured. */
export function judgeThresholds(
  thresholds: readonly Threshold[],
  figures: ThresholdFigures,
): ThresholdResult[] {
  return thresholds.map(({ expression, operator, limit, read }) => {
    const actual = read(figures);
    return { expression, actual, passed: actual !== null && compare(actual, operator, limit) };
  });
}

function measureOf(
  name: string,
  amount: string,
  unit: string,
): Pick<Threshold, 'limit' | 'read'> | null {
  if (Object.hasOwn(latencyNames, name)) {
    const figure = latencyNames[name as keyof typeof latencyNames];
    const factor = unitsMs[unit];
    if (factor === undefined) return null;
    return { limit: Number(amount) * factor, read: (figures) => figures.latencyMs[figure] };
  }
  if (name === 'successRate') {
    const limit = unit === '%' ? Number(amount) / 100 : Number(amount);
    const isRate = (unit === '%' || unit === '') && limit <= 1;
    return isRate ? { limit, read: (figures) => figures.successRate } : null;
  }
  const count = countNames.find((known) => known === name);
  if (count === undefined || unit !== '') return null;
  return { limit: Number(amount), read: (figures) => figures[count] };
}

function compare(actual: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case '<':
      return actual < limit;
    case '<=':
      return actual <= limit;
    case '>':
      return actual > limit;
    case '>=':
      return actual >= limit;
    case '==':
      return actual === limit;
  }
}
