const { createHash, randomBytes } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const swc = require('@swc/jest');

const read = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

/** Under another name first: what is read is whole, whoever else writes it just now. */
const write = (path, content) => {
  const making = `${path}.${randomBytes(8).toString('hex')}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(making, JSON.stringify(content));
  renameSync(making, path);
};

/** SWC's, which compiles a source once: Jest would for each project anew, and most sources are of libs that many use. */
exports.createTransformer = (options) => {
  const transformer = swc.createTransformer(options);
  const version = JSON.stringify([
    options,
    require('@swc/core').version,
    require('@swc/jest/package.json').version,
  ]);
  const keyOf = (source, filename) =>
    createHash('sha256').update(`${version}\0${filename}\0${source}`).digest('hex');
  return {
    canInstrument: false,
    getCacheKey: keyOf,
    process: (source, filename, jestOptions) => {
      const key = keyOf(source, filename);
      const path = join(jestOptions.config.cacheDirectory, 'transformed', key.slice(0, 2), key);
      const known = read(path);
      if (known) return known;
      const made = transformer.process(source, filename, jestOptions);
      write(path, made);
      return made;
    },
  };
};
