import { describe, expect, it } from 'vitest';
import { MalformedResponse } from '../../../src/loadtest/http/response-head.ts';
import { ResponseParser } from '../../../src/loadtest/http/response-parser.ts';

interface Answer {
  name: string;
  bytes: string;
  method?: string;
  status: number;
  body: string;
  /** Ended by the server's close alone. */
  untilClose?: boolean;
}

const answers: Answer[] = [
  {
    name: 'with a Content-Length',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    status: 200,
    body: 'hello',
  },
  {
    name: 'without a body',
    bytes: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
    status: 404,
    body: '',
  },
  {
    name: 'in chunks, with an extension and a trailer',
    bytes:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\nA\r\n, world!!!\r\n0\r\nX-Sum: 1\r\n\r\n',
    status: 200,
    body: 'hello, world!!!',
  },
  {
    name: 'in chunks that hold line ends',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n',
    status: 200,
    body: '\r\n\r\n',
  },
  {
    name: 'until the server closes',
    bytes: 'HTTP/1.0 200 OK\r\n\r\nall that comes',
    status: 200,
    body: 'all that comes',
    untilClose: true,
  },
  {
    name: 'to HEAD, whatever length it names',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
    method: 'HEAD',
    status: 200,
    body: '',
  },
  {
    name: '304 with the length of what was not sent',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n',
    status: 304,
    body: '',
  },
  { name: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', status: 204, body: '' },
  {
    name: 'after 100 Continue and 103 Early Hints',
    bytes:
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    status: 200,
    body: 'ok',
  },
  {
    name: 'without a reason phrase',
    bytes: 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok',
    status: 200,
    body: 'ok',
  },
];

describe.each(answers)('an answer $name', ({ bytes, method = 'GET', status, body, untilClose }) => {
  const read = (pieces: readonly string[]): ResponseParser => {
    const parser = new ResponseParser();
    parser.expect(method, 1024);
    for (const piece of pieces)
      expect(parser.push(Buffer.from(piece, 'latin1'))).toBe(piece.length);
    if (untilClose) {
      expect(parser.isDone).toBe(false);
      expect(parser.end()).toBe(true);
    }
    return parser;
  };
  const expectWhole = (parser: ResponseParser): void => {
    expect(parser.isDone).toBe(true);
    expect(parser.head?.status).toBe(status);
    expect(parser.body.text(null)).toBe(body);
  };

  it('is read in one piece', () => {
    expectWhole(read([bytes]));
  });

  it('is read when it is split at any byte', () => {
    for (let at = 1; at < bytes.length; at++)
      expectWhole(read([bytes.slice(0, at), bytes.slice(at)]));
  });

  it('is read byte by byte', () => {
    expectWhole(read([...bytes]));
  });

  it('is not whole before its last byte', () => {
    if (untilClose) return;
    const parser = read([bytes.slice(0, -1)]);
    expect(parser.isDone).toBe(false);
    expect(parser.end()).toBe(false);
  });
});

describe('the parser', () => {
  it('leaves what follows an answer to its caller', () => {
    const parser = new ResponseParser();
    parser.expect('GET', 10);
    const first = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    expect(parser.push(Buffer.from(`${first}HTTP/1.1 500`))).toBe(first.length);
    expect(parser.isDone).toBe(true);
  });

  it('reads answer after answer', () => {
    const parser = new ResponseParser();
    for (const text of ['one', 'three', '']) {
      parser.expect('GET', 10);
      parser.push(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`));
      expect(parser.body.text(null)).toBe(text);
    }
  });

  it('keeps no reference to the bytes that it is given', () => {
    const parser = new ResponseParser();
    parser.expect('GET', 10);
    const shared = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha');
    parser.push(shared);
    shared.fill('x');
    parser.push(Buffer.from('lf'));
    expect(parser.body.text(null)).toBe('half');
  });

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a line that is no header', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
    ['a blank before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\nok'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok'],
    [
      'a length beside chunked',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['another transfer encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n'],
    [
      'a chunk longer than said',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n',
    ],
    ['a bare line feed in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ])('refuses %s', (_, bytes) => {
    const parser = new ResponseParser();
    parser.expect('GET', 10);
    expect(() => parser.push(Buffer.from(bytes, 'latin1'))).toThrow(MalformedResponse);
  });

  it('refuses a head without an end', () => {
    const parser = new ResponseParser();
    parser.expect('GET', 10);
    parser.push(Buffer.from('HTTP/1.1 200 OK\r\n'));
    const line = Buffer.from(`X-Filler: ${'x'.repeat(8000)}\r\n`);
    expect(() => {
      for (let lines = 0; lines < 20; lines++) parser.push(line);
    }).toThrow(MalformedResponse);
  });

  it('takes any damaged answer as malformed, unfinished or another answer, and never breaks', () => {
    let seed = 42;
    // A linear congruential generator with the constants of Numerical Recipes: the same damage in each run.
    const random = (below: number): number => {
      seed = (seed * 1664525 + 1013904223) >>> 0;
      return seed % below;
    };
    for (let round = 0; round < 3000; round++) {
      const { bytes, method = 'GET' } = answers[random(answers.length)] ?? { bytes: '' };
      const damaged = Buffer.from(bytes, 'latin1');
      for (let hits = 0; hits <= random(3); hits++) damaged[random(damaged.length)] = random(256);
      const parser = new ResponseParser();
      parser.expect(method, 100);
      try {
        parser.push(damaged);
        parser.end();
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedResponse);
      }
    }
  });
});
