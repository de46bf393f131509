import { describe, expect, it } from 'vitest';
import { splitWorkload } from '../../../../src/optimizer/evidence/workload-file.ts';

describe('a workload file', () => {
  it('ends statements with a semicolon, on as many lines as they take', () => {
    const { statements, broken } = splitWorkload(
      'SELECT 1;\n\n-- a note; really\nSELECT\n  2;SELECT 3',
    );
    expect(statements).toEqual([
      { text: 'SELECT 1', line: 1 },
      { text: 'SELECT\n  2', line: 4 },
      { text: 'SELECT 3', line: 5 },
    ]);
    expect(broken).toEqual([]);
  });

  it('has one statement a line when there is no semicolon', () => {
    expect(splitWorkload('SELECT 1\r\n\r\n# note\nSELECT 2\n').statements).toEqual([
      { text: 'SELECT 1', line: 1 },
      { text: 'SELECT 2', line: 4 },
    ]);
  });

  it('does not end a statement at a semicolon in a text, a name or a comment', () => {
    const sql = "SELECT ';', `;` /* ; */ FROM t";
    expect(splitWorkload(`${sql};`).statements).toEqual([{ text: sql, line: 1 }]);
  });

  it('names the line of a broken statement and uses the rest', () => {
    const { statements, broken } = splitWorkload("SELECT 1;\nSELECT 'open;\nSELECT 2;\nSELECT 3;");
    expect(broken).toMatchObject([{ line: 2, reason: "a quote ' is not closed" }]);
    expect(statements.map(({ text }) => text)).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 3']);
  });

  it('is not misled about its semicolons by a broken first statement', () => {
    const { statements, broken } = splitWorkload("SELECT 'open;\nSELECT 2;\nSELECT\n3;");
    expect(broken).toHaveLength(1);
    expect(statements.map(({ text }) => text)).toEqual(['SELECT 2', 'SELECT\n3']);
  });

  it('takes a byte order mark, an empty file and empty statements', () => {
    expect(splitWorkload('\ufeffSELECT 1;').statements).toEqual([{ text: 'SELECT 1', line: 1 }]);
    expect(splitWorkload('').statements).toEqual([]);
    expect(splitWorkload(' ;; \n-- nothing\n').statements).toEqual([]);
  });
});
