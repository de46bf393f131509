import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PhpPool } from '../../src/queue/handlers/php/pool.ts';
import type { PhpHandlerOptions } from '../../src/queue/handlers/php/process.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import type { ProcessOptions, ProcessResult } from '../../src/queue/worker/process-options.ts';
import { findPhp } from '../support/php.ts';
import { openQueue } from '../support/queue.ts';
import type { OpenQueue } from '../support/queue.ts';
import { detailsOf, isAlive, runOptions } from '../support/queue-run.ts';
import { addOne, eventually, newJob, newJobs } from '../support/queue/jobs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const php = await findPhp();

let queue: OpenQueue;
let folder: string;

beforeAll(async () => {
  queue = await openQueue();
  folder = await temporaryFolder();
});
beforeEach(() => queue.empty());
afterAll(() => queue.close());

interface RunOptions extends Partial<ProcessOptions> {
  handler?: Partial<PhpHandlerOptions>;
  /** Stands in for PHP. */
  program?: readonly string[];
  /** Told of how many processes there are, after each job. */
  onSize?: (size: number) => void;
}

/** Runs what is due with a handler file that holds this code. */
async function run(code: string, more: RunOptions = {}): Promise<ProcessResult> {
  return runFiles({ '*': code }, more);
}

/** By job type; `*` for all others. */
async function runFiles(
  codes: Readonly<Record<string, string>>,
  { handler, program = php ?? [], onSize, ...options }: RunOptions = {},
): Promise<ProcessResult> {
  const concurrency = options.concurrency ?? 2;
  await using pool = new PhpPool({ program, folder, concurrency });
  const handlers = new Map(
    await Promise.all(
      Object.entries(codes).map(async ([type, code]) => {
        const file = `${type === '*' ? 'handler' : type}.php`;
        await writeFile(path.join(folder, file), `<?php\n${code}\n`);
        const made = pool.handlerOf({
          file,
          timeoutMs: 30_000,
          outputBytes: 4096,
          recycleAfter: 1000,
          recycleMemoryBytes: 64 * 1024 ** 2,
          ...handler,
        });
        return [type, made] as const;
      }),
    ),
  );
  const findHandler: ProcessOptions['findHandler'] = (type) => {
    onSize?.(pool.size);
    return handlers.get(type) ?? handlers.get('*') ?? null;
  };
  // Awaited here: the pool is there until the run is over.
  return await processQueue(runOptions(queue.store, findHandler, { concurrency, ...options }));
}

/** One attempt with this body of the function; what became of the job. */
async function attempt(body: string, data = '{}', more: RunOptions = {}) {
  const id = await addOne(queue.store, newJob('work', { data, maxAttempts: 1 }));
  await run(`return function (array $job) { ${body} };`, more);
  return detailsOf(queue.store, id);
}

async function written(file: string): Promise<string[]> {
  return (await readFile(path.join(folder, file), 'utf8')).trim().split('\n');
}

describe.skipIf(!php)('a handler that is a PHP file', () => {
  it('gets the job as an array and gives its result back', async () => {
    const data = '{"amount":12345678901234567890,"rate":1.0,"text":"ä \\"$HOME\\"","list":[1,{}]}';
    const id = await addOne(queue.store, newJob('send_email', { data, priority: 10 }));
    const { createdAt } = await detailsOf(queue.store, id);
    const result = await run('return function (array $job) { return $job; };');
    expect(result).toMatchObject({ processed: 1, completed: 1 });
    const details = await detailsOf(queue.store, id);
    expect(details.status).toBe('completed');
    expect(JSON.parse(details.result ?? '')).toEqual({
      id,
      type: 'send_email',
      attempt: 1,
      maxAttempts: 3,
      priority: 'high',
      createdAt,
      data: { amount: '12345678901234567890', rate: 1, text: 'ä "$HOME"', list: [1, []] },
    });
  });

  it('may return a text, or nothing', async () => {
    expect((await attempt('return "sent";')).result).toBe('sent');
    expect(await attempt('')).toMatchObject({ status: 'completed', result: null });
  });

  it('may be any callable', async () => {
    const id = await addOne(queue.store);
    await run(`class Mail { public function run(array $job) { return 'by a method'; } }
      return [new Mail(), 'run'];`);
    expect((await detailsOf(queue.store, id)).result).toBe('by a method');
  });

  it('is loaded once for many jobs, which run in one process each at a time', async () => {
    await queue.store.add(newJobs(300));
    const sizes: number[] = [];
    const result = await run(
      `file_put_contents('loads', getmypid() . "\\n", FILE_APPEND);
      $jobs = 0;
      return function (array $job) use (&$jobs) {
        if ($job['data']['running'] ?? false) throw new Exception('not alone');
        file_put_contents('pids', getmypid() . "\\n", FILE_APPEND);
        return ++$jobs;
      };`,
      { onSize: (size) => sizes.push(size) },
    );
    expect(result).toMatchObject({ processed: 300, completed: 300 });
    expect((await written('loads')).length).toBeLessThanOrEqual(2);
    expect(new Set(await written('pids'))).toEqual(new Set(await written('loads')));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2);
    for (const pid of await written('loads')) expect(isAlive(Number(pid))).toBe(false);
  });

  it('has failed by an exception: the message, the place and the trace without arguments', async () => {
    const details = await attempt(
      'function charge(string $card) { throw new DomainException("no such card"); } charge("4711-0815");',
    );
    expect(details.failures).toMatchObject([
      {
        reason: 'error',
        message: expect.stringMatching(
          /^DomainException: no such card in .*handler\.php:2$/,
        ) as string,
      },
    ]);
    expect(details.failures[0]?.output).toMatch(/^#0 .*handler\.php\(2\): charge\(\)$/);
    expect(JSON.stringify(details.failures)).not.toContain('4711');
  });

  it('has failed when it returns false, as the old processor has it', async () => {
    expect((await attempt('return false;')).failures).toMatchObject([
      { reason: 'error', message: 'the handler returned false' },
    ]);
  });

  it('asks for a later run, which costs no attempt, and says when', async () => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    await run('return function () { throw new ScalectlRetryLater("the bank is closed", 3600); };');
    const details = await detailsOf(queue.store, id);
    expect(details).toMatchObject({
      status: 'scheduled',
      attempts: 0,
      postponements: 1,
      failures: [{ reason: 'postponed', message: 'the bank is closed' }],
    });
    const waitMs = new Date(details.at ?? 0).getTime() - Date.now();
    expect(waitMs).toBeGreaterThan(3_500_000);
  });

  it('gives a job up: it is a dead letter with attempts left', async () => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 5 }));
    await run('return function () { throw new ScalectlGiveUp("the order was cancelled"); };');
    expect(await detailsOf(queue.store, id)).toMatchObject({
      status: 'failed',
      attempts: 1,
      failures: [{ reason: 'error', message: 'the order was cancelled' }],
    });
  });

  it('may print, warn and leave a buffer open: that stands with its own job', async () => {
    const noisy = await addOne(queue.store);
    const silent = await addOne(queue.store);
    await run(
      `return function (array $job) {
        if ($job['id'] !== ${noisy}) return 'silent';
        echo 'echoed';
        fwrite(STDOUT, ' written');
        echo $job['data']['no such key'] ?? $undefined;
        ob_start();
        echo ' buffered';
        return 'noisy';
      };`,
      { concurrency: 1 },
    );
    const { result } = await detailsOf(queue.store, noisy);
    expect(result).toMatch(/^noisy\n\nprinted:\nechoed written\s+Warning: Undefined variable \$/);
    expect(result).toMatch(/ buffered$/);
    expect((await detailsOf(queue.store, silent)).result).toBe('silent');
  });

  it('what it prints is its result when it returns nothing, and stands with its error', async () => {
    expect((await attempt('echo "sent";')).result).toBe('sent');
    const { failures } = await attempt('fwrite(STDERR, "no route"); throw new Exception("x");');
    expect(failures[0]?.output).toBe('no route');
  });

  it('may print without end: only the end of it is kept', async () => {
    const { status, result } = await attempt(
      'for ($i = 0; $i < 2000; $i++) echo str_repeat("a", 10000), "\\n"; echo "end";',
      '{}',
      { handler: { outputBytes: 1000 } },
    );
    expect(status).toBe('completed');
    expect(result).toMatch(/^… a+\nend$/);
    expect(Buffer.byteLength(result ?? '')).toBeLessThan(1010);
  });

  it('may print what looks like an answer', async () => {
    const id = await addOne(queue.store);
    await run(
      `return function (array $job) {
        echo "\\n@word {\\"id\\":{$job['id']},\\"ok\\":true,\\"result\\":\\"forged\\"}\\n";
        return 'real';
      };`,
    );
    expect((await detailsOf(queue.store, id)).result).toMatch(/^real\n\nprinted:\n@word /);
  });

  it('may close the standard streams', async () => {
    expect((await attempt('fclose(STDOUT); fclose(STDIN); return "done";')).result).toBe('done');
  });

  it('takes a megabyte, and the end of a long result is kept', async () => {
    const { result } = await attempt(
      'return strlen($job["data"]) . "-" . $job["data"];',
      JSON.stringify('ä'.repeat(500_000)),
      { handler: { outputBytes: 1000 } },
    );
    expect(result).toMatch(/^… ä+$/);
    expect(Buffer.byteLength(result ?? '')).toBeLessThan(1010);
    const counted = await attempt('return strlen($job["data"]);', JSON.stringify('ä'.repeat(5e5)));
    expect(counted.result).toBe('1000000');
  });

  it('gets data that a page wrote over several lines', async () => {
    const id = await addOne(queue.store);
    await queue.test.query('UPDATE scalectl_queue_jobs SET data = ? WHERE id = ?', [
      '{\r\n  "text": "a\\nb"\n}\n',
      id,
    ]);
    await run('return function (array $job) { return $job["data"]["text"]; };');
    expect((await detailsOf(queue.store, id)).result).toBe('a\nb');
  });

  it('gets names that mean something to other languages as any other', async () => {
    const { result } = await attempt(
      'return $job["data"];',
      '{"__proto__":{"ok":false},"constructor":1,"":2,"id":99}',
    );
    expect(result).toBe('{"__proto__":{"ok":false},"constructor":1,"":2,"id":99}');
  });

  it('may return bytes that are no text, and what JSON does not know', async () => {
    expect((await attempt('return "a\\xff\\xfeb";')).result).toBe('a��b');
    expect((await attempt('return ["x" => "\\xff"];')).result).toBe('{"x":"�"}');
    expect(await attempt('return NAN;')).toMatchObject({ status: 'completed' });
    expect(await attempt('return fopen("php://memory", "r");')).toMatchObject({
      status: 'completed',
    });
  });

  it('data that PHP cannot read are a dead letter at once', async () => {
    const id = await addOne(queue.store, newJob('work', { data: '{"a":"\\ud83d"}' }));
    await run('return function () {};');
    expect(await detailsOf(queue.store, id)).toMatchObject({
      status: 'failed',
      attempts: 1,
      failures: [
        { message: expect.stringMatching(/^PHP cannot read the data of the job: /) as string },
      ],
    });
  });

  it('may use the database over a connection that stays', async () => {
    await queue.store.add(newJobs(20));
    const { hostname, port, username, password, pathname } = new URL(queue.test.url);
    const socket = [hostname, username, decodeURIComponent(password), pathname.slice(1)];
    const result = await run(
      `$db = new mysqli(${socket.map((text) => JSON.stringify(text)).join(', ')}, ${port});
      return function (array $job) use ($db) {
        return $db->query('SELECT CONNECTION_ID()')->fetch_row()[0];
      };`,
      { concurrency: 1 },
    );
    expect(result).toMatchObject({ completed: 20 });
    const rows = await queue.test.query('SELECT DISTINCT result FROM scalectl_queue_done');
    expect(rows).toHaveLength(1);
  });
});

describe.skipIf(!php)('a PHP process that dies', () => {
  /** Job 2 of three does this; one process. */
  async function second(body: string, more: RunOptions = {}) {
    const ids = [];
    for (let n = 0; n < 3; n += 1) {
      ids.push(await addOne(queue.store, newJob('work', { maxAttempts: 1 })));
    }
    await run(
      `return function (array $job) {
        if ($job['id'] !== ${ids[1]}) return 'fine';
        echo "about to\\n";
        ${body}
      };`,
      { concurrency: 1, ...more },
    );
    const [before, dying, after] = await Promise.all(ids.map((id) => detailsOf(queue.store, id)));
    expect([before?.result, after?.result]).toEqual(['fine', 'fine']);
    expect(dying).toMatchObject({ status: 'failed', attempts: 1 });
    return dying?.failures[0];
  }

  it('by exit() fails the job in which that was called', async () => {
    expect(await second('exit(0);')).toMatchObject({
      reason: 'error',
      message: 'the handler called exit(); it must return',
      output: 'about to',
    });
  });

  it('by a fatal error fails that job with the error', async () => {
    const failure = await second('abstract class A {}; eval("class B extends No {}");');
    expect(failure?.message).toMatch(/No.* not found/);
    const fatal = await second('trigger_error("over", E_USER_ERROR);');
    expect(fatal).toMatchObject({ message: expect.stringMatching(/^over in /) as string });
  });

  it('by its memory limit fails that job with the error', async () => {
    const failure = await second(
      'ini_set("memory_limit", "32M"); $a = []; while (true) $a[] = str_repeat("x", 1000);',
    );
    expect(failure?.message).toMatch(/^Allowed memory size of 33554432 bytes exhausted/);
  });

  it('by a signal fails that job', async () => {
    expect(await second('posix_kill(getmypid(), SIGKILL);')).toMatchObject({
      reason: 'signal',
      message: 'the PHP process was ended by SIGKILL without an answer',
      output: 'about to',
    });
  });

  it('because it computes without end is ended, and its job has timed out', async () => {
    const startedAt = performance.now();
    expect(await second('while (true);', { handler: { timeoutMs: 700 } })).toMatchObject({
      reason: 'timeout',
      message: 'it took longer than 700ms and was ended',
      output: 'about to',
    });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('because it waits without end is ended with all that it started', async () => {
    await second('$p = popen("sleep 60 & echo $! > child.pid; wait", "w"); pclose($p);', {
      handler: { timeoutMs: 700 },
    });
    const pid = Number((await written('child.pid'))[0]);
    await eventually(
      () => Promise.resolve(isAlive(pid)),
      (alive) => !alive,
    );
  });
});

describe.skipIf(!php)('a handler file that cannot be used', () => {
  it.each([
    ['that returns nothing', '$a = 1;', /^handler\.php cannot be used: it returns no function/],
    ['with an error in it', 'return function (', /cannot be used: ParseError: .*handler\.php:/],
    ['that throws', 'throw new Exception("no config");', /Exception: no config in /],
    ['that ends', 'echo "bye"; exit(3);', /cannot be used: the handler called exit\(\)/],
    ['that asks too much', 'ini_set("memory_limit","8M"); str_repeat("x", 1e9);', /Allowed memory/],
  ])('%s fails its jobs with the reason', async (_, code, message) => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    await run(code);
    expect((await detailsOf(queue.store, id)).failures).toMatchObject([
      { reason: 'not-started', message: expect.stringMatching(message) as string },
    ]);
  });

  it('because it is not there, or PHP is not, says so', async () => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    await run('', { handler: { file: 'handlers/none.php' } });
    expect((await detailsOf(queue.store, id)).failures[0]?.message).toBe(
      'handlers/none.php cannot be used: there is no file handlers/none.php',
    );
    const without = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    await run('', { program: ['no-such-php'] });
    expect((await detailsOf(queue.store, without)).failures).toMatchObject([
      {
        reason: 'not-started',
        message: 'no-such-php cannot be started: there is no such program or folder',
      },
    ]);
  });
});

describe.skipIf(!php)('the processes of a run', () => {
  const tellsPid = 'return function (array $job) { return getmypid(); };';

  async function pids(): Promise<string[]> {
    const rows = await queue.test.query<{ result: string }>(
      'SELECT result FROM scalectl_queue_done ORDER BY job_id',
    );
    return rows.map(({ result }) => result);
  }

  it('are replaced after so many jobs', async () => {
    await queue.store.add(newJobs(10));
    await run(tellsPid, { concurrency: 1, handler: { recycleAfter: 4 } });
    const counts = new Map<string, number>();
    for (const pid of await pids()) counts.set(pid, (counts.get(pid) ?? 0) + 1);
    expect([...counts.values()]).toEqual([4, 4, 2]);
  });

  it('are replaced when they have grown too large', async () => {
    await queue.store.add(newJobs(4));
    await run(
      `$kept = [];
      return function (array $job) use (&$kept) {
        $kept[] = str_repeat('x', 5000000);
        return getmypid();
      };`,
      { concurrency: 1, handler: { recycleMemoryBytes: 8_000_000 } },
    );
    const [a, b, c, d] = await pids();
    expect([a, c]).toEqual([b, d]);
    expect(a).not.toBe(c);
  });

  it('stay between jobs, however mixed these are, and are few', async () => {
    await queue.store.add(
      Array.from({ length: 60 }, (_, n) => newJob(['mail', 'bill', 'report'][n % 3] ?? '')),
    );
    const sizes: number[] = [];
    const codes = { mail: tellsPid, bill: tellsPid, report: tellsPid };
    const result = await runFiles(codes, { onSize: (size) => sizes.push(size) });
    expect(result).toMatchObject({ completed: 60 });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
    expect(new Set(await pids()).size).toBeLessThan(12);
  });

  it('are ended when the run is stopped, and their jobs put back uncharged', async () => {
    const id = await addOne(queue.store);
    const result = await run(
      'file_put_contents("pid", getmypid()); return function () { sleep(60); };',
      { maxTimeMs: 600, graceMs: 200 },
    );
    expect(result).toMatchObject({ processed: 0, remaining: 1 });
    expect(await detailsOf(queue.store, id)).toMatchObject({ status: 'pending', attempts: 0 });
    expect(isAlive(Number((await written('pid'))[0]))).toBe(false);
  });
});

describe('a process that breaks the protocol', () => {
  /** In place of PHP: reads the word and the jobs, and answers as told. */
  async function answering(code: string) {
    const script = path.join(folder, 'answering.mjs');
    await writeFile(
      script,
      `import readline from 'node:readline';
      let word;
      const send = (text) => process.stdout.write('\\n@' + word + ' ' + text + '\\n');
      for await (const line of readline.createInterface({ input: process.stdin })) {
        if (!word) { word = JSON.parse(line).word; send('{"ready":true}'); continue; }
        const job = JSON.parse(line);
        const done = (id = job.id) => send(JSON.stringify({ id, ok: true, result: String(process.pid) }));
        ${code}
      }`,
    );
    const ids = [];
    for (let n = 0; n < 2; n += 1) {
      ids.push(await addOne(queue.store, newJob('work', { maxAttempts: 1 })));
    }
    await run('', { program: [process.execPath, script], concurrency: 1 });
    return Promise.all(ids.map((id) => detailsOf(queue.store, id)));
  }

  it.each([
    // In one write: of two, the first may be read by itself, and the second is then an answer that comes later.
    [
      'answers twice',
      `process.stdout.cork(); done(); done(); process.stdout.uncork();`,
      'it answered twice',
    ],
    ['answers for another job', 'done(job.id + 100);', /^.*: it answered for job \d+$/],
    ['leaves the job out', `send('{"ok":true}');`, 'its answer cannot be read'],
    ['breaks off', `send('{"id":' + job.id);`, 'its answer cannot be read'],
    [
      'never comes to an end',
      `process.stdout.write('\\n@' + word + ' ' + '1'.repeat(9000000));`,
      'its answer has no end',
    ],
  ])('because it %s fails that job, and is replaced', async (_, code, why) => {
    const [first, second] = await answering(
      `if (job.id % 2 === ${await nextIdIsOdd()}) { ${code} } else done();`,
    );
    expect(first?.failures).toMatchObject([
      {
        reason: 'error',
        message:
          typeof why === 'string'
            ? `the PHP process was replaced: ${why}`
            : (expect.stringMatching(why) as string),
      },
    ]);
    expect(second).toMatchObject({ status: 'completed' });
  });

  it('because it answers again later is replaced, and no other job is charged', async () => {
    const [first, second] = await answering('done(); setTimeout(() => done(), 30);');
    expect([first?.status, second?.status]).toEqual(['completed', 'completed']);
  });

  /** 1 when the next job gets an odd number. */
  async function nextIdIsOdd(): Promise<number> {
    const id = await addOne(queue.store);
    await queue.empty();
    return (id + 1) % 2;
  }
});
