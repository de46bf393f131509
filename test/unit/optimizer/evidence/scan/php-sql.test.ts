import { describe, expect, it } from 'vitest';
import { loadPhpParser } from '../../../../../src/config/php/parse.ts';
import { fillHoles } from '../../../../../src/optimizer/evidence/scan/fill-holes.ts';
import { findSql } from '../../../../../src/optimizer/evidence/scan/php-sql.ts';
import { Refusal } from '../../../../../src/optimizer/sql/refusal.ts';

const parse = await loadPhpParser();

/** `line: statement`, or `line: refused: reason`. */
function scan(php: string): string[] {
  return findSql(parse(`<?php\n${php}`).statements).map(({ template, line, dynamic }) => {
    if (dynamic !== null) return `${line}: refused: ${dynamic}`;
    try {
      return `${line}: ${fillHoles(template)}`;
    } catch (error) {
      if (error instanceof Refusal) return `${line}: refused: ${error.message}`;
      throw error;
    }
  });
}

const notKnown = 'a part of it that is no value is only known at run time';

describe('a statement in PHP source is found', () => {
  it.each([
    ['as a text', "$r = $conn->query('SELECT id FROM users');", 'SELECT id FROM users'],
    [
      'with placeholders of both kinds',
      "$s = $pdo->prepare('SELECT id FROM users WHERE a = ? AND b = :name AND c = \\'12:30\\'');",
      "SELECT id FROM users WHERE a = ? AND b = ? AND c = '12:30'",
    ],
    [
      'with variables in it',
      "$r = mysqli_query($conn, \"SELECT id FROM users WHERE email = '$email' AND id = {$row['id']} LIMIT $n\");",
      'SELECT id FROM users WHERE email = ? AND id = ? LIMIT ?',
    ],
    [
      'put together from parts',
      "$r = $db->query('SELECT id FROM users WHERE id = ' . intval($_GET['id']) . ' AND kind IN (' . implode(',', $k) . ')');",
      'SELECT id FROM users WHERE id = ? AND kind IN ( ? )',
    ],
    [
      'that sprintf fills in',
      "$r = $db->query(sprintf(\"SELECT id FROM users WHERE id = %d AND name LIKE 'a%%' AND b = '%s'\", $id, $b));",
      "SELECT id FROM users WHERE id = ? AND name LIKE 'a%' AND b = ?",
    ],
    [
      'as a heredoc',
      '$sql = <<<SQL\n  SELECT id\n  FROM users\n  WHERE id = $id\n  SQL;',
      'SELECT id\nFROM users\nWHERE id = ?',
    ],
    [
      'as a nowdoc',
      "return <<<'SQL'\nSELECT id FROM users WHERE id = ?\nSQL;",
      'SELECT id FROM users WHERE id = ?',
    ],
    [
      'in small letters where a database is asked',
      "$stmt = $this->db->prepare('select id from users');",
      'select id from users',
    ],
    [
      'in a variable that is added to',
      "$q = 'SELECT id FROM users';\n$q .= ' WHERE id = ?';\n$q = $q . ' LIMIT 5';\n$db->query($q);",
      'SELECT id FROM users WHERE id = ? LIMIT 5',
    ],
    [
      'in a method of a class, and in a closure in it',
      'class A { private function b() { return array_map(function ($i) { return ["SELECT id FROM users WHERE id = $i"]; }, []); } }',
      'SELECT id FROM users WHERE id = ?',
    ],
    [
      'with BETWEEN and INTERVAL',
      "$r = $db->query(\"SELECT id FROM users WHERE d BETWEEN '$a' AND '$b' AND e > NOW() - INTERVAL $n DAY\");",
      'SELECT id FROM users WHERE d BETWEEN ? AND ? AND e > NOW() - INTERVAL ? DAY',
    ],
  ])('%s', (_, php, expected) => {
    expect(scan(php).map((text) => text.replace(/^\d+: /, '').replaceAll(/ +/g, ' '))).toEqual([
      expected,
    ]);
  });

  it('on its line, each branch by itself', () => {
    const php = `
function users($db, $all) {
  if ($all) {
    $sql = 'SELECT id FROM users';
  } else {
    $sql = 'SELECT id FROM users WHERE is_active = 1';
  }
  return $db->query($sql);
}`;
    expect(scan(php)).toEqual([
      '5: SELECT id FROM users',
      '7: SELECT id FROM users WHERE is_active = 1',
    ]);
  });
});

describe('a statement whose text is not known as a whole is refused', () => {
  it.each([
    ['a name of a table', '$db->query("SELECT id FROM $table WHERE a = 1");'],
    ['a part of a name', '$db->query("SELECT id FROM shop_$table WHERE a = 1");'],
    ['a name in backticks', '$db->query("SELECT id FROM `$table` WHERE a = 1");'],
    ['a condition', '$db->query("SELECT id FROM users WHERE $where");'],
    ['one condition of several', '$db->query("SELECT id FROM users WHERE a = 1 AND $where");'],
    ['what follows the table', "$db->query('SELECT id FROM users ' . $where);"],
    ['what follows a value', '$db->query("SELECT id FROM users WHERE a = 1 $more");'],
    ['an order', '$db->query("SELECT id FROM users ORDER BY $order");'],
    ['a second order', '$db->query("SELECT id FROM users ORDER BY id, $order LIMIT 5");'],
    ['a direction', '$db->query("SELECT id FROM users ORDER BY id $direction");'],
    ['columns', '$db->query("SELECT $columns FROM users");'],
    ['a column', '$db->query("SELECT id, $column FROM users");'],
  ])('%s', (_, php) => {
    expect(scan(php)).toEqual([`2: refused: ${notKnown}`]);
  });

  it('when a part is added under a condition, with or without braces', () => {
    const begin = "$sql = 'SELECT id FROM users';\n";
    const reason = '2: refused: a part is added to it in line 3';
    expect(scan(`${begin}if ($x) { $sql .= ' WHERE a = 1'; }\n$db->query($sql);`)).toEqual([
      reason,
    ]);
    expect(scan(`${begin}if ($x) $sql .= ' WHERE a = 1';\n$db->query($sql);`)).toEqual([reason]);
    expect(scan(`${begin}foreach ($w as $c) $sql .= " AND $c";`)).toEqual([reason]);
  });

  it('when another text begins with it', () => {
    expect(scan("$sql = 'SELECT id FROM users';\n$db->query($sql . $order . ' LIMIT 5');")).toEqual(
      ['2: refused: it is put together in line 3'],
    );
  });
});

describe('a text that is no statement', () => {
  it.each([
    ['a sentence', "echo 'Select a product from the list';"],
    ['a word', "$action = 'DELETE';"],
    ['a comment', '// SELECT id FROM users\n/* SELECT 1 FROM a */'],
    ['HTML', '?><p>SELECT id FROM users</p><?php'],
    ['a key', "$a = ['select' => 'from', 'UPDATE' => 1];"],
  ])('is left out: %s', (_, php) => {
    expect(scan(php)).toEqual([]);
  });
});
