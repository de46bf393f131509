// Builds dist/: one entry, split chunks, so that a command loads only what it uses.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { oneCore } from './build/one-core.mjs';
import { buildSetApart, setApart } from './build/set-apart.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const packageJson = await readManifest(root);

// Built beside dist/ and swapped in at the end: a run that is under way keeps its chunks until then.
const building = `dist-${process.pid}`;
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

const result = await build({
  absWorkingDir: root,
  // The other two are processes that `scalectl demo` starts.
  entryPoints: ['bin/scalectl.ts', 'bin/shop-site.ts', 'bin/shop-job.ts'],
  outbase: '.',
  outdir: building,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // autocannon finds its worker by its own file path, which a bundle would break.
  external: ['autocannon'],
  plugins: [setApart(), oneCore(path.join(root, 'commands/core.ts'))],
  // The CommonJS form of the one hides its own require() calls from the bundler; that of the other, imported when it
  // is needed, comes out without its names.
  alias: {
    'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
    yaml: path.join(root, 'node_modules/yaml/browser/index.js'),
  },
  // write-file-atomic makes the names of its drafts from it; an ES module has no __filename of CommonJS.
  define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' },
  // The bundled CommonJS packages call require() for Node's own modules.
  banner: { js: banner },
});

const apart = await buildSetApart({ root, outdir: building });

await writeFile(
  path.join(root, building, 'THIRD-PARTY-LICENSES.txt'),
  await licencesOfBundled([...Object.keys(result.metafile.inputs), ...apart]),
);
// Most chunks call no require(), and making one is a good part of the start of a small chunk.
for (const file of Object.keys(result.metafile.outputs))
  await dropUnusedBanner(path.join(root, file));
const entry = path.join(root, building, 'bin/scalectl.js');
for (const [argument, file] of [
  ['--version', 'version.txt'],
  ['--help', 'help.txt'],
]) {
  const text = execFileSync(process.execPath, [entry, argument ?? '']);
  await writeFile(path.join(root, building, 'bin', file ?? ''), text);
}
// npm sets the run bit only at installation; a build in place needs it too.
await chmod(entry, 0o755);
await swapIn();
console.log(`built dist/bin/scalectl.js (scalectl ${packageJson.version})`);

async function swapIn() {
  const dist = path.join(root, 'dist');
  const old = `${dist}-old-${process.pid}`;
  await rename(dist, old).catch((/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(path.join(root, building), dist);
  await rm(old, { recursive: true, force: true });
}

/** @param {string} file */
async function dropUnusedBanner(file) {
  const text = await readFile(file, 'utf8');
  const code = text.replace(`${banner}\n`, '');
  if (!/\brequire\b/.test(code)) await writeFile(file, code);
}

/**
 * The licence texts of all packages that went into the bundle: most licences ask for it.
 * @param {string[]} inputs paths of the bundled files, relative to the root
 */
async function licencesOfBundled(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) folders.add(match[1]);
  }
  const sections = [];
  for (const folder of [...folders].sort()) {
    const manifest = await readManifest(path.join(root, folder));
    sections.push(
      `${manifest.name} ${manifest.version} (${manifest.license ?? 'see text'})\n\n${await licenceText(folder)}`,
    );
  }
  return `scalectl contains these packages.\n\n${sections.join(`\n${'-'.repeat(72)}\n`)}`;
}

/** @param {string} folder */
async function licenceText(folder) {
  for (const name of [
    'LICENSE',
    'LICENSE.md',
    'LICENSE.txt',
    'license',
    'License',
    'LICENCE',
    'license.md',
    'LICENSE-MIT',
  ]) {
    try {
      return await readFile(path.join(root, folder, name), 'utf8');
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    }
  }
  return '(the package ships no licence file)\n';
}

/**
 * @param {string} folder
 * @returns {Promise<{ name: string, version: string, license?: string }>}
 */
async function readManifest(folder) {
  const text = await readFile(path.join(folder, 'package.json'), 'utf8');
  return /** @type {{ name: string, version: string, license?: string }} */ (JSON.parse(text));
}
