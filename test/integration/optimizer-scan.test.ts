import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { brief, createEvents, emptyShop, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function writeFiles(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return folder;
}

const page = `<?php
require_once '../includes/config.php';
$stmt = $conn->prepare('SELECT id, note FROM events WHERE source = ? ORDER BY happened_at');
$stmt->bind_param('i', $_GET['source']);
$rare = $conn->query("SELECT COUNT(*) FROM events WHERE kind = '$kind' AND note = 'y'");
$conn->query("UPDATE events SET kind = 'usual' WHERE id = $id");
$conn->query("SELECT id FROM events WHERE $where");
$conn->query("SELECT id FROM events WHERE happened_at > '$from'");
`;

let optimizer: OpenOptimizer;

beforeAll(async () => {
  optimizer = await openOptimizer();
  await createEvents(optimizer.test);
});

describe('the PHP source of the application', () => {
  it('gives statements with their place, with values of the newest row; what is too dynamic is named', async () => {
    const scan = await writeFiles({ 'pages/events.php': page });
    const { findings, evidence, refused, unknown } = await optimizer.plan(undefined, { scan });
    expect(evidence).toContainEqual({ source: 'scan', statements: 2, windowMs: null });
    expect(brief(findings).sort()).toEqual([
      'missing-index events (kind, note) proposed',
      'missing-index events (source) proposed',
    ]);
    const finding = findings.find(({ columns }) => columns[0] === 'source');
    expect(finding?.evidence.statements[0]).toMatchObject({
      sources: ['scan'],
      values: 'newest-row',
      count: null,
      file: 'pages/events.php',
      line: 3,
    });
    expect(refused.map(({ file, line, reason }) => `${file}:${line} ${reason}`)).toEqual([
      'pages/events.php:7 a part of it that is no value is only known at run time',
      'pages/events.php:8 its values are not known, and no row tells them',
    ]);
    expect(refused[0]?.statement).toBe('SELECT id FROM events WHERE {…}');
    expect(unknown).toContain('1 INSERT, UPDATE or DELETE in the source were not judged');
  });

  it('says where a statement stands that the server counted, whose figures stay', async () => {
    const scan = await writeFiles({ 'pages/events.php': page });
    const { test } = optimizer;
    for (let i = 0; i < 4; i += 1) {
      await test.query(`SELECT id, note FROM events WHERE source = ${i} ORDER BY happened_at`);
    }
    const { findings } = await optimizer.plan(undefined, { scan });
    expect(findings[0]?.evidence.statements[0]).toMatchObject({
      sources: ['performance_schema', 'scan'],
      count: 4,
      file: 'pages/events.php',
      line: 3,
    });
  });

  it('leads to an index that is proven, like any other evidence', async () => {
    const other = await openOptimizer();
    await createEvents(other.test);
    const scan = await writeFiles({ 'a.php': page });
    const { findings } = await other.run({ scan });
    expect(findings.map(({ status }) => status)).toContain('applied');
  });

  it('is read without vendor/ and loops of links; broken and large files are named, and the rest is used', async () => {
    const statement = "<?php $a->query('SELECT note FROM events WHERE source = 7');\n";
    const scan = await writeFiles({
      'good.php': statement,
      'torn.php': `${statement}function (\n`,
      'data.php': `${statement}/* ${'x'.repeat(2 * 1024 * 1024)} */`,
      'readme.txt': 'SELECT id FROM nothing',
      'vendor/lib/a.php': "<?php $a->query('SELECT id FROM nothing');",
      'node_modules/a.php': "<?php $a->query('SELECT id FROM nothing');",
    });
    await symlink(scan, path.join(scan, 'again'));
    await symlink(path.join(scan, 'nowhere'), path.join(scan, 'gone.php'));
    const { refused, findings } = await optimizer.plan(undefined, { scan });
    expect(refused.map(({ file, line }) => `${file}:${line}`).sort()).toEqual([
      'data.php:null',
      'gone.php:null',
      'torn.php:4',
    ]);
    expect(findings[0]?.evidence.statements.map(({ file }) => file)).toContain('good.php');
  });

  it('in a folder that is not there is an error', async () => {
    const scan = path.join(await temporaryFolder(), 'nowhere');
    await expect(optimizer.plan(undefined, { scan })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining('cannot scan') as string,
    });
  });
});

describe('index statements of an old script', () => {
  const script = `<?php
class DatabaseOptimizer {
  public function addIndexes() {
    $indexes = [
      "ALTER TABLE users ADD INDEX idx_email (email)",
      "ALTER TABLE users ADD INDEX idx_status (status)",
      'ALTER TABLE events ADD INDEX idx_source (source)',
      'CREATE INDEX idx_total ON orders (total_amount)',
      'ALTER TABLE invoices ADD INDEX idx_date (due_date)',
    ];
    foreach ($indexes as $sql) $this->conn->query($sql);
  }
}
`;
  const loop = `<?php
$indexes = [
  'users' => ['email', 'status'],
  'orders' => ['user_id', ['user_id', 'created_at']],
];
$labels = ['colour' => ['red', 'green']];
foreach ($indexes as $table => $columns) {
  foreach ($columns as $column) {
    $conn->query("ALTER TABLE $table ADD INDEX idx_$column ($column)");
  }
}
`;

  it('are each told: needed, there already, of a name that is not there, or asked for by nothing', async () => {
    const shop = await emptyShop();
    await createEvents(shop.test);
    const platformFolder = await writeFiles({ 'database_optimize.php': script });
    const workload = "SELECT id FROM events WHERE source = 7 AND happened_at > '2026-01-05';";
    const { oldStatements, refused, evidence } = await shop.plan(workload, { platformFolder });
    expect(
      oldStatements.map(({ line, table, columns, verdict, by }) =>
        [line, `${table}(${columns.join()})`, verdict, by].join(' '),
      ),
    ).toEqual([
      '5 users(email) already-there email',
      '6 users(status) no-such-column status',
      '7 events(source) needed missing-index events (source, happened_at)',
      '8 orders(total_amount) not-needed ',
      '9 invoices(due_date) no-such-table invoices',
    ]);
    expect(refused).toEqual([]);
    // What stands in the source without being asked for is no evidence.
    expect(evidence.map(({ source }) => source)).not.toContain('scan');
  });

  it('are read from the list of a loop; without a list, the statement is named', async () => {
    const shop = await emptyShop();
    const both = await shop.plan(undefined, { scan: await writeFiles({ 'optimize.php': loop }) });
    expect(both.oldStatements.map(({ line, sql, verdict }) => `${line} ${verdict} ${sql}`)).toEqual(
      [
        '3 already-there ALTER TABLE `users` ADD INDEX (`email`)',
        '3 no-such-column ALTER TABLE `users` ADD INDEX (`status`)',
        '4 already-there ALTER TABLE `orders` ADD INDEX (`user_id`)',
        '4 no-such-column ALTER TABLE `orders` ADD INDEX (`user_id`, `created_at`)',
      ],
    );
    expect(both.refused).toEqual([]);
    const scan = await writeFiles({
      'a.php': loop.replace("'users' => ", '').replace("'orders' => ", ''),
    });
    const none = await shop.plan(undefined, { scan });
    expect(none.oldStatements).toEqual([]);
    expect(none.refused).toMatchObject([
      { file: 'a.php', line: 9, reason: 'the index that it makes is only known at run time' },
    ]);
  });

  it('that was needed and was taken back is not needed', async () => {
    const other = await openOptimizer({ settings: { SCALECTL_OPTIMIZER_MIN_GAIN: '100' } });
    await createEvents(other.test);
    const platformFolder = await writeFiles({
      'o.php': '<?php $c->query("ALTER TABLE events ADD INDEX i (source)");',
    });
    const { oldStatements } = await other.run({
      workload: 'SELECT MAX(note) FROM events WHERE source = 7;',
      platformFolder,
    });
    expect(oldStatements).toMatchObject([{ verdict: 'not-needed' }]);
    expect(oldStatements[0]?.reason).toContain('was tried and taken back');
  });
});
