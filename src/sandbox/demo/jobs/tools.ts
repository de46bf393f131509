import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Config } from '../../../config/settings/index.ts';
import type { Database } from '../../../database/types.ts';
import type { RedisClient } from '../../../redis/connect.ts';

/** A job's own fields, as the platform wrote them. */
export type JobData = Readonly<Record<string, unknown>>;

/** What a job works with. A connection opens when a job asks for it. */
export interface JobTools {
  /** Of the job, for the names of files. */
  id: string;
  /** A folder in the demo's, made when it is not there: outbox, reports, backups. */
  openFolder: (name: string) => Promise<string>;
  database(): Promise<Database>;
  redis(): Promise<RedisClient>;
}

/** @returns what was done, in a line; throws an Error that says why it cannot be done */
export type Job = (data: JobData, tools: JobTools) => Promise<string>;

/** Opens what the work asks for, loading no driver before, and closes it at the end. */
export async function withJobTools<T>(
  given: { id: string; folder: string; configFile: string },
  work: (tools: JobTools) => Promise<T>,
): Promise<T> {
  const settings = async (): Promise<Config> => {
    const { loadDemoConfig } = await import('../config-file.ts');
    return loadDemoConfig(given.configFile);
  };
  const closers: (() => PromiseLike<void>)[] = [];
  try {
    return await work({
      id: given.id,
      openFolder: (name) => openFolder(path.join(given.folder, name)),
      database: async () => {
        const { connectDatabase } = await import('../../../database/connect.ts');
        const database = await connectDatabase((await settings()).database);
        closers.push(() => database[Symbol.asyncDispose]());
        return database;
      },
      redis: async () => {
        const { connectRedis } = await import('../../../redis/connect.ts');
        const redis = await connectRedis((await settings()).cache);
        closers.push(() => redis.close());
        return redis;
      },
    });
  } finally {
    for (const close of closers) await close();
  }
}

/** Not with `recursive`: a job that outlives the demo by a moment would make its folder anew. */
async function openFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return folder;
}

/** @throws Error when the field is not a whole number */
export function wholeNumber(data: JobData, field: string): number {
  const value = data[field];
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new Error(`${field} is not a whole number`);
}

/** Null when the field is not there or no text. */
export function textOf(data: JobData, field: string): string | null {
  const value = data[field];
  return typeof value === 'string' && value !== '' ? value : null;
}
