import { quoteName } from '../../database/identifiers.ts';
import { formatBytes } from '../../output/text.ts';
import { noEvidence } from '../findings.ts';
import type { Finding } from '../findings.ts';
import type { Table } from '../schema.ts';
import type { Rule } from './rule.ts';

/** Others (MEMORY, ARCHIVE, CSV …) are chosen for what they are. */
const plainEngines = ['myisam', 'aria'];

/** MyISAM and Aria tables among InnoDB ones. Only told: the change copies the table, and writers wait meanwhile. */
export const engineOutlier: Rule = {
  name: 'engine-outlier',
  find: ({ schema }) => {
    const tables = [...schema.tables.values()];
    const modern = tables.filter(({ engine }) => engine.toLowerCase() === 'innodb');
    const plain = tables.filter(({ engine }) => plainEngines.includes(engine.toLowerCase()));
    return modern.length > plain.length ? plain.map(toFinding) : [];
  },
};

function toFinding(table: Table): Finding {
  const obstacle = whyNotAsItStands(table);
  const crash =
    table.engine.toLowerCase() === 'myisam'
      ? 'a crash may leave it broken'
      : 'a rollback leaves its rows';
  return {
    id: `engine-outlier ${table.name}`,
    rule: 'engine-outlier',
    table: table.name,
    index: null,
    columns: [],
    status: 'review',
    reason: `${table.engine} among InnoDB tables: each write locks the whole table, it takes no part in transactions, and ${crash}; the change copies the table (${formatBytes(table.dataBytes + table.indexBytes)}), and writers wait meanwhile${obstacle === null ? '' : `; ${obstacle}`}${wordsOf(table)}`,
    evidence: noEvidence,
    sql: obstacle === null ? [`ALTER TABLE ${quoteName(table.name)} ENGINE=InnoDB`] : [],
    rollback: [],
    step: null,
  };
}

/** InnoDB wants an index that begins with the AUTO_INCREMENT column; MyISAM lets it stand second. */
function whyNotAsItStands(table: Table): string | null {
  const column = table.columns.find(({ isAutoIncrement }) => isAutoIncrement);
  if (!column || table.indexes.some(({ parts }) => parts[0]?.column === column.name)) return null;
  return `InnoDB first needs an index that begins with ${column.name}`;
}

function wordsOf({ indexes }: Table): string {
  return indexes.some(({ type }) => type === 'FULLTEXT')
    ? '; its FULLTEXT index finds other words under InnoDB (innodb_ft_min_token_size, innodb_ft_enable_stopword)'
    : '';
}
