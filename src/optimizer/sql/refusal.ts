/**
 * A statement that is not understood, or that must not be executed. The message completes "not judged: …";
 * refused statements are listed in the result, never skipped in silence.
 */
export class Refusal extends Error {}

/** A statement on a table that this database does not have: of another database, or older than the schema. */
export class UnknownTable extends Refusal {}
