module.exports = require('./jest-on.cjs')({ store: 'eventstoredb', bus: 'kafka' });
