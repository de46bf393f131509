import { describe, expect, it } from 'vitest';
import { cleanSchemas } from '../support/clean-schemas.ts';
import { brief, openOptimizer } from '../support/optimizer.ts';

describe('a schema in good order', () => {
  for (const [name, statements] of Object.entries(cleanSchemas)) {
    it(`of ${name} gets no proposal, and one more index is found`, async () => {
      const optimizer = await openOptimizer();
      for (const statement of statements) await optimizer.test.query(statement);
      const { findings, summary } = await optimizer.plan();
      expect(brief(findings)).toEqual([]);
      expect(summary.proposed).toBe(0);
      const table = name === 'staff' ? 'works_in (department)' : 'customer (last_name)';
      await optimizer.test.query(`CREATE INDEX one_more ON ${table}`);
      const changed = await optimizer.plan();
      expect(changed.findings).toMatchObject([
        { rule: 'redundant-index', table: table.split(' ')[0] },
      ]);
      expect(changed.summary.proposed).toBe(1);
    });
  }
});
