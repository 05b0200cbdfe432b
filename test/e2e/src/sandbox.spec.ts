import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@gatehouse/kernel/testing';
import { Product } from './product';
import { ROOT } from './root';

const START_MS = 120_000;
const REFUSED = 'ERR_ACCESS_DENIED';
const PROBE = join(ROOT, 'test/e2e/inside-worker.cjs');
/** Of Node's debugger, where nobody says otherwise. */
const DEBUGGER_PORT = 9229;

interface Tried {
  readonly msg: string;
  readonly role: 'primary' | 'worker';
  readonly outcomes: Readonly<Record<string, string>>;
}

interface Synced {
  readonly msg: string;
  readonly what: string;
  readonly error?: string;
}

/** What a worker may do, and what is refused in words of its own; all else is refused by the model. */
const OUTCOMES: Readonly<Record<string, string>> = {
  'write in its journal': 'done',
  'write in its configuration': 'done',
  'read what says which boot this is': 'done',
  'load what is not JavaScript': 'ERR_DLOPEN_DISABLED',
  'open a database elsewhere': 'ERR_UNKNOWN_BUILTIN_MODULE',
};

/** What every process may do that nobody keeps in. */
const OPEN_TO_ALL = [
  'start a program',
  'start a thread',
  'reach the insides of Node',
  'open its debugger',
  'write elsewhere',
  'write beside its journal',
  'link to elsewhere',
  'read what is open to all',
  'read its environment as a file',
  'look into a directory elsewhere',
];

/** Beside the one that runs this: in CI, and by `npm run test:nodes`. */
const NODES = process.env['GATEHOUSE_TEST_NODES']?.split(':').filter(Boolean) ?? [];
const CASES = [
  { workers: 1, node: process.execPath },
  ...[process.execPath, ...NODES].map((node) => ({ workers: 2, node })),
];

describe.each(CASES)('a gateway of $workers as `npm start` starts it by $node', ({ workers, node }) => {
  let product: Product;
  beforeAll(async () => {
    const env = { GATEHOUSE_WORKERS: String(workers), NODE_OPTIONS: `--require=${PROBE}` };
    product = await Product.start({ env, node });
  }, START_MS);
  afterAll(() => product?.stop(), START_MS);

  const triedBy = (role: Tried['role']): readonly Tried[] =>
    product.logOf<Tried>('gateway').filter((line) => line.msg === 'tried' && line.role === role);

  it('has workers that do what they have to, and nothing else', () => {
    const tried = triedBy('worker');
    expect(tried).toHaveLength(workers);
    for (const { outcomes } of tried)
      expect(outcomes).toEqual(
        Object.fromEntries(Object.keys(outcomes).map((what) => [what, OUTCOMES[what] ?? REFUSED])),
      );
  });

  it('has a primary that syncs for a worker what that may write, and nothing else', async () => {
    const answers = () => product.logOf<Synced>('gateway').filter(({ msg }) => msg === 'synced');
    await eventually(() => expect(answers()).toHaveLength(4 * workers));
    const refused = answers().filter(({ error }) => error?.startsWith('a worker may not write'));
    expect(refused.map(({ what }) => what).sort()).toEqual(
      ['beside', 'elsewhere', 'other'].flatMap((what) => Array.from({ length: workers }, () => what)),
    );
    expect(answers().filter(({ error }) => error === undefined)).toHaveLength(workers);
  });

  it('tries of each what it says, as the process shows that forks them', async () => {
    process.kill(product.pidOf('gateway') ?? 0, 'SIGUSR2');
    await eventually(() => expect(triedBy('primary')).toHaveLength(1));
    const outcomes = triedBy('primary')[0]?.outcomes ?? {};
    // Its user may not do all of it either.
    expect(outcomes).toMatchObject(Object.fromEntries(OPEN_TO_ALL.map((what) => [what, 'done'])));
    const byModel = new Set([REFUSED, ...Object.values(OUTCOMES)].filter((outcome) => outcome !== 'done'));
    expect(Object.values(outcomes).filter((outcome) => byModel.has(outcome))).toEqual([]);
  });

  it('has a primary that holds no key, and opens no debugger for whoever sends it a signal', async () => {
    process.kill(product.pidOf('gateway') ?? 0, 'SIGUSR1');
    await expect(
      new Promise((resolve, reject) => {
        connect(DEBUGGER_PORT, '127.0.0.1', () => resolve('open')).once('error', reject);
      }),
    ).rejects.toThrow('ECONNREFUSED');
  });

  it('serves, and tells what it settled', async () => {
    const body = {
      model: product.first.model,
      messages: [{ role: 'user' as const, content: 'Hello!' }],
      max_tokens: 1,
    };
    expect((await product.gateway().chat(body))?.status).toBe(200);
    await eventually(async () => expect(await product.control().records()).toHaveLength(1));
  });
});
