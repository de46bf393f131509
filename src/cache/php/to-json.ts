import { PhpArray, PhpEnum, PhpFloat, PhpObject, PhpReference, readPropertyName } from './value.ts';
import type { PhpCustomObject, PhpEntries, PhpKey, PhpValue, PropertyName } from './value.ts';

/** What JSON.stringify prints without loss. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Members that mean something in the JSON form: a PHP array with such a key is written as a $map. */
const reservedMembers: ReadonlySet<string> = new Set([
  '$map',
  '$class',
  '$base64',
  '$number',
  '$ref',
]);

/**
 * A PHP value as JSON. A list is an array; a map is an object, or `{"$map":[[key,value],…]}` where keys are integers,
 * repeat, or would lose their order; bytes that are no text `{"$base64"}`; numbers that JSON cannot hold `{"$number"}`;
 * an object `{"$class","properties"}` with `visibility` naming what is not public; an enum `{"$class","case"}`; an
 * object with its own format `{"$class","payload"}`; a reference to an array or an object is
 * `{"$ref":"$.path"}`, the place where that stands, any other the value itself.
 */
export function phpToJson(value: PhpValue): Json {
  return new Converter().value(value, null, '');
}

/** Where a value stands: a chain towards the root, written out only when something refers to it. */
interface Place {
  above: Place | null;
  key: PhpKey;
}

class Converter {
  private readonly places = new Map<PhpValue, Place>();

  value(value: PhpValue, above: Place | null, key: PhpKey): Json {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number' || typeof value === 'bigint') return numberToJson(value);
    if (typeof value === 'string' || Buffer.isBuffer(value)) return textToJson(value);
    if (value instanceof PhpFloat) return numberToJson(value.value);
    const place = { above, key };
    if (value instanceof PhpArray || value instanceof PhpObject) this.places.set(value, place);
    return this.structure(value, place);
  }

  private structure(
    value: PhpArray | PhpObject | PhpEnum | PhpCustomObject | PhpReference,
    place: Place,
  ): Json {
    if (value instanceof PhpArray) return this.array(value.entries, place);
    if (value instanceof PhpObject) return this.object(value, place);
    if (value instanceof PhpReference) return this.reference(value);
    if (value instanceof PhpEnum) return { $class: value.className, case: value.caseName };
    return { $class: textToJson(value.className), payload: textToJson(latinText(value.payload)) };
  }

  private array(entries: PhpEntries, place: Place): Json {
    const isList = entries.every(([key], i) => key === i);
    if (isList) return entries.map(([key, value]) => this.value(value, place, key));
    const pairs = entries.map(([key, value]): [PhpKey, Json] => [
      key,
      this.value(value, place, key),
    ]);
    return mapToJson(pairs);
  }

  private object(object: PhpObject, place: Place): Json {
    const names = object.properties.map(([key]) => readPropertyName(key));
    const uses = new Map<PhpKey, number>();
    for (const { name } of names) uses.set(name, (uses.get(name) ?? 0) + 1);
    const shown = names.map((own) =>
      uses.get(own.name) === 1 ? own.name : qualifiedName(own, object.className),
    );
    const pairs = object.properties.map(([, value], i): [PhpKey, Json] => {
      const name = shown[i] ?? '';
      return [name, this.value(value, place, name)];
    });
    const visibility = names.flatMap(({ visibility: kind, declaredIn }, i): [string, string][] => {
      if (kind === 'public') return [];
      return [[String(shown[i]), kind === 'private' ? `private ${String(declaredIn)}` : kind]];
    });
    return {
      $class: textToJson(object.className),
      properties: mapToJson(pairs),
      ...(visibility.length > 0 ? { visibility: Object.fromEntries(visibility) } : {}),
    };
  }

  private reference({ target, slot }: PhpReference): Json {
    if (target instanceof PhpReference) return this.reference(target);
    if (target === undefined) return { $ref: `value ${slot}` };
    const place = this.places.get(target);
    return place ? { $ref: writePlace(place) } : this.value(target, null, '');
  }
}

/** A private property of a parent class can have the name of another: then its class stands before it. */
function qualifiedName({ name, declaredIn }: PropertyName, className: string | Buffer): PhpKey {
  if (declaredIn === null || declaredIn === className) return name;
  return `${String(declaredIn)}::${String(name)}`;
}

/** Pairs in order as an object, or as a $map where an object would lose something. */
export function mapToJson(pairs: readonly [PhpKey, Json][]): Json {
  const members = new Map<string, Json>();
  for (const [key, value] of pairs) {
    if (typeof key !== 'string' || reservedMembers.has(key) || isArrayIndex(key)) break;
    members.set(key, value);
  }
  if (members.size < pairs.length) {
    return { $map: pairs.map(([key, value]) => [keyToJson(key), value]) };
  }
  // fromEntries defines its members, so that even a key named __proto__ stays a key.
  return Object.fromEntries(members);
}

/** JavaScript moves such names to the front of an object. */
function isArrayIndex(key: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(key);
}

function keyToJson(key: PhpKey): Json {
  return typeof key === 'string' || Buffer.isBuffer(key) ? textToJson(key) : numberToJson(key);
}

/** A number, or a $number where JSON has none. */
export function numberToJson(value: number | bigint): Json {
  if (typeof value === 'bigint') return { $number: String(value) };
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (Number.isNaN(value)) return { $number: 'NAN' };
  return { $number: value === 0 ? '-0' : value > 0 ? 'INF' : '-INF' };
}

/** Text as it is, other bytes as $base64. */
export function textToJson(text: string | Buffer): Json {
  return typeof text === 'string' ? text : { $base64: text.toString('base64') };
}

function latinText(bytes: Buffer): string | Buffer {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : bytes;
}

function stepOf(key: PhpKey): string {
  if (typeof key === 'number' || typeof key === 'bigint') return `[${key}]`;
  const name = typeof key === 'string' ? key : key.toString('latin1');
  return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** `$` is the whole, `$.user[0]["odd key"]` a part of it. */
function writePlace(place: Place): string {
  const steps: string[] = [];
  for (let at = place; at.above; at = at.above) steps.push(stepOf(at.key));
  return `$${steps.reverse().join('')}`;
}
