import { describe, expect, it } from 'vitest';
import { readSandboxStatements } from '../../../src/sandbox/shop/schema.ts';
import { shopTables } from '../../../src/sandbox/shop/tables.ts';
import { readWorkload } from '../../../src/sandbox/shop/workload.ts';

describe("the sandbox's SQL files", () => {
  it('create the eleven tables, each once, with the columns that a fill writes', async () => {
    const statements = await readSandboxStatements('shop.sql');
    const tables = statements.map((statement) => /^CREATE TABLE (\w+) \(/.exec(statement)?.[1]);
    expect(tables.toSorted()).toEqual(Object.keys(shopTables).sort());
    for (const statement of statements) {
      const table = /^CREATE TABLE (\w+)/.exec(statement)?.[1] as keyof typeof shopTables;
      const columns = [
        ...statement.matchAll(
          /^ {2}([a-z_]+) (?:INT|VARCHAR|TEXT|ENUM|TIMESTAMP|BOOLEAN|DECIMAL)/gm,
        ),
      ];
      expect(columns.map((match) => match[1])).toEqual([...shopTables[table]]);
    }
  });

  it('hold a workload of reads, one a line, free of comments', async () => {
    const workload = await readWorkload();
    expect(workload.length).toBeGreaterThan(20);
    for (const statement of workload) expect(statement).toMatch(/^SELECT [^\n;]+$/);
    expect(new Set(workload).size).toBe(workload.length);
  });
});
