import { describeQueueStore } from '../support/queue-conformance.ts';
import { openQueue } from '../support/queue.ts';

describeQueueStore('the queue in MariaDB', () => openQueue());
