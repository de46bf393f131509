import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createCommandHandler } from '../../../src/queue/handlers/command.ts';
import type { RunnableJob } from '../../../src/queue/handlers/handler.ts';
import { PhpPool } from '../../../src/queue/handlers/php/pool.ts';
import { startMariadb } from '../../../src/sandbox/servers/mariadb.ts';
import { findTool } from '../../../src/sandbox/tools.mjs';

export type HandlerKind = 'no-op' | 'one query';

export interface PhpBench {
  kinds: readonly HandlerKind[];
  /** @returns jobs a second */
  run(kind: HandlerKind, by: 'php' | 'command', jobs: number, concurrency: number): Promise<number>;
  close(): Promise<void>;
}

/** @param folder takes the handler files */
export async function openPhpBench(folder: string): Promise<PhpBench> {
  const tool = await findTool('php');
  if (!tool) throw new Error('php is missing: node bin/bootstrap.mjs --test unpacks it');
  const environment = Object.entries(tool.env).map(([name, value]) => `${name}=${value}`);
  const program = ['env', ...environment, tool.command, ...tool.args];
  const server = await startMariadb();
  const url = new URL(server.url);
  const account = [url.hostname, url.username, decodeURIComponent(url.password), 'mysql'];
  const connect = `new mysqli(${account.map((text) => JSON.stringify(text)).join(', ')}, ${url.port})`;
  const query = `$db->query('SELECT 1')->fetch_row()[0]`;
  const bodies: Record<HandlerKind, [stay: string, spawn: string]> = {
    'no-op': ['return function (array $job) { return 1; };', 'echo 1;'],
    'one query': [
      `$db = ${connect}; return function (array $job) use ($db) { return ${query}; };`,
      `$db = ${connect}; echo ${query};`,
    ],
  };
  const fileOf = (kind: HandlerKind, by: string): string =>
    path.join(folder, `${kind.replace(' ', '-')}-${by}.php`);
  for (const [kind, [stay, spawn]] of Object.entries(bodies)) {
    await writeFile(fileOf(kind as HandlerKind, 'php'), `<?php ${stay}`);
    const read = '$job = json_decode(stream_get_contents(STDIN), true);';
    await writeFile(fileOf(kind as HandlerKind, 'command'), `<?php ${read} ${spawn}`);
  }
  const limits = { timeoutMs: 30_000, outputBytes: 4096 };
  return {
    kinds: ['no-op', 'one query'],
    run: async (kind, by, jobs, concurrency) => {
      await using pool = new PhpPool({ program, folder, concurrency });
      const file = fileOf(kind, by);
      const handler =
        by === 'php'
          ? pool.handlerOf({
              file,
              recycleAfter: 1000,
              recycleMemoryBytes: 64 * 1024 ** 2,
              ...limits,
            })
          : createCommandHandler({ command: [...program, file], folder, ...limits });
      const { signal } = new AbortController();
      let next = 1;
      const work = async (): Promise<void> => {
        while (next <= jobs) {
          const attempt = await handler.run(jobOf(next++), signal);
          if (attempt.kind !== 'done') throw new Error(JSON.stringify(attempt));
        }
      };
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: concurrency }, work));
      return (jobs * 1000) / (performance.now() - startedAt);
    },
    close: () => server.stop(),
  };
}

function jobOf(id: number): RunnableJob {
  return {
    id,
    type: 'work',
    data: '{"order_id":4711}',
    priority: 50,
    attempts: 0,
    postponements: 0,
    maxAttempts: 3,
    hasUniqueKey: false,
    createdAt: new Date(),
  };
}
