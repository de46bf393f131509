import { createShopTables } from '../../../src/sandbox/shop/schema.ts';
import type { MariadbServer } from '../../../src/sandbox/servers/mariadb.ts';
import { verdict } from '../harness.mjs';
import { findDuplicateKeyChecker } from './duplicate-key-checker.ts';
import { createDatabase, planSchema, redundantOf, withServer } from './server.ts';
import type { Opened } from './server.ts';

/** The statements of the platform's old optimizer that work: each a plain index on one column. */
const oldOptimizer = {
  users: ['email', 'phone', 'created_at'],
  products: ['price', 'created_at'],
  orders: ['user_id', 'status'],
  payments: ['status', 'payment_method', 'created_at'],
  bills: ['user_id', 'order_id'],
  contact_messages: ['status', 'email', 'created_at'],
  retailer_applications: ['status'],
};

/** Schemas that repeat nothing: keys that look alike and each have their own work. */
const cleanSchemas = {
  rental: [
    'CREATE TABLE film (id INT PRIMARY KEY, title VARCHAR(128) NOT NULL, language_id TINYINT NOT NULL, about TEXT, KEY (title), KEY (language_id), FULLTEXT (title, about))',
    'CREATE TABLE actor (id INT PRIMARY KEY, last_name VARCHAR(45) NOT NULL, KEY (last_name))',
    'CREATE TABLE film_actor (actor_id INT NOT NULL, film_id INT NOT NULL, PRIMARY KEY (actor_id, film_id), KEY (film_id), FOREIGN KEY (actor_id) REFERENCES actor (id), FOREIGN KEY (film_id) REFERENCES film (id))',
    'CREATE TABLE copy (id INT PRIMARY KEY, film_id INT NOT NULL, store_id TINYINT NOT NULL, KEY (film_id), KEY (store_id, film_id), FOREIGN KEY (film_id) REFERENCES film (id))',
    'CREATE TABLE rental (id INT PRIMARY KEY, rented_at DATETIME NOT NULL, copy_id INT NOT NULL, customer_id INT NOT NULL, UNIQUE (rented_at, copy_id, customer_id), KEY (copy_id), KEY (customer_id), FOREIGN KEY (copy_id) REFERENCES copy (id))',
  ],
  staff: [
    'CREATE TABLE employee (id INT PRIMARY KEY, born DATE NOT NULL, last_name VARCHAR(16) NOT NULL, hired DATE NOT NULL)',
    'CREATE TABLE department (id CHAR(4) PRIMARY KEY, name VARCHAR(40) NOT NULL, UNIQUE (name))',
    'CREATE TABLE belongs (employee_id INT NOT NULL, department_id CHAR(4) NOT NULL, since DATE NOT NULL, PRIMARY KEY (employee_id, department_id), KEY (department_id), FOREIGN KEY (employee_id) REFERENCES employee (id), FOREIGN KEY (department_id) REFERENCES department (id))',
    'CREATE TABLE salary (employee_id INT NOT NULL, amount INT NOT NULL, since DATE NOT NULL, PRIMARY KEY (employee_id, since), FOREIGN KEY (employee_id) REFERENCES employee (id))',
  ],
};

/** How many redundant indexes are found, beside pt-duplicate-key-checker and the server's own view. */
export async function redundantFound(tell: (line: string) => void): Promise<void> {
  await withServer(async (server) => {
    {
      await using shop = await createDatabase(server, 'shop');
      await createShopTables(shop.database);
      await tellCounts(server, shop, 'the shop', 10, tell);
      for (const [table, columns] of Object.entries(oldOptimizer)) {
        for (const column of columns) {
          await shop.database.define(
            `/* scalectl:bench */ ALTER TABLE ${table} ADD INDEX idx_${column} (${column})`,
          );
        }
      }
      await tellCounts(server, shop, 'after its old optimizer', 21, tell);
    }
    for (const [name, statements] of Object.entries(cleanSchemas)) {
      await using clean = await createDatabase(server, name);
      for (const statement of statements) {
        await clean.database.define(`/* scalectl:bench */ ${statement}`);
      }
      await tellCounts(server, clean, `${name}, which is clean`, 0, tell);
    }
  });
}

async function tellCounts(
  server: MariadbServer,
  opened: Opened,
  label: string,
  goal: number,
  tell: (line: string) => void,
): Promise<void> {
  const checker = await findDuplicateKeyChecker();
  const name = opened.database.target.database;
  const ours = redundantOf(await planSchema(opened)).length;
  const theirs = checker?.(server, name).found ?? 'not there';
  const [row] = await opened.database.read<{ found: number }>(
    `/* scalectl:bench */ SELECT COUNT(DISTINCT table_name, redundant_index_name) AS found
     FROM sys.schema_redundant_indexes WHERE table_schema = ?`,
    [name],
  );
  tell(
    `${label}: ${ours}, ${verdict(String(goal), ours === goal)}; pt-duplicate-key-checker ${theirs}, sys.schema_redundant_indexes ${row?.found ?? 'none'}`,
  );
}
