import { AppError, FixedClock } from '@gatehouse/kernel';
import { type Concern, RepeatedCreations, Unfinished } from './repeated-creations';

const concern: Concern = { organization: 'org_one', kind: 'integrations' };
const request = { key: 'gh_a', url: '/v1/integrations', body: 'one', concern };

let clock: FixedClock;
let creations: RepeatedCreations;
let made: string[];
/** Who may still be answered. */
let demandKnown: () => Promise<void>;

beforeEach(() => {
  clock = new FixedClock(new Date(0));
  creations = new RepeatedCreations(clock);
  made = [];
  demandKnown = () => Promise.resolve();
});

const create = (said: object = {}): Promise<string> =>
  creations.once(
    { ...request, ...said },
    async (requestId) => {
      made.push(requestId);
      return `made by ${requestId}`;
    },
    () => demandKnown(),
  );

it('answers a repetition as the first, also while that is under way', async () => {
  const [first, second] = await Promise.all([create(), create()]);
  expect([second, await create()]).toEqual([first, first]);
  expect(made).toHaveLength(1);
});

it.each([
  ['another key', { key: 'gh_b' }],
  ['another place', { url: '/v1/providers' }],
  ['other words', { body: 'two' }],
])('takes %s for another creation', async (_what, said) => {
  expect(await create()).not.toBe(await create(said));
});

it('tries again what failed, under the same request id', async () => {
  const seen: string[] = [];
  const failing = creations.once(
    request,
    async (requestId) => {
      seen.push(requestId);
      throw new AppError('UNAVAILABLE', 'PEER_UNAVAILABLE');
    },
    demandKnown,
  );
  await expect(failing).rejects.toThrow('PEER_UNAVAILABLE');
  expect(await create()).toBe(`made by ${seen[0]}`);
});

it('goes on with what was begun, under the same request id, and tells why it was not finished', async () => {
  const seen: string[] = [];
  const refusal = new AppError('CONFLICT', 'REVISION_MISMATCH');
  const begin = () =>
    creations.once(
      request,
      async (requestId) => {
        seen.push(requestId);
        throw new Unfinished(refusal);
      },
      demandKnown,
    );
  const told = await Promise.allSettled([begin(), begin()]);
  expect(told.map((one) => one.status === 'rejected' && one.reason)).toEqual([refusal, refusal]);
  expect(await create()).toBe(`made by ${seen[0]}`);
});

it('forgets what was refused', async () => {
  const seen: string[] = [];
  const refused = creations.once(
    request,
    async (requestId) => {
      seen.push(requestId);
      throw new AppError('CONFLICT', 'SLUG_TAKEN');
    },
    demandKnown,
  );
  await expect(refused).rejects.toThrow('SLUG_TAKEN');
  expect(await create()).not.toBe(`made by ${seen[0]}`);
});

it('answers nobody again who is nobody any more, or of whom nobody can say', async () => {
  const first = await create();
  for (const error of [
    new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN'),
    new AppError('UNAVAILABLE', 'PEER_UNAVAILABLE'),
  ]) {
    demandKnown = () => Promise.reject(error);
    await expect(create()).rejects.toBe(error);
  }
  demandKnown = () => Promise.resolve();
  expect(await create()).toBe(first);
});

it('keeps what is under way, whatever is changed meanwhile', async () => {
  const first = create();
  creations.forget(concern);
  expect(await create()).toBe(await first);
});

it('lets go of an answer when its time is up, whether or not anybody asks', async () => {
  jest.useFakeTimers();
  try {
    const first = await create();
    jest.advanceTimersByTime(59_999);
    expect(await create()).toBe(first);
    // The injected clock stands still: only the timer has moved.
    jest.advanceTimersByTime(1);
    expect(await create()).not.toBe(first);
  } finally {
    jest.useRealTimers();
  }
});

it('remembers for a minute', async () => {
  const first = await create();
  clock.advance(59_999);
  expect(await create()).toBe(first);
  clock.advance(1);
  expect(await create()).not.toBe(first);
});

it('forgets what was made, whoever made it, when what is there changes', async () => {
  const [first, others] = [await create(), await create({ key: 'gh_b' })];
  creations.forget(concern);
  expect(await create()).not.toBe(first);
  expect(await create({ key: 'gh_b' })).not.toBe(others);
});

it.each<[what: string, change: Partial<Concern>, made: Partial<Concern>, forgotten: boolean]>([
  ['another organization', { organization: 'org_two' }, {}, false],
  ['nobody knows whose', { organization: undefined }, {}, true],
  ['what may end anything', { kind: undefined }, {}, true],
  ['what may end anything of another organization', { organization: 'org_two', kind: undefined }, {}, false],
  ['another kind', { kind: 'keys' }, {}, false],
  ['another kind than what is of none', {}, { kind: undefined }, false],
  ['what was made nobody knows for whom', {}, { organization: undefined }, true],
])(
  'lets go of what was made, or not, when there is a change of %s',
  async (_what, change, made, forgotten) => {
    const said = { concern: { ...concern, ...made } };
    const first = await create(said);
    creations.forget({ ...concern, ...change });
    expect((await create(said)) !== first).toBe(forgotten);
  },
);
