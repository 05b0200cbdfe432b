const { createRequire } = require('node:module');
const { sep } = require('node:path');
const { Script } = require('node:vm');
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

/** Path → what it was compiled from and to: what is loaded for each file is compiled for the first of them. */
const compiled = new Map();
const compile = (source, filename, parameters) => {
  const known = compiled.get(filename);
  if (known?.source === source) return known.script.runInThisContext();
  const script = new Script(`(function (${parameters.join(', ')}) {${source}\n})`, { filename });
  compiled.set(filename, { source, script });
  return script.runInThisContext();
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
    executor.compile = (source, filename) => compile(source, filename, executor.injectedModuleParameters);
  }

  requireModuleOrMock(from, name) {
    const path = isPackage(name) ? pathOf(name) : undefined;
    return path === undefined ? super.requireModuleOrMock(from, name) : loadPackage(path);
  }
}

// As Jest wants it: a module that was compiled from ES.
exports.__esModule = true;
exports.default = OneRealmRuntime;
