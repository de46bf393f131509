import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PhpPool } from '../../src/queue/handlers/php/pool.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import { findPhp } from '../support/php.ts';
import { openQueue } from '../support/queue.ts';
import type { OpenQueue } from '../support/queue.ts';
import { detailsOf, inProcess, runOptions } from '../support/queue-run.ts';
import { addOne, claim, newJob, openWorker } from '../support/queue/jobs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const php = await findPhp();
const templates = fileURLToPath(new URL('../../templates/php', import.meta.url));

let queue: OpenQueue;
let folder: string;

beforeAll(async () => {
  queue = await openQueue();
  folder = await temporaryFolder();
});
beforeEach(() => queue.empty());
afterAll(() => queue.close());

function address(): string[] {
  const { hostname, port, username, password, pathname } = new URL(queue.test.url);
  return [hostname, username, decodeURIComponent(password), pathname.slice(1), port];
}

/** What a page does with the class; the JSON of what it returns, and what it wrote to the error log. */
async function page(code: string): Promise<{ value: unknown; log: string }> {
  const [host, user, password, name, port] = address().map((text) => JSON.stringify(text));
  const file = path.join(folder, 'page.php');
  await writeFile(
    file,
    `<?php
    require ${JSON.stringify(path.join(templates, 'queue_manager.php'))};
    $db = new mysqli(${host}, ${user}, ${password}, ${name}, (int) ${port});
    QueueManager::useConnection($db);
    $page = function () use ($db) { ${code} };
    echo json_encode($page());`,
  );
  const [program = '', ...args] = php ?? [];
  const { stdout, stderr } = await promisify(execFile)(program, [...args, file], { cwd: folder });
  return { value: JSON.parse(stdout), log: stderr };
}

describe.skipIf(!php)('the QueueManager of a page', () => {
  it('adds a job that scalectl runs', async () => {
    const { value } = await page(
      `return QueueManager::addJob('send_email', ['to' => 'ä@shop.example', 'rate' => 1.0], 'high');`,
    );
    expect(await detailsOf(queue.store, value as number)).toMatchObject({
      type: 'send_email',
      priority: 'high',
      status: 'pending',
      data: '{"to":"ä@shop.example","rate":1.0}',
    });
    const result = await processQueue(
      runOptions(
        queue.store,
        inProcess(() => ({ kind: 'done', result: 'sent' })),
      ),
    );
    expect(result).toMatchObject({ completed: 1 });
  });

  it('adds it inside the transaction of the page', async () => {
    await page(`$db->begin_transaction(); QueueManager::addJob('a'); $db->rollback();`);
    expect(await queue.store.stats()).toMatchObject({ total: 0 });
    await page(`$db->begin_transaction(); QueueManager::addJob('a'); $db->commit();`);
    expect(await queue.store.stats()).toMatchObject({ pending: 1 });
  });

  it('adds it for later', async () => {
    const { value } = await page(`return QueueManager::addJob('a', [], 'low', 3600);`);
    const { status, at, data } = await detailsOf(queue.store, value as number);
    expect([status, data]).toEqual(['scheduled', '{}']);
    expect(new Date(at ?? 0).getTime() - Date.now()).toBeGreaterThan(3_000_000);
  });

  it('answers false with the reason in the log to what is no job', async () => {
    const { value, log } = await page(
      `return [QueueManager::addJob(''), QueueManager::addJob('a', [], 'soon'),
        QueueManager::addJob('a', ["\\xff"])];`,
    );
    expect(value).toEqual([false, false, false]);
    expect(log).toContain('QueueManager: the type of a job has 1 to 100 characters');
    expect(log).toContain('QueueManager: the priority is soon; it is high, normal or low');
    expect(log).toContain('Malformed UTF-8');
    expect(await queue.store.stats()).toMatchObject({ total: 0 });
  });

  it('tells where a job stands, from the start to the end', async () => {
    const id = await addOne(queue.store, newJob('work', { data: '{"n":1}', maxAttempts: 1 }));
    const status = async () => {
      const { value } = await page(`return QueueManager::getJobStatus(${id});`);
      return value as Record<string, unknown>;
    };
    const createdAt = Math.floor(
      new Date((await detailsOf(queue.store, id)).createdAt).getTime() / 1000,
    );
    expect(await status()).toEqual({
      id,
      type: 'work',
      data: { n: 1 },
      priority: 'normal',
      status: 'pending',
      created_at: createdAt,
      scheduled_at: createdAt,
      attempts: 0,
      max_attempts: 1,
      error: null,
      completed_at: null,
      result: null,
    });
    {
      await using worker = await openWorker(queue.store);
      const { jobs } = await claim(worker, 1);
      expect(await status()).toMatchObject({ status: 'processing' });
      const { value } = await page('return QueueManager::getStats();');
      expect(value).toMatchObject({ total: 1, pending: 0, processing: 1 });
      await worker.exchange(
        jobs.map((job) => ({ job, kind: 'released' as const })),
        null,
      );
    }
    const fail = inProcess(() => ({
      kind: 'failed',
      failure: { reason: 'error', message: 'no mail server', output: null },
    }));
    await processQueue(runOptions(queue.store, fail));
    expect(await status()).toMatchObject({ status: 'failed', error: 'no mail server' });
    await queue.store.retry({ ids: [id] });
    await processQueue(
      runOptions(
        queue.store,
        inProcess(() => ({ kind: 'done', result: 'sent' })),
      ),
    );
    const done = await status();
    expect(done).toMatchObject({ status: 'completed', result: 'sent' });
    expect(Number(done['completed_at'])).toBeGreaterThanOrEqual(createdAt);
    expect((await page('return QueueManager::getJobStatus(99999);')).value).toBeNull();
    expect((await page(`return QueueManager::getJobStatus('job_old');`)).value).toBeNull();
  });

  it('counts the jobs, those of pages included', async () => {
    await queue.store.add([newJob('a'), newJob('a', { due: { delayMs: 3_600_000 } })]);
    const { value } = await page(
      `QueueManager::addJob('b'); return [QueueManager::initialize(), QueueManager::getStats()];`,
    );
    expect(value).toEqual([true, { total: 3, pending: 3, processing: 0, completed: 0, failed: 0 }]);
  });

  it('runs and removes jobs by the command line, and says when that is not there', async () => {
    await writeFile(
      path.join(folder, 'fake.cjs'),
      `console.log(JSON.stringify({ ok: true, result: { processed: process.argv.length, jobs: process.argv[5] } }));`,
    );
    const scalectl = [process.execPath, 'fake.cjs'].map((text) => JSON.stringify(text)).join(', ');
    const { value } = await page(
      `define('SCALECTL_COMMAND', [${scalectl}]);
      return [QueueManager::processPending(5), QueueManager::cleanup(3)];`,
    );
    // node, fake.cjs, queue process --max-jobs 5 --json
    expect(value).toEqual([7, 0]);
    const missing = await page(
      `define('SCALECTL_COMMAND', ['no-such-program']); return QueueManager::processPending();`,
    );
    expect(missing.value).toBe(0);
    expect(missing.log).toContain(
      'QueueManager: no-such-program ended with 127 and without an answer',
    );
  });
});

describe.skipIf(!php)('the examples of handlers', () => {
  beforeAll(async () => {
    await queue.test.query(
      'CREATE TABLE handled_jobs (job_id BIGINT UNSIGNED NOT NULL PRIMARY KEY, handled_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)',
    );
  });

  beforeEach(() => queue.test.query('DELETE FROM handled_jobs'));

  it('complete a payment once, however often its job runs', async () => {
    await queue.test.query('CREATE TABLE payments (id INT PRIMARY KEY, status VARCHAR(20))');
    await queue.test.query(`INSERT INTO payments VALUES (7, 'pending'), (8, 'completed')`);
    await using example = openExample('process_payment');
    const first = await example.run({ payment_id: 7 });
    expect(first.result).toBe('payment 7 completed');
    expect(await example.runAgain(first.id)).toEqual({ kind: 'done', result: 'was done before' });
    expect(await example.run({ payment_id: 8 })).toMatchObject({
      status: 'failed',
      lastError: 'payment 8 is not pending',
    });
    expect(await example.run({ payment_id: '8' })).toMatchObject({
      lastError: 'payment_id is missing',
    });
    const rows = await queue.test.query('SELECT job_id FROM handled_jobs');
    expect(rows).toEqual([{ job_id: first.id }]);
  });

  it('change the stock once, and never below zero', async () => {
    await queue.test.query('CREATE TABLE products (id INT PRIMARY KEY, quantity_in_stock INT)');
    await queue.test.query('INSERT INTO products VALUES (7, 5)');
    await using example = openExample('update_inventory');
    const first = await example.run({ product_id: 7, quantity: -2 });
    expect(first.result).toBe('product 7 changed by -2');
    expect(await example.runAgain(first.id)).toEqual({ kind: 'done', result: 'was done before' });
    expect(await example.run({ product_id: 7, quantity: -4 })).toMatchObject({
      status: 'failed',
      attempts: 1,
      lastError: 'product 7 is not there, or its stock would fall below zero',
    });
    expect(await example.run({ product_id: 7 })).toMatchObject({
      lastError: 'product_id or quantity is missing',
    });
    const rows = await queue.test.query('SELECT quantity_in_stock FROM products');
    expect(rows).toEqual([{ quantity_in_stock: 3 }]);
  });

  function openExample(type: string) {
    const [host = '', user = '', password = '', name = '', port = ''] = address();
    const environment = { HOST: host, USER: user, PASS: password, NAME: name, PORT: port };
    const settings = Object.entries(environment).map(([key, value]) => `SHOP_DB_${key}=${value}`);
    const pool = new PhpPool({
      program: ['env', ...settings, ...(php ?? [])],
      folder,
      concurrency: 1,
    });
    const handler = pool.handlerOf({
      file: path.join(templates, `handlers/${type}.php`),
      timeoutMs: 30_000,
      outputBytes: 4096,
      recycleAfter: 1000,
      recycleMemoryBytes: 64 * 1024 ** 2,
    });
    return {
      run: async (data: unknown) => {
        const id = await addOne(queue.store, newJob(type, { data: JSON.stringify(data) }));
        await processQueue(runOptions(queue.store, () => handler));
        return detailsOf(queue.store, id);
      },
      /** As after a worker that died before it could write down that the job was done. */
      runAgain: async (id: number) => {
        const { data } = await detailsOf(queue.store, id);
        const job = {
          id,
          type,
          data,
          priority: 50,
          attempts: 0,
          postponements: 0,
          maxAttempts: 3,
          hasUniqueKey: false,
          createdAt: new Date(),
        };
        return handler.run(job, new AbortController().signal);
      },
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    };
  }
});
