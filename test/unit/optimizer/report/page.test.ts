import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rememberSecret } from '../../../../src/config/redact.ts';
import { jsonBlock, markup } from '../../../../src/optimizer/report/page/markup.ts';
import { renderPage } from '../../../../src/optimizer/report/page/page.ts';
import { hostile, reportOf } from './report-fixture.ts';

describe('a template of markup', () => {
  it('escapes text between tags and inside attributes, and takes markup as it is', () => {
    const inner = markup`<b title="${`"'<`}">${'<i>&'}</b>`;
    expect(inner.source).toBe('<b title="&#34;&#39;&#60;">&#60;i&#62;&#38;</b>');
    expect(markup`<p>${inner}${[inner, inner]}${null}${7}</p>`.source).toBe(
      `<p>${inner.source}${inner.source}\n${inner.source}7</p>`,
    );
  });

  it('makes control characters and turns of direction visible', () => {
    expect(markup`${'a\u202eb\u001bc\nd'}`.source).toBe('a\\u202eb\\x1bc\nd');
  });

  it('masks the passwords of the configuration', () => {
    rememberSecret('planted<4711>');
    const page = markup`<p>${'it is planted<4711> here'}</p>`.source;
    expect(page).toBe('<p>it is ****** here</p>');
    expect(jsonBlock('x', { a: 'planted<4711>' }).source).not.toContain('4711');
  });
});

describe('a block of data', () => {
  it('holds nothing that could end it, and reads back as it was', () => {
    const value = { text: '</script><!--<script>&\u2028' };
    const { source } = jsonBlock('data', value);
    const inside = source.slice('<script type="application/json" id="data">'.length, -9);
    expect(inside).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(inside)).toEqual(value);
  });
});

describe('the page', () => {
  it('says the same tags whatever the names in the database are', async () => {
    const tags = (page: string): string[] => page.match(/<[!/]?[a-z][^\s>]*/gi) ?? [];
    const [harmless, harmful] = await Promise.all([
      renderPage(reportOf('name')),
      renderPage(reportOf(hostile)),
    ]);
    expect(tags(harmful)).toEqual(tags(harmless));
    expect(harmful).not.toContain('<b onclick');
    expect(harmful).not.toContain('\u202e');
  });

  it('forbids itself scripts and the network, and allows its one style by its hash', async () => {
    const page = await renderPage(reportOf('name'));
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; img-src data:;`,
    );
    expect(page).not.toMatch(/ style=| on[a-z]+="|<script>|<script src|https?:\/\//);
    expect(style).not.toMatch(/url\(|@import/);
  });

  it('has each section, the charts and the figures', async () => {
    const page = await renderPage(reportOf('name'));
    for (const id of ['space', 'gains', 'findings', 'changes', 'tables', 'partitions', 'runs']) {
      expect(page).toContain(`<section id="${id}">`);
    }
    for (const chart of ['treemap', 'bar', 'gain-line', 'axis', 'growth']) {
      expect(page).toContain(`<svg class="${chart}"`);
    }
    expect(page).toContain('240×');
    expect(page).toContain('120 ms → 0.50 ms');
    expect(page).toContain('made by run 1, 12×');
  });

  it('bears a database without tables, runs or earlier reports', async () => {
    const empty = {
      ...reportOf('name'),
      totals: { tables: 0, rows: 0, dataBytes: 0, indexBytes: 0, bytes: 0 },
      tables: [],
      findings: [],
      queries: [],
      runs: [],
      trend: [],
      changes: null,
      partitions: { tables: [], others: [] },
    };
    const page = await renderPage(empty);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
    expect(page).toContain('No index of optimize-db was proven here yet.');
    expect(page).toContain('optimize-db has changed nothing here yet.');
  });
});
