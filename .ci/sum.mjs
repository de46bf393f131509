// Adds up the JSON reports of the test runs and prints the closing line.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [folder = '.', stepFailed = '0'] = process.argv.slice(2);
const expected = ['fast.json', 'slow.json'];
const found = readdirSync(folder).filter((name) => name.endsWith('.json'));
let passed = 0;
let failed = 0;
for (const name of found) {
  const report = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
  passed += report.numPassedTests;
  // A file that cannot be loaded has no failed test, but failed all the same.
  failed += Math.max(report.numFailedTests, report.success ? 0 : 1);
}
const missing = expected.filter((name) => !found.includes(name));
for (const name of missing) console.log(`no report ${name}: that run did not get to its tests`);
// Lint, types and the build have no tests to count; their failure is one.
if (failed === 0 && (stepFailed !== '0' || missing.length > 0)) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
