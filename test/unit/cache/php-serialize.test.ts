import { describe, expect, test } from 'vitest';
import {
  decodePhp,
  encodePhp,
  jsonToPhp,
  PhpArray,
  PhpEnum,
  PhpFloat,
  PhpFormatError,
  PhpObject,
  phpToJson,
} from '../../../src/cache/php-serialize.ts';
import type { PhpKey, PhpValue } from '../../../src/cache/php-serialize.ts';
import { seededRandom } from './seeded-random.ts';

/** Bytes as PHP 8 writes them (one character a byte), and the JSON they stand for. */
const fixtures: [what: string, bytes: string, json: unknown][] = [
  ['null', 'N;', null],
  ['true', 'b:1;', true],
  ['false', 'b:0;', false],
  ['an integer', 'i:-17;', -17],
  ['the largest exact number', 'i:9007199254740991;', 9007199254740991],
  ['one more than that', 'i:9007199254740992;', { $number: '9007199254740992' }],
  ['PHP_INT_MAX', 'i:9223372036854775807;', { $number: '9223372036854775807' }],
  ['PHP_INT_MIN', 'i:-9223372036854775808;', { $number: '-9223372036854775808' }],
  ['a float', 'd:0.1;', 0.1],
  ['a whole float', 'd:1;', 1],
  ['a large float', 'd:1.0E+25;', 1e25],
  ['a small float', 'd:1.0E-5;', 1e-5],
  ['the smallest float', 'd:4.9406564584124654E-324;', 5e-324],
  ['a float in an old precision', 'd:0.10000000000000001;', 0.1],
  ['infinity', 'd:INF;', { $number: 'INF' }],
  ['minus infinity', 'd:-INF;', { $number: '-INF' }],
  ['not a number', 'd:NAN;', { $number: 'NAN' }],
  ['minus zero', 'd:-0;', { $number: '-0' }],
  ['text', 's:5:"hello";', 'hello'],
  ['UTF-8', 's:5:"caf\xc3\xa9";', 'café'],
  ['text that looks like the format', 's:9:"s:1:"x";}";', 's:1:"x";}'],
  ['bytes that are no text', 's:3:"\xff\x00"";', { $base64: '/wAi' }],
  ['an empty list', 'a:0:{}', []],
  ['a list', 'a:2:{i:0;s:1:"a";i:1;N;}', ['a', null]],
  ['a map', 'a:2:{s:2:"id";i:7;s:1:"x";b:1;}', { id: 7, x: true }],
  [
    'a list out of order',
    'a:2:{i:1;s:1:"a";i:0;s:1:"b";}',
    {
      $map: [
        [1, 'a'],
        [0, 'b'],
      ],
    },
  ],
  [
    'integer and text keys',
    'a:2:{i:1;i:1;s:2:"01";i:2;}',
    {
      $map: [
        [1, 1],
        ['01', 2],
      ],
    },
  ],
  [
    'a text key that JavaScript would move',
    'a:2:{s:1:"z";i:1;s:1:"5";i:2;}',
    {
      $map: [
        ['z', 1],
        ['5', 2],
      ],
    },
  ],
  ['a key with a meaning here', 'a:1:{s:7:"$number";i:1;}', { $map: [['$number', 1]] }],
  ['a key of bytes', 'a:1:{s:1:"\xff";i:1;}', { $map: [[{ $base64: '/w==' }, 1]] }],
  [
    'a repeated key',
    'a:2:{s:1:"a";i:1;s:1:"a";i:2;}',
    {
      $map: [
        ['a', 1],
        ['a', 2],
      ],
    },
  ],
  [
    'an object with private and protected properties',
    'O:4:"User":3:{s:4:"name";s:1:"x";s:8:"\0*\0phone";N;s:11:"\0User\0token";i:1;}',
    {
      $class: 'User',
      properties: { name: 'x', phone: null, token: 1 },
      visibility: { phone: 'protected', token: 'private User' },
    },
  ],
  [
    'an object whose parent has a private property of the same name',
    'O:3:"Vip":2:{s:9:"\0User\0key";i:1;s:8:"\0Vip\0key";i:2;}',
    {
      $class: 'Vip',
      properties: { 'User::key': 1, key: 2 },
      visibility: { 'User::key': 'private User', key: 'private Vip' },
    },
  ],
  ['an object with its own format', 'C:3:"Own":4:{a}"b}', { $class: 'Own', payload: 'a}"b' }],
  ['an enum', 'E:11:"Suit:Hearts";', { $class: 'Suit', case: 'Hearts' }],
  [
    'an object in itself',
    'O:8:"stdClass":1:{s:2:"me";r:1;}',
    { $class: 'stdClass', properties: { me: { $ref: '$' } } },
  ],
  ['an array in itself', 'a:1:{s:4:"self";R:1;}', { self: { $ref: '$' } }],
  [
    'an object twice',
    'a:2:{i:0;O:1:"A":0:{}i:1;r:2;}',
    [{ $class: 'A', properties: {} }, { $ref: '$[0]' }],
  ],
  ['a reference to a scalar', 'a:2:{s:1:"x";i:5;s:1:"y";R:2;}', { x: 5, y: 5 }],
  [
    'slots where r counts and R does not',
    'a:5:{i:0;O:1:"A":0:{}i:1;r:2;i:2;i:7;i:3;R:4;i:4;s:1:"z";}',
    [{ $class: 'A', properties: {} }, { $ref: '$[0]' }, 7, 7, 'z'],
  ],
  [
    'a reference deep inside',
    'a:2:{s:3:"a b";a:1:{i:0;a:0:{}}i:3;R:3;}',
    {
      $map: [
        ['a b', [[]]],
        [3, { $ref: '$["a b"][0]' }],
      ],
    },
  ],
];

const bytesOf = (latin: string): Buffer => Buffer.from(latin, 'latin1');

describe('PHP serialize() data', () => {
  test.each(fixtures)('%s is read', (_, bytes, json) => {
    expect(phpToJson(decodePhp(bytesOf(bytes)))).toEqual(json);
  });

  test.each(fixtures)('%s comes back byte for byte', (_, bytes) => {
    expect(encodePhp(decodePhp(bytesOf(bytes))).toString('latin1')).toBe(bytes);
  });

  test.each(fixtures)('%s, cut anywhere, is refused', (_, bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodePhp(bytesOf(bytes.slice(0, length)))).toThrow(PhpFormatError);
    }
  });

  test('the order of a map reaches JSON text', () => {
    const value = decodePhp(bytesOf('a:3:{s:1:"b";i:1;s:1:"a";i:2;s:9:"__proto__";i:3;}'));
    expect(JSON.stringify(phpToJson(value))).toBe('{"b":1,"a":2,"__proto__":3}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('integers stay apart from floats, and large ones keep their digits', () => {
    expect(decodePhp(bytesOf('i:1;'))).toBe(1);
    expect(decodePhp(bytesOf('d:1;'))).toEqual(new PhpFloat(1));
    expect(decodePhp(bytesOf('i:9223372036854775807;'))).toBe(9223372036854775807n);
  });
});

describe('input that is not PHP data', () => {
  test.each([
    ['text', 'hello'],
    ['an unknown type', 'x:1;'],
    ['two values', 'i:1;i:2;'],
    ['a boolean of 2', 'b:2;'],
    ['an integer beyond 64 bits', 'i:9223372036854775808;'],
    ['an integer of a thousand digits', `i:${'9'.repeat(1000)};`],
    ['an integer without digits', 'i:-;'],
    ['a float of letters', 'd:abc;'],
    ['a float in hexadecimal', 'd:0x10;'],
    ['an empty float', 'd:;'],
    ['a length that is too short', 's:2:"abc";'],
    ['a negative length', 's:-1:"";'],
    ['an array as key', 'a:1:{a:0:{}i:1;}'],
    ['a reference to what comes later', 'a:1:{i:0;R:3;}'],
    ['a reference to itself', 'a:1:{i:0;R:2;}'],
    ['a reference to value 0', 'a:1:{i:0;R:0;}'],
    ['an object reference to a scalar', 'a:2:{i:0;i:1;i:1;r:2;}'],
    ['an enum without a case', 'E:4:"Suit";'],
    ['fewer entries than announced', 'a:2:{i:0;i:1;}'],
    ['more entries than announced', 'a:1:{i:0;i:1;i:1;i:2;}'],
  ])('%s is refused with the place', (_, bytes) => {
    expect(() => decodePhp(bytesOf(bytes))).toThrow(/no PHP-serialized value: .+ \(at byte \d+\)/);
  });

  test.each([
    ['a list of two thousand million', 'a:2000000000:{i:0;i:1;}'],
    ['a text of nine gigabytes', 's:9000000000:"x";'],
    ['an object with a giant name', 'O:999999999:"x":0:{}'],
    ['a payload of nine gigabytes', 'C:1:"A":9000000000:{x}'],
  ])('%s that is not there takes no memory', (_, bytes) => {
    const before = process.memoryUsage().rss;
    expect(() => decodePhp(bytesOf(bytes))).toThrow(PhpFormatError);
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 ** 2);
  });

  test('nesting beyond the limit is refused, within it read', () => {
    const nested = (depth: number): Buffer =>
      bytesOf('a:1:{i:0;'.repeat(depth) + 'N;' + '}'.repeat(depth));
    expect(() => decodePhp(nested(1025))).toThrow(/nested deeper than 1024/);
    expect(() => decodePhp(nested(200_000))).toThrow(/nested deeper/);
    const deep = decodePhp(nested(1024));
    expect(encodePhp(deep).equals(nested(1024))).toBe(true);
    expect(JSON.stringify(phpToJson(deep))).toHaveLength(2 * 1024 + 4);
  });

  test('sizes beyond the limits are refused', () => {
    expect(() => decodePhp(bytesOf('s:5:"hello";'), { maxBytes: 11 })).toThrow(/limit of 11/);
    expect(() => decodePhp(bytesOf('a:2:{i:0;N;i:1;N;}'), { maxValues: 2 })).toThrow(
      /more than 2 values/,
    );
  });

  test('references that would double at each step do not grow', () => {
    let bytes = '';
    for (let i = 0; i < 60; i++) bytes += `i:${i};a:2:{i:0;R:${i + 1};i:1;R:${i + 1};}`;
    const json = JSON.stringify(phpToJson(decodePhp(bytesOf(`a:60:{${bytes}}`))));
    expect(json.length).toBeLessThan(10_000);
  });

  test('damaged data is read or refused, never anything else (seed 20240601)', () => {
    const random = seededRandom(20240601);
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      const [, bytes = ''] = fixtures[random.below(fixtures.length)] ?? [];
      const damaged = damage(bytesOf(bytes), random);
      try {
        const value = decodePhp(damaged);
        expect(decodePhp(encodePhp(value))).toEqual(value);
        JSON.stringify(phpToJson(value));
      } catch (error) {
        expect(error).toBeInstanceOf(PhpFormatError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(5000);
    expect(refused).toBeLessThan(20_000);
  });
});

describe('values made here', () => {
  test('random values survive being written and read (seed 7)', () => {
    const random = seededRandom(7);
    for (let i = 0; i < 500; i++) {
      const value = randomValue(random, 0);
      expect(decodePhp(encodePhp(value))).toEqual(value);
    }
  });

  test.each(fixtures.filter(([, , json]) => !JSON.stringify(json).includes('$ref')))(
    '%s goes to JSON and back without changing its JSON',
    (what, bytes, json) => {
      if (what === 'an object with its own format') return;
      expect(phpToJson(jsonToPhp(JSON.parse(JSON.stringify(json))))).toEqual(json);
      expect(decodePhp(encodePhp(jsonToPhp(json)))).toEqual(jsonToPhp(json));
      expect(bytes).not.toBe('');
    },
  );

  test('JSON becomes what PHP would make of it', () => {
    const json = { id: 7, price: 9.5, tags: ['a'], '10': null, '010': true };
    expect(encodePhp(jsonToPhp(json)).toString()).toBe(
      'a:5:{i:10;N;s:2:"id";i:7;s:5:"price";d:9.5;s:4:"tags";a:1:{i:0;s:1:"a";}s:3:"010";b:1;}',
    );
  });

  test('private and protected properties come back from JSON', () => {
    const bytes = 'O:3:"Vip":3:{s:9:"\0User\0key";i:1;s:8:"\0Vip\0key";i:2;s:4:"\0*\0p";i:3;}';
    const json = phpToJson(decodePhp(bytesOf(bytes)));
    expect(encodePhp(jsonToPhp(json)).toString('latin1')).toBe(bytes);
  });

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a reference', { $ref: '$' }],
    ['a number in words', { $number: 'twelve' }],
    ['an integer beyond 64 bits', { $number: '9223372036854775808' }],
    ['bytes that are no base64', { $base64: '*' }],
    ['a map that is no list of pairs', { $map: [[1]] }],
    ['an array as key', { $map: [[[1], 2]] }],
    ['a class without properties', { $class: 'A' }],
  ])('%s has no PHP value', (_, json) => {
    expect(() => jsonToPhp(json)).toThrow(/no value for PHP/);
  });

  test('a structure that contains itself is refused, not followed for ever', () => {
    const endless = new PhpArray();
    endless.entries.push([0, endless]);
    expect(() => encodePhp(endless)).toThrow(/nested deeper/);
  });

  test('references can be moved into and out of a surrounding array', () => {
    const inner = decodePhp(bytesOf('O:1:"A":1:{s:1:"a";r:1;}'));
    const wrapped = 'a:1:{s:5:"value";O:1:"A":1:{s:1:"a";r:2;}}';
    expect(encodePhp(new PhpArray([['value', inner]]), { slotOffset: 1 }).toString()).toBe(wrapped);
  });
});

function damage(bytes: Buffer, random: ReturnType<typeof seededRandom>): Buffer {
  const damaged = Buffer.from(bytes);
  const at = random.below(damaged.length);
  switch (random.below(4)) {
    case 0:
      damaged[at] = random.below(256);
      return damaged;
    case 1:
      return Buffer.concat([damaged.subarray(0, at), damaged.subarray(at + 1)]);
    case 2:
      return Buffer.concat([damaged.subarray(0, at), Buffer.from('9'), damaged.subarray(at)]);
    default:
      damaged[at] = 0x30 + random.below(10);
      return damaged;
  }
}

function randomValue(random: ReturnType<typeof seededRandom>, depth: number): PhpValue {
  const bytes = (): Buffer =>
    Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256)));
  const text = (): string => bytes().toString('latin1').normalize('NFC');
  const key = (): PhpKey => (random.below(2) === 0 ? random.below(1e9) - 5e8 : text());
  const entries = (): [PhpKey, PhpValue][] =>
    Array.from({ length: random.below(5) }, () => [key(), randomValue(random, depth + 1)]);
  const makers: (() => PhpValue)[] = [
    () => null,
    () => random.below(2) === 0,
    () => random.below(2 ** 31) - 2 ** 30,
    () => 2n ** 62n + BigInt(random.below(2 ** 31)),
    () => new PhpFloat((random.below(2 ** 31) - 2 ** 30) * 10 ** (random.below(60) - 30)),
    text,
    () => new PhpEnum('Suit', 'Hearts'),
    () => Buffer.concat([Buffer.from([0xff]), bytes()]),
    () => new PhpArray(entries()),
    () => new PhpObject('A\\B', entries()),
  ];
  const maker = makers[random.below(depth > 4 ? makers.length - 2 : makers.length)];
  return maker ? maker() : null;
}
