// Makes a fresh machine ready, with nothing but Node and npm there: npm packages, the built binary, and with
// flags the programs that `demo` and the tests use. Plain Node without dependencies. Nothing of the machine
// is changed: programs are unpacked into the user's cache folder, no service is started, no root is needed.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { forgetLists } from './bootstrap/apt.mjs';
import { StepFailure, say } from './bootstrap/failure.mjs';
import { buildWhenStale, installPackages } from './bootstrap/packages-step.mjs';
import { provideServers, provideTools } from './bootstrap/programs-step.mjs';
import { browserSets, matrixSets, serverSets, toolSets, windowsSets } from './bootstrap/sets.mjs';
import { provideWindowsNode } from './bootstrap/windows-step.mjs';

const usage = `Usage: node bin/bootstrap.mjs [--servers] [--test] [--browser] [--matrix] [--windows]

  Installs the npm packages and builds dist/, when that is needed.
  --servers   also finds MariaDB and Redis, or unpacks them (Debian and Ubuntu)
  --test      also the programs that only tests use: PHP, nginx, wrk, cron, OpenSSH, memcached, Percona Toolkit
  --browser   also Chromium (about 400 MB unpacked)
  --matrix    also MySQL 9.7, MariaDB 10.5 and 11.8, Redis 6.0 and 8.0, Valkey 9 (about 600 MB unpacked)
  --windows   also Wine and Windows' own Node (about 750 MB unpacked)
`;

const root = fileURLToPath(new URL('..', import.meta.url));

/** As package.json's "engines" says. */
const oldestNode = [20, 19];

try {
  const flags = readFlags(process.argv.slice(2));
  checkNode();
  installPackages(path.resolve(root));
  buildWhenStale(path.resolve(root));
  if (flags.has('--servers')) await provideServers(serverSets);
  if (flags.has('--test')) await provideTools(toolSets);
  if (flags.has('--browser')) await provideTools(browserSets);
  if (flags.has('--matrix')) await provideServers(matrixSets);
  if (flags.has('--windows')) {
    await provideTools(windowsSets);
    await provideWindowsNode();
  }
} catch (error) {
  if (!(error instanceof StepFailure)) throw error;
  console.error(`bootstrap: ${error.message}\nNext: ${error.next}`);
  process.exitCode = 1;
} finally {
  forgetLists();
}

/** @param {string[]} args */
function readFlags(args) {
  if (args.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  const known = ['--servers', '--test', '--browser', '--matrix', '--windows'];
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown !== undefined) {
    throw new StepFailure(
      `${unknown} is not a flag of bootstrap.`,
      `Known are ${known.join(', ')}.`,
    );
  }
  return new Set(args);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = oldestNode;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) {
    say(`Node ${process.versions.node}`);
    return;
  }
  throw new StepFailure(
    `Node ${process.versions.node} is too old: scalectl needs ${oldestNode.join('.')} or later.`,
    'Install a current Node (LTS), and run this again.',
  );
}
