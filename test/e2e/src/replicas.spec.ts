import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, isProof, SeededRandom, shareOf } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ServiceName } from '@gatehouse/topology';
import { CommitBarrier } from './commit-barrier';
import { newCommand, usdBudget } from './control-plane';
import { Engines } from './engines';
import { expectHistoryKept, itKeptTheBooks } from './kept-books';
import { Load } from './load';
import { Product } from './product';
import { newTeam, type Team } from './team';
import { Twin } from './twin';

const START_MS = 120_000;
const TEST_MS = 180_000;
const BUDGET = 100_000_000_000n;
const MODEL = 'sim-small;first=100;interval=5;completion=20';
/** Longer than a silent member of a group is believed to live. */
const BEYOND_SESSION_MS = 13_000;
const SHORT_MS = 3_000;
const A_MINUTE_MS = 60_000;

/** A service, and a table that it writes to when it applies what it has heard. */
const CONSUMERS = [
  ['metering', 'metering.usage_record'],
  ['metering', 'metering_limits.scope'],
  ['audit', 'audit_history.event'],
  ['provisioning', 'provisioning_directory.workspace'],
] as const;

describe('replicas, under load', () => {
  const random = new SeededRandom('replicas');
  let product: Product;
  let team: Team;
  let load: Load;

  beforeAll(async () => {
    product = await Product.start();
    team = await newTeam(product, { models: [MODEL], limits: [usdBudget(BUDGET)] });
    load = Load.start(product, team, { clients: isProof ? 4 : 2, admins: 1, pauseMs: 100 });
  }, START_MS);

  afterAll(() => product?.stop(), START_MS);

  const killed = async (service: ServiceName): Promise<void> => {
    const pid = product.killService(service);
    await eventually(() => expect([undefined, pid]).not.toContain(product.pidOf(service)), 30_000);
  };

  /** What provisioning records reaches metering by the relay, and what the gateway records reaches it by the bus. */
  const newsArrives = async (): Promise<void> => {
    const { workspaces } = product.control();
    const { workspace } = await eventually(
      () =>
        workspaces.createWorkspace(
          provisioningV1.CreateWorkspaceRequest.fromPartial({
            ...newCommand(),
            name: `News ${process.hrtime.bigint()}`,
            limits: [usdBudget(1n)],
          }),
        ),
      30_000,
    );
    const recorded = async (): Promise<number> => (await product.control().records(team.workspaceId)).length;
    const before = await eventually(recorded, 30_000);
    await eventually(async () => {
      expect(await product.control().limitStates(workspace?.id ?? '')).toHaveLength(1);
      expect(await recorded()).toBeGreaterThan(before);
    }, 60_000);
  };

  it.each(shareOf(['provisioning', 'registry'] as const, 1, random))(
    'take over when the leader of a relay is killed: %s',
    async (service) => {
      const heir = await Twin.start(product, service);
      await killed(service);
      await heir.says('the relay leads');
      await newsArrives();
      await heir.signal('SIGKILL');
      await newsArrives();
    },
    TEST_MS,
  );

  it.each(shareOf(CONSUMERS, 1, random))(
    'apply once what a consumer was killed over, between applying and committing: %s to %s',
    async (service, table) => {
      await product.database(async (owner) => {
        const barrier = await CommitBarrier.raise(owner, table);
        try {
          await barrier.isReached();
          await killed(service);
        } finally {
          await barrier.lift();
        }
      });
      await newsArrives();
    },
    TEST_MS,
  );

  // The contract of each bus divides partitions too. Here it takes longest: the silent one has to be given up.
  if (isProof) {
    it(
      'divide the work anew when members come, leave, die, and come back from the dead',
      async () => {
        const [leaves, dies, sleeps] = await Promise.all(
          [1, 2, 3].map(() => Twin.start(product, 'metering')),
        );
        if (!leaves || !dies || !sleeps) throw new Error('three were started');
        await newsArrives();
        await leaves.signal('SIGTERM');
        await dies.signal('SIGKILL');
        await sleeps.signal('SIGSTOP');
        await sleep(BEYOND_SESSION_MS);
        await newsArrives();
        // It believes to have what others have taken over, and is refused by its own record of where it was.
        await sleeps.signal('SIGCONT');
        await newsArrives();
        await killed('metering');
        await newsArrives();
        await sleeps.signal('SIGTERM');
        await newsArrives();
      },
      TEST_MS,
    );
  }

  if (Engines.chosen.bus === 'kafka') {
    const absences = [['for seconds', SHORT_MS] as const, ['for a minute', A_MINUTE_MS] as const];
    it.each(isProof ? absences : absences.slice(0, 1))(
      'keep nobody from working when the broker is killed and stays away %s',
      async (_, awayMs) => {
        const { broker } = product.engines;
        if (!broker) throw new Error('this product has no broker');
        await broker.kill();
        const before = { answers: load.answers.length, changes: load.acknowledged.size };
        await sleep(awayMs);
        // Usage waits in the gateway's journal, events in the store.
        expect(load.answers.length).toBeGreaterThan(before.answers);
        expect(load.acknowledged.size).toBeGreaterThan(before.changes);
        await broker.restart();
        await newsArrives();
      },
      TEST_MS,
    );
  }

  it(
    'were under load all the while',
    async () => {
      await load.stop();
      expect(load.answers.length).toBeGreaterThan(30);
      expect(load.acknowledged.size).toBeGreaterThan(10);
    },
    TEST_MS,
  );

  itKeptTheBooks(() => ({ name: 'replicas', product, team, load }));

  it(
    'keep all of it through Ctrl-C and a second start',
    async () => {
      const control = product.control();
      const [history, records] = [await control.history(), await control.records()];
      expect(await product.interrupt()).toEqual({ code: 0, signal: null });
      const second = await product.startAgain();
      // A link signs in once: each start has another.
      expect(second.signIn).not.toBe(product.first.signIn);
      const { signIn } = product.first;
      expect({ ...product.first, ...second, signIn }).toEqual(product.first);
      expectHistoryKept(history, await control.history());
      expect(await control.records()).toEqual(records);
    },
    START_MS,
  );
});
