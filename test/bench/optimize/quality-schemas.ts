import { createRandom } from '../../../src/sandbox/shop/random.ts';
import type { Random } from '../../../src/sandbox/shop/random.ts';

/** A small database and the statements that it has to answer, each as often as the others. */
export interface SmallSchema {
  readonly name: string;
  /** In the order in which they are executed. */
  readonly definitions: readonly string[];
  readonly statements: readonly string[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  /** How many different values it has. */
  readonly values: number;
  readonly use: 'equal' | 'range' | 'parent';
}

interface Drawn {
  readonly name: string;
  readonly rows: number;
  readonly fields: readonly Field[];
  readonly parent: string | null;
}

const choices: readonly Field[] = [
  { name: 'owner_id', type: 'INT NOT NULL', values: 150, use: 'equal' },
  { name: 'device_id', type: 'INT NOT NULL', values: 700, use: 'equal' },
  { name: 'state', type: 'VARCHAR(12) NOT NULL', values: 5, use: 'equal' },
  { name: 'region', type: 'SMALLINT NOT NULL', values: 24, use: 'equal' },
  { name: 'made_at', type: 'DATETIME NOT NULL', values: 9000, use: 'range' },
  { name: 'amount', type: 'INT NOT NULL', values: 2500, use: 'range' },
];

/** Two to four tables of 8,000 to 20,000 rows, and five to eight statements: the same seed, the same schema. */
export function drawSchema(seed: number): SmallSchema {
  const random = createRandom(seed, 'quality');
  const tables: Drawn[] = [];
  const count = random.between(2, 4);
  for (let i = 0; i < count; i += 1) tables.push(drawTable(random, i, tables));
  const statements = new Set<string>();
  const wanted = random.between(5, 8);
  while (statements.size < wanted) {
    statements.add(drawStatement(random, random.pick(tables), tables));
  }
  return {
    name: `seed ${seed}`,
    definitions: tables.flatMap((table, i) => define(table, seed * 100 + i * 10)),
    statements: [...statements],
  };
}

function drawTable(random: Random, number: number, earlier: readonly Drawn[]): Drawn {
  const isEqual = choices.filter(({ use }) => use === 'equal');
  const first = random.pick(isEqual);
  const second = random.pick(isEqual.filter((field) => field !== first));
  const range = random.pick(choices.filter(({ use }) => use === 'range'));
  const parent = earlier.length > 0 ? random.pick(earlier) : null;
  const link: Field[] = parent
    ? [{ name: 'parent_id', type: 'INT NOT NULL', values: parent.rows, use: 'parent' }]
    : [];
  return {
    name: `t${number}`,
    rows: random.between(8000, 20_000),
    fields: [first, second, range, ...link],
    parent: parent?.name ?? null,
  };
}

function define({ name, rows, fields }: Drawn, seed: number): string[] {
  const columns = fields.map((field) => `${field.name} ${field.type}`).join(', ');
  const values = fields.map((field, i) =>
    valueOf(field, `FLOOR(RAND(${seed + i}) * ${field.values})`),
  );
  return [
    `CREATE TABLE ${name} (id INT AUTO_INCREMENT PRIMARY KEY, ${columns}, note VARCHAR(80) NOT NULL)`,
    `INSERT INTO ${name} (${fields.map((field) => field.name).join(', ')}, note)
     SELECT ${values.join(', ')}, REPEAT('x', 60) FROM seq_1_to_${rows}`,
  ];
}

function valueOf({ name }: Field, number: string): string {
  if (name === 'made_at') return `'2026-01-01' + INTERVAL ${number} HOUR`;
  return name === 'state' ? `CONCAT('state', ${number})` : `1 + ${number}`;
}

function literal({ name }: Field, number: number): string {
  if (name === 'state') return `'state${number}'`;
  if (name !== 'made_at') return String(1 + number);
  return `'${new Date(Date.UTC(2026, 0, 1, number)).toISOString().slice(0, 19).replace('T', ' ')}'`;
}

function drawStatement(random: Random, table: Drawn, tables: readonly Drawn[]): string {
  const equal = table.fields.filter(({ use }) => use === 'equal');
  const range = table.fields.find(({ use }) => use === 'range') as Field;
  const is = (field: Field, alias = ''): string =>
    `${alias}${field.name} = ${literal(field, random.between(0, field.values - 1))}`;
  const one = random.pick(equal);
  const other = equal.find((field) => field !== one) as Field;
  const after = (): string =>
    `${range.name} > ${literal(range, Math.floor(range.values * (0.6 + 0.35 * random.fraction())))}`;
  const parent = tables.find(({ name }) => name === table.parent);
  const kind = random.pick(['equal', 'both', 'range', 'order', 'group', 'count', 'join', 'join']);
  switch (kind) {
    case 'equal':
      return `SELECT id, note FROM ${table.name} WHERE ${is(one)}`;
    case 'both':
      return `SELECT id, note FROM ${table.name} WHERE ${is(one)} AND ${is(other)}`;
    case 'range':
      return `SELECT id, note FROM ${table.name} WHERE ${is(one)} AND ${after()}`;
    case 'order':
      return `SELECT id, note FROM ${table.name} WHERE ${is(one)} ORDER BY ${range.name} DESC LIMIT 20`;
    case 'group':
      return `SELECT ${other.name}, COUNT(*) AS number FROM ${table.name} WHERE ${is(one)} GROUP BY ${other.name}`;
    case 'count':
      return `SELECT COUNT(*) AS number FROM ${table.name} WHERE ${is(one)} AND ${after()}`;
    default: {
      if (!parent) return `SELECT id, note FROM ${table.name} WHERE ${is(one)} AND ${is(other)}`;
      const known = random.pick(parent.fields.filter(({ use }) => use === 'equal'));
      return `SELECT p.id, c.id AS child, c.note FROM ${parent.name} p JOIN ${table.name} c ON c.parent_id = p.id WHERE ${is(known, 'p.')}`;
    }
  }
}

/** Two that people write: a shop's orders, and tickets with their messages. */
export const handMade: readonly SmallSchema[] = [
  {
    name: 'orders',
    definitions: [
      `CREATE TABLE customer (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(60) NOT NULL, city VARCHAR(30) NOT NULL, UNIQUE (email))`,
      `INSERT INTO customer (email, city) SELECT CONCAT('c', seq, '@example.com'), CONCAT('city', FLOOR(RAND(1) * 40)) FROM seq_1_to_3000`,
      `CREATE TABLE sale (id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, status VARCHAR(12) NOT NULL, placed_at DATETIME NOT NULL, total DECIMAL(10,2) NOT NULL, note VARCHAR(80) NOT NULL, KEY (customer_id), FOREIGN KEY (customer_id) REFERENCES customer (id))`,
      `INSERT INTO sale (customer_id, status, placed_at, total, note) SELECT 1 + FLOOR(POW(RAND(2), 3) * 3000), ELT(1 + FLOOR(POW(RAND(3), 2) * 4), 'done', 'sent', 'paid', 'new'), '2026-01-01' + INTERVAL FLOOR(RAND(4) * 300000) MINUTE, RAND(5) * 500, REPEAT('x', 60) FROM seq_1_to_10000`,
    ],
    statements: [
      `SELECT id, total, note FROM sale WHERE customer_id = 1 ORDER BY placed_at DESC LIMIT 20`,
      `SELECT status, COUNT(*) AS number FROM sale WHERE customer_id = 1 GROUP BY status`,
      `SELECT id, note FROM sale WHERE status = 'new' ORDER BY placed_at DESC LIMIT 10`,
      `SELECT SUM(total) AS total FROM sale WHERE placed_at >= '2026-07-20' AND placed_at < '2026-07-27'`,
      `SELECT c.email, s.total FROM customer c JOIN sale s ON s.customer_id = c.id WHERE c.city = 'city7' AND s.status = 'paid'`,
      `SELECT id FROM customer WHERE email = 'c77@example.com'`,
    ],
  },
  {
    name: 'tickets',
    definitions: [
      `CREATE TABLE ticket (id INT AUTO_INCREMENT PRIMARY KEY, queue_id INT NOT NULL, agent_id INT NULL, state VARCHAR(10) NOT NULL, opened_at DATETIME NOT NULL, title VARCHAR(90) NOT NULL)`,
      `INSERT INTO ticket (queue_id, agent_id, state, opened_at, title) SELECT 1 + FLOOR(RAND(11) * 12), IF(RAND(12) < 0.1, NULL, 1 + FLOOR(RAND(13) * 60)), ELT(1 + FLOOR(POW(RAND(14), 3) * 3), 'closed', 'waiting', 'open'), '2026-01-01' + INTERVAL FLOOR(RAND(15) * 400000) MINUTE, REPEAT('t', 70) FROM seq_1_to_8000`,
      `CREATE TABLE message (id INT AUTO_INCREMENT PRIMARY KEY, ticket_id INT NOT NULL, is_read TINYINT NOT NULL, sent_at DATETIME NOT NULL, body VARCHAR(200) NOT NULL)`,
      `INSERT INTO message (ticket_id, is_read, sent_at, body) SELECT 1 + FLOOR(RAND(21) * 8000), RAND(22) < 0.95, '2026-01-01' + INTERVAL FLOOR(RAND(23) * 400000) MINUTE, REPEAT('b', 120) FROM seq_1_to_10000`,
    ],
    statements: [
      `SELECT id, title FROM ticket WHERE queue_id = 3 AND state = 'open' ORDER BY opened_at LIMIT 20`,
      `SELECT id, title FROM ticket WHERE agent_id = 17 AND state = 'open'`,
      `SELECT id, title FROM ticket WHERE agent_id IS NULL AND opened_at > '2026-09-01'`,
      `SELECT agent_id, COUNT(*) AS number FROM ticket WHERE state = 'open' GROUP BY agent_id`,
      `SELECT id, body FROM message WHERE ticket_id = 4711 ORDER BY sent_at LIMIT 50`,
      `SELECT COUNT(*) AS number FROM message WHERE is_read = 0`,
      `SELECT t.id, m.body FROM ticket t JOIN message m ON m.ticket_id = t.id WHERE t.queue_id = 5 AND t.state = 'open'`,
    ],
  },
];
