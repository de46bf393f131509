import { priorityLabel } from '../job.ts';
import type { RunnableJob } from './handler.ts';

/** The text that a handler reads. `data` is the text that was put in, not a new rendering of it. */
export function jobInput(job: RunnableJob): string {
  return `${JSON.stringify(jobFacts(job)).slice(0, -1)},"data":${job.data}}\n`;
}

/** What a handler is told of its job, without the data. */
export interface JobFacts {
  id: number;
  type: string;
  /** Counts from 1. */
  attempt: number;
  maxAttempts: number;
  /** `high`, `normal`, `low`, or a number. */
  priority: string;
  /** ISO 8601, UTC. */
  createdAt: string;
}

export function jobFacts(job: RunnableJob): JobFacts {
  return {
    id: job.id,
    type: job.type,
    attempt: job.attempts + 1,
    maxAttempts: job.maxAttempts,
    priority: priorityLabel(job.priority),
    createdAt: job.createdAt.toISOString(),
  };
}
