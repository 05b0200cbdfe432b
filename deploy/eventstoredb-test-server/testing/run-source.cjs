/**
 * `node -r run-source.cjs src/main.ts`: runs from the sources, this package's and those of the libraries, so that tests
 * that need a process of its own need no build.
 */
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

const libs = join(__dirname, '../../../libs');
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  const [, name, testing] = /^@gatehouse\/([^/]+)(\/testing)?$/.exec(request) ?? [];
  const source = name && join(libs, name, 'src', testing ?? '', 'index.ts');
  return resolve(source ?? request, ...rest);
};

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    swcrc: false,
    filename,
    jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  module._compile(code, filename);
};
