const { createRequire } = require('node:module');
const { sep } = require('node:path');
const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

// One version of everything is in the root's node_modules.
const loadPackage = createRequire(__filename);
const IN_PACKAGES = `${sep}node_modules${sep}`;

/** Name as imported → path in node_modules; undefined is what Jest loads: core modules, and the sources of the workspace. */
const paths = new Map();
const pathOf = (name) => {
  if (!paths.has(name)) {
    const path = loadPackage.resolve(name);
    paths.set(name, path.includes(IN_PACKAGES) ? path : undefined);
  }
  return paths.get(name);
};

const isPackage = (name) => /^(?!node:)(@(?!gatehouse\/|jest\/globals$)|[a-z])/.test(name);

/**
 * Of what a test file imports, the sources of the workspace are loaded anew for it, as ever; packages from node_modules
 * are Node's to load, once for all files of a worker. `jest.mock` does not reach those: spy on what they export.
 */
class OneRealmRuntime extends Runtime {
  constructor(...args) {
    super(...args);
    const { executor } = this;
    executor.compile = (source, filename) =>
      compileFunction(source, executor.injectedModuleParameters, { filename });
  }

  requireModuleOrMock(from, name) {
    const path = isPackage(name) ? pathOf(name) : undefined;
    return path === undefined ? super.requireModuleOrMock(from, name) : loadPackage(path);
  }
}

// As Jest wants it: a module that was compiled from ES.
exports.__esModule = true;
exports.default = OneRealmRuntime;
