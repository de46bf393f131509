import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from '../../src/optimizer/rules/index.ts';
import type { Rule } from '../../src/optimizer/rules/rule.ts';
import { brief, openOptimizer } from '../support/optimizer.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures/rules');
const ruleFiles = path.join(import.meta.dirname, '../../src/optimizer/rules');
/** InnoDB counts the room of deleted rows when it has swept them up. */
const sweptWithinMs = 20_000;

/**
 * A database in SQL: a sentence why the rule speaks or is silent, what it `finds` (as `brief` names it), the statements
 * that make it, and behind `-- workload` those that are asked of it.
 */
interface Fixture {
  finds: string[];
  statements: string[];
  workload: string | undefined;
}

describe.concurrent('a rule on a real server', () => {
  for (const rule of rules) {
    it(`${rule.name} speaks where it should`, { timeout: 60_000 }, async ({ expect }) => {
      const fixture = await readFixture(rule, 'found');
      expect(fixture.finds).not.toEqual([]);
      await expect
        .poll(await findingsOf(rule, fixture), { timeout: sweptWithinMs, interval: 200 })
        .toEqual(fixture.finds);
    });

    it(
      `${rule.name} is silent where little is different`,
      { timeout: 60_000 },
      async ({ expect }) => {
        const fixture = await readFixture(rule, 'not-found');
        expect(fixture.finds).toEqual([]);
        const find = await findingsOf(rule, fixture);
        expect(await find()).toEqual([]);
      },
    );
  }
});

describe('the fixtures', () => {
  it('are those of the rules, and each file of rules is in the list', async () => {
    expect((await readdir(fixtures)).sort()).toEqual(rules.map(({ name }) => name).sort());
    for (const file of await readdir(ruleFiles)) {
      if (file === 'index.ts' || file === 'rule.ts') continue;
      const exported = Object.values(
        (await import(path.join(ruleFiles, file))) as Record<string, unknown>,
      );
      expect(
        rules.filter((rule) => exported.includes(rule)),
        file,
      ).not.toEqual([]);
    }
  });
});

async function readFixture({ name }: Rule, kind: 'found' | 'not-found'): Promise<Fixture> {
  const text = await readFile(path.join(fixtures, name, `${kind}.sql`), 'utf8');
  const [made = '', workload] = text.split('-- workload\n');
  return {
    finds: [...made.matchAll(/^-- finds: (.+)$/gm)].map(([, finding = '']) => finding),
    statements: made
      .replace(/^--.*$/gm, '')
      .split(/;\n/)
      .filter((statement) => statement.trim() !== ''),
    workload,
  };
}

/** Makes the database, and gives what asks the rule about it. */
async function findingsOf(
  { name }: Rule,
  { statements, workload }: Fixture,
): Promise<() => Promise<string[]>> {
  const optimizer = await openOptimizer({
    settings: { SCALECTL_OPTIMIZER_UNUSED_AFTER: '2s' },
  });
  for (const statement of statements) await optimizer.test.query(statement);
  return async () => {
    const { findings, refused } = await optimizer.plan(workload ?? '');
    // A workload that is not understood would let every rule be silent.
    expect(refused.filter(({ source }) => source === 'workload-file')).toEqual([]);
    return brief(findings.filter(({ rule }) => rule === name));
  };
}
