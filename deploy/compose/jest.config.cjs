const { join } = require('node:path');

const preset = require('../../jest.preset.cjs')(__dirname);

module.exports = {
  ...preset,
  moduleNameMapper: {
    '^@gatehouse/launcher$': join(__dirname, '../launcher/src/index.ts'),
    ...preset.moduleNameMapper,
  },
};
