/**
 * Puts the modules that every command needs into one chunk. A bundler that splits makes a chunk of each set of
 * modules that the same imports reach, and dozens of imports make dozens of small chunks: loading one costs Node a
 * millisecond. When every import that is made at run time reaches the core too, the core is one set.
 * @param {string} core the module whose static imports are the core
 * @returns {import('esbuild').Plugin}
 */
export function oneCore(core) {
  const namespace = 'one-core';
  return {
    name: namespace,
    setup(builder) {
      builder.onResolve(
        { filter: /^\.\.?\// },
        async ({ path: name, kind, importer, resolveDir }) => {
          if (kind !== 'dynamic-import' || importer.includes('node_modules')) return undefined;
          const { path: file } = await builder.resolve(name, {
            kind: 'import-statement',
            resolveDir,
          });
          return { path: file, namespace };
        },
      );
      builder.onLoad({ filter: /.*/, namespace }, ({ path: file }) => ({
        contents: `import ${JSON.stringify(core)}; export * from ${JSON.stringify(file)};`,
        resolveDir: '/',
      }));
    },
  };
}
