/** Integers of 64 bits, as PHP has them on every platform that matters. */
export const smallestInteger = -(2n ** 63n);
export const largestInteger = 2n ** 63n - 1n;

/** A number where that is exact, else the BigInt itself. */
export function narrowInteger(value: bigint): number | bigint {
  const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isSafe ? Number(value) : value;
}

/**
 * A float as PHP 8 writes it with its default serialize_precision of -1: the shortest digits that read back to the
 * same value, with an exponent below 1.0E-4 and above 17 digits before the point.
 */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NAN';
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const magnitude = Math.abs(value);
  // Between these JavaScript writes the same.
  if (magnitude >= 1e-4 && magnitude < 1e17) return String(value);
  const [mantissa = '', power = '0'] = magnitude.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const sign = value < 0 ? '-' : '';
  return sign + placePoint(digits, Number(power));
}

/** `digits` × 10^power, the point standing after the first digit. */
function placePoint(digits: string, power: number): string {
  if (power < -4 || power > 16) {
    const fraction = digits.length > 1 ? digits.slice(1) : '0';
    return `${digits[0]}.${fraction}E${power < 0 ? '-' : '+'}${Math.abs(power)}`;
  }
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  const fraction = digits.slice(power + 1);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
