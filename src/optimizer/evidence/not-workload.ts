/** By scalectl itself, by its tag or its tables; or on the server's own tables, as monitoring asks them. */
const notOfApplication =
  /\/\* ?scalectl:|\bscalectl_|\b(?:performance_schema|information_schema|mysql|sys)`?\s*\.\s*[`\w]/i;

/**
 * The name that scalectl's own reads of the platform's tables give to them: a digest has lost the tag of the comment,
 * and is known by this.
 */
export const ownRows = 'scalectl_rows';

/** Whether a statement that ran is none of the application's: it must not lead to an index. */
export function isNoWorkload(text: string): boolean {
  return notOfApplication.test(text);
}
