/**
 * Programs that only tests use, on PATH or unpacked by `bin/bootstrap.mjs --test`, and pt-online-schema-change, which
 * scalectl uses where it is there. None of them is started as a service, and none is needed.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { listFolder, setFolder, unpackedProgram } from './program-cache.mjs';
import { installedPrograms } from './programs.mjs';

/** @typedef {import('./program-cache.mjs').Program} Program */

/**
 * @typedef {object} ToolPlace
 * @property {string} set
 * @property {RegExp} file its path inside the set's root
 * @property {(program: Program, root: string) => Program} [adapt] what else it needs to run unpacked
 * @property {{ args: string[], output: RegExp }} [proof] how an installed one shows that it will do
 */

/** @type {ToolPlace} */
const percona = { set: 'percona-toolkit', file: /^usr\/bin\/pt-/, adapt: withPerlLibraries };

/** @type {Record<string, ToolPlace>} */
const places = {
  php: {
    set: 'php',
    file: /^usr\/bin\/php\d/,
    adapt: withPhpExtensions,
    proof: { args: ['-m'], output: /^mysqli$[^]*^redis$/m },
  },
  'pt-duplicate-key-checker': percona,
  'pt-query-digest': percona,
  'pt-online-schema-change': percona,
  mariadb: { set: 'mariadb-client', file: /^usr\/bin\/mariadb$/ },
  'mariadb-dump': { set: 'mariadb-client', file: /^usr\/bin\/mariadb-dump$/ },
  nginx: { set: 'nginx', file: /^usr\/sbin\/nginx$/ },
  wrk: { set: 'wrk', file: /^usr\/bin\/wrk$/ },
  crontab: { set: 'cron', file: /^usr\/bin\/crontab$/ },
  cron: { set: 'cron', file: /^usr\/sbin\/cron$/ },
  sshd: { set: 'openssh', file: /^usr\/sbin\/sshd$/ },
  ssh: { set: 'openssh', file: /^usr\/bin\/ssh$/ },
  'ssh-keygen': { set: 'openssh', file: /^usr\/bin\/ssh-keygen$/ },
  fish: { set: 'fish', file: /^usr\/bin\/fish$/ },
  memcached: { set: 'memcached', file: /^usr\/bin\/memcached$/ },
  wine64: { set: 'wine', file: /^usr\/lib\/wine\/wine64$/ },
  chromium: { set: 'chromium', file: /^usr\/lib\/chromium\/chromium$/ },
};

export const toolNames = Object.keys(places);

/**
 * @param {string} name one of toolNames
 * @returns {Promise<Program | null>} null when it is neither installed nor unpacked
 */
export async function findTool(name) {
  const place = places[name];
  if (!place) throw new TypeError(`no tool is called ${name}`);
  for (const program of installedPrograms(name, [name])) {
    if (!place.proof || (await proves(program, place.proof))) return program;
  }
  return unpackedTool(name, setFolder(place.set));
}

/**
 * The names of the tools that come with a set.
 * @param {string} set
 */
export function toolsOfSet(set) {
  return toolNames.filter((name) => places[name]?.set === set);
}

/**
 * @param {string} name
 * @param {string} folder a set folder
 * @returns {Program | null}
 */
export function unpackedTool(name, folder) {
  const place = places[name];
  const root = path.join(folder, 'root');
  const file = ['usr/bin', 'usr/sbin', 'usr/lib/chromium', 'usr/lib/wine']
    .flatMap((inside) => listFolder(path.join(root, inside)).map((entry) => `${inside}/${entry}`))
    .find(
      (entry) => place?.file.test(entry) && (place !== percona || path.basename(entry) === name),
    );
  const program = file === undefined ? null : unpackedProgram(name, folder, file);
  return program && place?.adapt ? place.adapt(program, root) : program;
}

/**
 * dpkg's scripts would link the extensions into php.ini; here each is named on the command line.
 * @param {Program} program
 * @param {string} root
 * @returns {Program}
 */
function withPhpExtensions(program, root) {
  const parent = path.join(root, 'usr/lib/php');
  const api = listFolder(parent).find((entry) => /^\d{8}$/.test(entry));
  if (!api) return program;
  const folder = path.join(parent, api);
  // mysqli and pdo_mysql need mysqlnd and pdo, redis needs igbinary: these first.
  const first = ['mysqlnd', 'pdo', 'igbinary'];
  const files = listFolder(folder)
    .filter((file) => file.endsWith('.so') && file !== 'opcache.so')
    .map((file) => file.slice(0, -3))
    .sort((a, b) => Number(first.includes(b)) - Number(first.includes(a)));
  const extensions = files.flatMap((extension) => ['-d', `extension=${extension}`]);
  return {
    ...program,
    args: [...program.args, '-n', '-d', `extension_dir=${folder}`, ...extensions],
  };
}

/**
 * A Perl script: run by the set's own Perl where it has one, with the set's modules.
 * @param {Program} program
 * @param {string} root
 * @returns {Program}
 */
function withPerlLibraries(program, root) {
  const script = program.args.at(-1) ?? program.command;
  const perl = unpackedProgram('perl', path.dirname(root), 'usr/bin/perl');
  const architectures = listFolder(path.join(root, 'usr/lib')).filter((n) => /-linux-gnu/.test(n));
  const folders = [
    'usr/share/perl5',
    ...architectures.flatMap((architecture) =>
      ['perl5', 'perl', 'perl-base'].flatMap((kind) => {
        const parent = `usr/lib/${architecture}/${kind}`;
        return [parent, ...listFolder(path.join(root, parent)).map((v) => `${parent}/${v}`)];
      }),
    ),
    ...listFolder(path.join(root, 'usr/share/perl')).map((version) => `usr/share/perl/${version}`),
  ];
  const plugins = architectures
    .map((name) => path.join(root, 'usr/lib', name, 'libmariadb3/plugin'))
    .find(existsSync);
  const env = {
    ...program.env,
    // The client library looks for how to log in to MySQL in a folder of the machine.
    ...(plugins === undefined ? {} : { MARIADB_PLUGIN_DIR: plugins }),
    PERL5LIB: folders
      .map((folder) => path.join(root, folder))
      .filter(existsSync)
      .join(':'),
  };
  if (perl) return { ...program, command: perl.command, args: [...perl.args, script], env };
  return { ...program, command: 'perl', args: [script], env };
}

/**
 * @param {Program} program
 * @param {{ args: string[], output: RegExp }} proof
 * @returns {Promise<boolean>}
 */
function proves(program, proof) {
  return new Promise((resolve) => {
    execFile(
      program.command,
      [...program.args, ...proof.args],
      { env: { ...process.env, ...program.env }, timeout: 10_000, windowsHide: true },
      (error, stdout) => resolve(!error && proof.output.test(stdout)),
    );
  });
}
