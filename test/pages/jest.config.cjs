const { join } = require('node:path');

const base = require('../../jest.preset.cjs')(__dirname);

module.exports = {
  ...base,
  // The only library beside libs: how a product is started.
  moduleNameMapper: {
    '^@gatehouse/e2e$': join(__dirname, '../e2e/src/index.ts'),
    ...base.moduleNameMapper,
  },
};
