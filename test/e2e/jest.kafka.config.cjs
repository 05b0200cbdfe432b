module.exports = require('./jest-on.cjs')({ store: 'postgres', bus: 'kafka' });
