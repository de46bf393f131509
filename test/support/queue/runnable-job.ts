import type { RunnableJob } from '../../../src/queue/handlers/handler.ts';

/** A job at its first attempt, as a worker gives it to a handler. */
export function runnableJob(type: string, data: unknown, id = 1): RunnableJob {
  return {
    id,
    type,
    data: JSON.stringify(data),
    priority: 50,
    attempts: 0,
    postponements: 0,
    maxAttempts: 3,
    hasUniqueKey: false,
    createdAt: new Date(0),
  };
}
