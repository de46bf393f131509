import { quoteName } from '../../../database/identifiers.ts';
import type { Column } from '../../schema.ts';

const exactNumbers = /^(?:tinyint|smallint|mediumint|int|bigint|decimal|year|double)$/;
const bytes =
  /^(?:(?:var)?binary|(?:tiny|medium|long)?blob|bit|vector|(?:multi)?(?:point|linestring|polygon)|geom(?:etry)?collection|geometry)$/;

/**
 * An expression whose value is the column's as SQL writes it, on one line: a dump of the server's own tools looks the
 * same. It is null only where the server could not write the value, as one that is longer than a packet.
 */
export function literalSql({ name, dataType }: Pick<Column, 'name' | 'dataType'>): string {
  const column = quoteName(name);
  if (exactNumbers.test(dataType)) return orNull(column, `CAST(${column} AS CHAR)`);
  // A FLOAT is shown with six digits; as a DOUBLE with all that it takes to read the same value back.
  if (dataType === 'float') return orNull(column, `CAST(${column} + 0e0 AS CHAR)`);
  if (bytes.test(dataType)) {
    const hex = `IF(LENGTH(${column}) = 0, "''", CONCAT('0x', HEX(${column})))`;
    return orNull(column, hex);
  }
  // The command-line clients take a raw line break apart, and make \n of \r\n.
  const quoted = `QUOTE(CONVERT(${column} USING utf8mb4))`;
  return `REPLACE(REPLACE(${quoted}, '\\r', '\\\\r'), '\\n', '\\\\n')`;
}

function orNull(column: string, literal: string): string {
  return `IF(${column} IS NULL, 'NULL', ${literal})`;
}
