const { default: Sequencer } = require('@jest/test-sequencer');

/** Minutes each, or nearly. On a clean checkout Jest knows nothing of earlier runs, and would go by the files' sizes. */
const LONG = ['one-product', 'replicas', 'crash', 'launcher', 'tour', 'secrets', 'readme', 'on-engines'];

const rank = ({ path }) => {
  const index = LONG.findIndex((name) => path.endsWith(`/test/e2e/src/${name}.spec.ts`));
  return index < 0 ? LONG.length : index;
};

/** What takes longest begins first, so that no worker is left alone with it at the end. */
class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = LongestFirst;
