import { expect, it } from 'vitest';
import { describeQueueStore } from '../support/queue-conformance.ts';
import { newJob } from '../support/queue/jobs.ts';
import { openQueue } from '../support/queue.ts';

describeQueueStore('the queue in MariaDB', () => openQueue());

it('the queue of an earlier version keeps its jobs and gets what is new', async () => {
  const queue = await openQueue();
  await queue.store.add([newJob()]);
  await queue.test.query('DROP TABLE scalectl_queue_key_windows');
  await queue.test.query("DELETE FROM scalectl_migrations WHERE area = 'queue' AND number > 1");
  expect(await queue.store.stats()).toMatchObject({ pending: 1 });
  await queue.store.prepare();
  await queue.store.add([newJob('work', { uniqueKey: 'k', uniqueForMs: 60_000 })]);
  expect(await queue.store.stats()).toMatchObject({ pending: 2 });
  await queue.close();
});
