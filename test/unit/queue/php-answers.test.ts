import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../src/queue/handlers/php/answer-reader.ts';
import { readAnswer, readReadiness } from '../../../src/queue/handlers/php/answer.ts';

/** What a reader makes of an output that comes in these pieces. */
function read(pieces: readonly (string | Buffer)[], longestBytes?: number) {
  const answers: string[] = [];
  const printed: Buffer[] = [];
  let tooLong = 0;
  const reader = new AnswerReader({
    word: 'w0rd',
    onAnswer: (text) => answers.push(text),
    onPrinted: (bytes) => printed.push(Buffer.from(bytes)),
    onTooLong: () => (tooLong += 1),
    ...(longestBytes === undefined ? {} : { longestBytes }),
  });
  for (const piece of pieces) reader.add(Buffer.from(piece));
  reader.end();
  return { answers, printed: Buffer.concat(printed).toString('utf8'), tooLong };
}

describe('the output of a job process', () => {
  it('is taken apart into answers and what the handler prints', () => {
    expect(read(['\n@w0rd {"a":1}\nhello\n\n@w0rd {"a":2}\n'])).toEqual({
      answers: ['{"a":1}', '{"a":2}'],
      printed: 'hello\n',
      tooLong: 0,
    });
  });

  it('may come in pieces of any size', () => {
    const output = 'ä\n@\n@w\n\n@w0rd {"text":"ü"}\nprinted @w0rd {"no":1}\n\n@w0rd {}\nend\n@w0r';
    const expected = {
      answers: ['{"text":"ü"}', '{}'],
      printed: 'ä\n@\n@w\nprinted @w0rd {"no":1}\nend\n@w0r',
      tooLong: 0,
    };
    const bytes = Buffer.from(output);
    for (let size = 1; size <= bytes.length; size += 1) {
      const pieces = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      expect(read(pieces)).toEqual(expected);
    }
  });

  it('takes what is printed with another word, or behind other text, for no answer', () => {
    expect(read(['\n@word {"id":1}\nx@w0rd {"id":1}\n']).answers).toEqual([]);
  });

  it('is not kept while it is printed, and an answer without end is given up', () => {
    const flood = Array.from({ length: 50 }, () => 'x'.repeat(1000));
    const { tooLong, printed } = read(flood, 2000);
    expect([tooLong, printed.length]).toEqual([0, 50_000]);
    expect(read(['\n@w0rd ', ...flood], 2000)).toMatchObject({ answers: [], tooLong: 1 });
  });
});

describe('an answer', () => {
  it.each([
    [
      '{"id":7,"ok":true,"result":"sent","memoryBytes":2097152}',
      { id: 7, answer: { kind: 'done', result: 'sent' }, memoryBytes: 2_097_152 },
    ],
    ['{"id":7,"ok":true}', { id: 7, answer: { kind: 'done', result: null }, memoryBytes: null }],
    [
      '{"id":7,"ok":false,"error":"no","trace":"#0"}',
      { answer: { kind: 'failed', error: 'no', trace: '#0', isFinal: false, endsProcess: false } },
    ],
    ['{"id":7,"ok":false,"error":" "}', { answer: { error: 'the handler gave no reason' } }],
    ['{"id":7,"ok":false,"error":"no","giveUp":true,"ends":true}', { answer: { isFinal: true } }],
    [
      '{"id":7,"ok":false,"error":"closed","later":true,"afterMs":5000}',
      { answer: { kind: 'later', error: 'closed', afterMs: 5000 } },
    ],
    [
      '{"id":7,"ok":false,"error":"closed","later":true,"afterMs":-1}',
      { answer: { kind: 'later', afterMs: null } },
    ],
  ])('%s is read', (text, expected) => {
    expect(readAnswer(text)).toMatchObject(expected);
  });

  it.each([
    '',
    '{"id":7,"ok":tr',
    'null',
    '[1]',
    '7',
    '{"ok":true}',
    '{"id":"7","ok":true}',
    '{"id":7}',
    '{"id":7,"ok":true,"result":{"a":1}}',
    '{"id":7,"ok":false}',
    '{"__proto__":{"id":7,"ok":true}}',
  ])('%j is none', (text) => {
    expect(readAnswer(text)).toBeNull();
  });

  it('comes after the process has said that it is ready, or why it is not', () => {
    expect(readReadiness('{"ready":true}')).toEqual({ problem: null });
    expect(readReadiness('{"ready":false,"error":"no file"}')).toEqual({ problem: 'no file' });
    expect(readReadiness('{"ready":false}')).toEqual({ problem: 'it gives no reason' });
    expect(readReadiness('{"id":1,"ok":true}')).toBeNull();
  });
});
