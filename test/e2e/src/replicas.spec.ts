import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ServiceName } from '@gatehouse/topology';
import { CommitBarrier } from './commit-barrier';
import { newCommand, usdBudget } from './control-plane';
import { itKeptTheBooks } from './kept-books';
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

describe('replicas, under load', () => {
  let product: Product;
  let team: Team;
  let load: Load;

  beforeAll(async () => {
    product = await Product.start();
    team = await newTeam(product, { models: [MODEL], limits: [usdBudget(BUDGET)] });
    load = Load.start(product, team, { clients: 4, admins: 1 });
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

  it(
    'take over when the leader of a relay is killed',
    async () => {
      for (const service of ['provisioning', 'registry'] as const) {
        const heir = await Twin.start(product, service);
        await killed(service);
        await heir.says('the relay leads');
        await newsArrives();
        await heir.signal('SIGKILL');
        await newsArrives();
      }
    },
    TEST_MS,
  );

  it.each([
    ['metering', 'metering.usage_record'],
    ['metering', 'metering_limits.scope'],
    ['audit', 'audit_history.event'],
    ['provisioning', 'provisioning_directory.workspace'],
  ] as const)(
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

  it(
    'divide the work anew when members come, leave, die, and come back from the dead',
    async () => {
      const [leaves, dies, sleeps] = await Promise.all([1, 2, 3].map(() => Twin.start(product, 'metering')));
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

  it(
    'were under load all the while',
    async () => {
      await load.stop();
      expect(load.answers.length).toBeGreaterThan(100);
      expect(load.acknowledged.size).toBeGreaterThan(20);
    },
    TEST_MS,
  );

  itKeptTheBooks(() => ({ name: 'replicas', product, team, load }));
});
