import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportOutcome } from '../../commands/optimize-db/report.ts';
import { quoteName } from '../../src/database/identifiers.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshDatabase } from '../support/database.ts';
import { createEvents } from '../support/optimizer.ts';
import { runScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { toolOrSkip } from '../support/tool.ts';

const tool = await toolOrSkip('chromium');
const hostileTable = '</script><script>document.title=1</script>';
const hostileColumn = '"><img src=http://127.0.0.1:9/x onerror=alert(1)>';
const longTable = 'a_name_without_any_place_to_break_it'.padEnd(64, 'x');

let browser: Browser;
let address: string;
let result: ReportOutcome;

beforeAll(async () => {
  if (!tool) return;
  const test = await freshDatabase();
  await createEvents(test);
  await test.query(
    `CREATE TABLE ${quoteName(hostileTable)} (id INT PRIMARY KEY, ${quoteName(hostileColumn)} INT,
       KEY ${quoteName(hostileColumn)} (${quoteName(hostileColumn)}), KEY two (${quoteName(hostileColumn)}))`,
  );
  await test.query(`CREATE TABLE ${longTable} (id INT PRIMARY KEY)`);
  const folder = await temporaryFolder();
  const workload = path.join(folder, 'work.sql');
  await writeFile(
    workload,
    "SELECT id, note FROM events WHERE source = 7 AND note <> '<u>x</u>';\n",
  );
  const env = { SCALECTL_DB_URL: test.url };
  const file = path.join(folder, 'report.html');
  const words = ['optimize-db', 'report', '--out', file, '--json'];
  const lines = [['optimize-db', '--workload', workload], words, words, words];
  for (const line of lines) {
    const run = await runScalectl(line, { env, cwd: folder });
    expect(run.exitCode, run.stderr).toBe(0);
    if (run.json) result = run.json.result as ReportOutcome;
  }
  address = pathToFileURL(file).href;
  browser = await chromium.launch({
    executablePath: tool.command,
    args: tool.args,
    env: { ...process.env, ...tool.env },
  });
  atEndOfFile(() => browser.close());
});

interface Seen {
  page: Page;
  /** Messages of the console and errors of the page. */
  complaints: string[];
  requests: string[];
}

async function open(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Seen> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(address);
  return { page, complaints, requests };
}

describe.skipIf(!tool)('the page of optimize-db report', () => {
  it.each([400, 1400])(
    'opens at %d px without a complaint, a request or a sideways scroll',
    async (width) => {
      const { page, complaints, requests } = await open(width);
      for (const scheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.evaluate(
          "for (const details of document.querySelectorAll('details')) details.open = true",
        );
        const widths = await page.evaluate<number[]>(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        );
        expect(widths[0]).toBe(widths[1]);
      }
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => url !== address && !url.startsWith('data:'))).toEqual([]);
      await page.context().close();
    },
  );

  it('draws its charts: each tile, bar and line has an area', async () => {
    const { page } = await open(1400);
    const sizes = async (selector: string): Promise<[number, number][]> => {
      const found = await page.locator(selector).all();
      const boxes = await Promise.all(found.map((element) => element.boundingBox()));
      return boxes.map((box) => [box?.width ?? 0, box?.height ?? 0]);
    };
    const tiles = await sizes('.treemap .edge');
    expect(tiles).toHaveLength(result.tables.length);
    expect(tiles.every(([width, height]) => width > 1 && height > 1)).toBe(true);
    expect(await sizes('.gain-line')).toHaveLength(result.queries.length);
    const [reach] = await sizes('.gain-line .reach');
    expect(reach?.[0]).toBeGreaterThan(20);
    const [growth] = await sizes('.growth polygon.data');
    expect(growth?.[0]).toBeGreaterThan(800);
    const bars = await sizes('.table .bar rect.data');
    expect(Math.max(...bars.map(([width]) => width))).toBeGreaterThan(20);
    // A style that its hash does not fit would leave the browser's own colours.
    const colour = await page.evaluate<string>(
      "getComputedStyle(document.querySelector('.treemap rect.data')).fill",
    );
    expect(colour).toBe('rgb(157, 196, 216)');
    await page.context().close();
  });

  it('shows hostile names as the text that they are', async () => {
    const { page } = await open(1400);
    expect(await page.title()).toContain('optimizer report');
    expect(await page.locator('img, iframe, b[onclick], main script').count()).toBe(0);
    const names = await page.locator('.table > summary .name').allTextContents();
    expect(names.some((name) => name.includes(hostileTable))).toBe(true);
    expect(await page.textContent('#findings')).toContain(hostileColumn);
    await page.context().close();
  });

  it('runs no script, even one that got into it', async () => {
    const { page, complaints } = await open(1400);
    await page.evaluate(
      `const script = document.createElement('script');
       script.textContent = 'document.title = "taken over"';
       document.body.append(script)`,
    );
    expect(await page.title()).toContain('optimizer report');
    expect(complaints.join('\n')).toContain('Content Security Policy');
    await page.context().close();
  });

  it('opens a table on a click, and carries the whole report as data', async () => {
    const { page } = await open(400);
    const table = page.locator('details.table', { hasText: 'events' }).first();
    await table.locator('summary').first().click();
    expect(await table.locator('table').first().isVisible()).toBe(true);
    const data = (await page.textContent('#report-data')) ?? '';
    const { file, ...report } = result;
    expect(JSON.parse(data)).toEqual(report);
    expect(pathToFileURL(file ?? '').href).toBe(address);
    await page.context().close();
  });

  it('prints with everything opened', async () => {
    const { page } = await open(800);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.inside table').first().isVisible()).toBe(true);
    await page.context().close();
  });
});
