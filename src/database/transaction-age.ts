/**
 * How long the transaction `trx` of information_schema.INNODB_TRX is open: `trx_started` is in the server's own time
 * zone, while our sessions are in UTC.
 */
export const openForSeconds =
  "TIMESTAMPDIFF(SECOND, trx.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))";
