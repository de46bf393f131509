/** By scalectl itself, by its tag or its tables; or on the server's own tables, as monitoring asks them. */
const notOfApplication =
  /\/\* ?scalectl:|\bscalectl_|\b(?:performance_schema|information_schema|mysql|sys)`?\s*\.\s*[`\w]/i;

/** Whether a statement that ran is none of the application's: it must not lead to an index. */
export function isNoWorkload(text: string): boolean {
  return notOfApplication.test(text);
}
