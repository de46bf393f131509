import { ScalectlError } from '../../errors.ts';
import { largestInteger, narrowInteger, smallestInteger } from './number.ts';
import { PhpArray, PhpEnum, PhpFloat, PhpObject } from './value.ts';
import type { PhpEntries, PhpKey, PhpValue } from './value.ts';

/**
 * The PHP value for a JSON value, in the form that phpToJson writes; plain JavaScript values of a caller (bigint,
 * Buffer) work too. Keys become what PHP makes of them: "7" is the integer 7. A number with a fraction is a float.
 * @throws ScalectlError `input-invalid` for what has no PHP value: undefined, functions, `$ref`, a wrong `$` member
 */
export function jsonToPhp(json: unknown): PhpValue {
  if (json === null || typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'bigint') return inRange(json);
  if (typeof json === 'number') return numberToPhp(json);
  if (Buffer.isBuffer(json)) return json;
  if (Array.isArray(json)) return new PhpArray(json.map((value, i) => [i, jsonToPhp(value)]));
  if (typeof json !== 'object') throw invalid(`a ${typeof json} has no PHP value`);
  return objectToPhp(json as Record<string, unknown>);
}

function numberToPhp(value: number): PhpValue {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : new PhpFloat(value);
}

function objectToPhp(json: Record<string, unknown>): PhpValue {
  if (Object.hasOwn(json, '$base64')) return bytesOf(json['$base64']);
  if (Object.hasOwn(json, '$number')) return numberOf(json['$number']);
  if (Object.hasOwn(json, '$class')) return instanceOf(json);
  if (Object.hasOwn(json, '$map')) return new PhpArray(pairsOf(json['$map']));
  if (Object.hasOwn(json, '$ref')) {
    throw invalid('a reference ($ref) cannot be written from JSON; write the value itself');
  }
  return new PhpArray(membersOf(json));
}

function membersOf(json: Record<string, unknown>): PhpEntries {
  return Object.entries(json).map(([key, value]) => [arrayKey(key), jsonToPhp(value)]);
}

function pairsOf(map: unknown): PhpEntries {
  const isPairs =
    Array.isArray(map) && map.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!isPairs) throw invalid('$map is a list of [key, value] pairs');
  return (map as [unknown, unknown][]).map(([key, value]) => [keyOf(key), jsonToPhp(value)]);
}

function keyOf(json: unknown): PhpKey {
  const key = jsonToPhp(json);
  // A $map says exactly what each key is: "7" stays a text here.
  if (typeof key === 'string' || Buffer.isBuffer(key)) return key;
  if (typeof key === 'number' || typeof key === 'bigint') return key;
  throw invalid('a key of a $map is a whole number or a text');
}

/** PHP keeps "7" and "-7" as integers, "07", "-0" and what goes beyond 64 bits as texts. */
function arrayKey(key: string): PhpKey {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(key)) return key;
  const value = BigInt(key);
  return value < smallestInteger || value > largestInteger ? key : narrowInteger(value);
}

function instanceOf(json: Record<string, unknown>): PhpValue {
  const { $class: className, case: caseName, properties, visibility } = json;
  if (typeof className !== 'string') throw invalid('$class is the name of a class');
  if (typeof caseName === 'string') return new PhpEnum(className, caseName);
  if (typeof properties !== 'object' || properties === null) {
    throw invalid('beside $class stands "properties" (or "case" of an enum)');
  }
  const kinds = (visibility ?? {}) as Record<string, unknown>;
  const entries = Object.hasOwn(properties, '$map')
    ? pairsOf((properties as { $map: unknown }).$map)
    : Object.entries(properties).map(([name, value]): [PhpKey, PhpValue] => [
        name,
        jsonToPhp(value),
      ]);
  return new PhpObject(
    className,
    entries.map(([key, value]) => [mangle(key, kinds[String(key)]), value]),
  );
}

/** The name under which PHP keeps a property that is not public. */
function mangle(key: PhpKey, visibility: unknown): PhpKey {
  if (visibility === undefined || typeof key !== 'string') return key;
  if (visibility === 'protected') return `\0*\0${key}`;
  const owner =
    typeof visibility === 'string' ? /^private (.+)$/s.exec(visibility)?.[1] : undefined;
  if (owner === undefined) {
    throw invalid(`the visibility of ${key} is "protected" or "private Class"`);
  }
  const shownOwner = `${owner}::`;
  return `\0${owner}\0${key.startsWith(shownOwner) ? key.slice(shownOwner.length) : key}`;
}

function bytesOf(text: unknown): Buffer {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw invalid('$base64 is a text in base64');
  }
  return Buffer.from(text, 'base64');
}

function numberOf(text: unknown): PhpValue {
  if (typeof text === 'string') {
    const special = { NAN: NaN, INF: Infinity, '-INF': -Infinity, '-0': -0 }[text];
    if (special !== undefined) return new PhpFloat(special);
    if (/^-?\d{1,19}$/.test(text)) return inRange(BigInt(text));
    if (/^-?\d+(\.\d+)?(E[+-]?\d+)?$/i.test(text)) return new PhpFloat(Number(text));
  }
  throw invalid('$number is a text such as "9223372036854775807", "1.5", "INF", "-INF", "NAN"');
}

function inRange(value: bigint): number | bigint {
  if (value < smallestInteger || value > largestInteger) {
    throw invalid(`${value} does not fit the 64 bits of a PHP integer`);
  }
  return narrowInteger(value);
}

function invalid(message: string): ScalectlError {
  return new ScalectlError('input-invalid', `no value for PHP: ${message}`);
}
