#!/usr/bin/env node
import { fstatSync, readFileSync, writeSync } from 'node:fs';

// `--version` and `--help` come from a file made by the build: loading the commands to print a known text would
// cost more than starting Node. Any other command line, and a narrow terminal, takes the usual way.
const ready: Record<string, string> = { '--version': 'version.txt', '--help': 'help.txt' };
const [first = '', ...rest] = process.argv.slice(2);
const text = rest.length === 0 && ready[first] && isWide() ? readBuilt(ready[first]) : null;

// Straight to the descriptor: opening process.stdout is a tenth of the whole start.
if (text !== null) writeSync(1, text);
else {
  // `scalectl … | head`: whoever read has had enough. Ending is no error, and children and locks go with the process.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const { main } = await import('../commands/main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

/** False without a usable standard output, as under some of Windows' services: then Node finds a way around it. */
function isWide(): boolean {
  try {
    return !fstatSync(1).isCharacterDevice() || process.stdout.columns >= 80;
  } catch {
    return false;
  }
}

/** Null while the build itself asks for the texts. */
function readBuilt(name: string): string | null {
  try {
    return readFileSync(new URL(name, import.meta.url), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
