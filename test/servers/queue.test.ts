import { describeQueueStore } from '../support/queue-conformance.ts';
import { openQueue } from '../support/queue.ts';
import { describeEachDatabaseServer } from './matrix.ts';

describeEachDatabaseServer('the queue', (server, facts) => {
  describeQueueStore('over several connections', () => openQueue({ serverUrl: server().url }));

  // Once is enough: whether a statement waits for a second connection does not depend on the server.
  if (facts.server === 'mariadb-10.5') {
    describeQueueStore('over one connection', () =>
      openQueue({
        serverUrl: server().url,
        environment: { SCALECTL_DATABASE_POOL_SIZE: '1' },
      }),
    );
  }
});
