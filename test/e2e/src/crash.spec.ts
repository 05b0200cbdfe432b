import { setTimeout as sleep } from 'node:timers/promises';
import { WebhookReceiver } from '@gatehouse/hosts/testing';
import { deriveId } from '@gatehouse/kernel';
import { eventually, isProof, rounds, SeededRandom } from '@gatehouse/kernel/testing';
import { auditV1, type meteringV1 } from '@gatehouse/proto-gen';
import { SERVICE_NAMES, type ServiceName } from '@gatehouse/topology';
import { newCommand, usdBudget } from './control-plane';
import { gatewayWorkers } from './gateway-workers';
import { itKeptTheBooks } from './kept-books';
import { Load } from './load';
import { Product } from './product';
import { billed } from './provider-book';
import { report } from './report';
import { newTeam, type Team } from './team';

const START_MS = 120_000;
const ONE_USD = 1_000_000_000n;
const CLIENTS = isProof ? 8 : 4;
const ADMINS = 2;
const ANSWERS_MIN = isProof ? 100 : 30;
/** A kill takes seconds: the services are under load while they start. */
const KILL_MS = 30_000;

const MODEL = 'sim-small;first=50;interval=5;completion=100';
const COSTLY = 'sim-small;first=10;interval=0;completion=1500';

describe('SIGKILL of anything under load', () => {
  let product: Product;
  let team: Team;
  let load: Load;
  const random = new SeededRandom('crash');
  const killed: ServiceName[] = [];
  let workersKilled = 0;

  beforeAll(
    async () => {
      product = await Product.start();
      team = await newTeam(product, { models: [MODEL, COSTLY], limits: [usdBudget(ONE_USD)] });
      load = Load.start(product, team, { clients: CLIENTS, admins: ADMINS });
      try {
        for (const service of random.shuffled(
          SERVICE_NAMES.flatMap((name) => Array<ServiceName>(rounds).fill(name)),
        )) {
          await sleep(random.int(300, 2_000));
          await killAndAwaitSuccessor(service);
        }
        if (gatewayWorkers > 1) for (let round = 0; round < rounds; round++) await killEachWorker();
        for (let round = 0; round < rounds; round++) {
          await sleep(random.int(300, 2_000));
          await killPostgres();
          await sleep(random.int(300, 2_000));
          await killLauncher();
          await sleep(500);
        }
      } finally {
        await load.stop();
      }
    },
    START_MS + (SERVICE_NAMES.length + 2 + gatewayWorkers) * rounds * KILL_MS,
  );

  afterAll(() => product?.stop(), START_MS);

  const killAndAwaitSuccessor = async (service: ServiceName): Promise<void> => {
    const pid = product.killService(service);
    const start = Date.now();
    await eventually(async () => {
      const successor = product.pidOf(service);
      expect(successor !== undefined && successor !== pid).toBe(true);
      expect(await serves(service)).toBe(true);
    }, 20_000);
    killed.push(service);
    report(`killed ${service}: it serves again after ${Date.now() - start} ms`);
  };

  /** One after another: while the other serves, and while its own successor may still be replaying. */
  const killEachWorker = async (): Promise<void> => {
    const workers = product.workerPids;
    expect(workers).toHaveLength(gatewayWorkers);
    for (const worker of workers) {
      await sleep(random.int(300, 2_000));
      const start = Date.now();
      process.kill(worker, 'SIGKILL');
      await eventually(() => {
        expect(product.workerPids).toHaveLength(gatewayWorkers);
        expect(product.workerPids).not.toContain(worker);
      }, 20_000);
      workersKilled++;
      report(`killed a worker: another is there after ${Date.now() - start} ms`);
    }
  };

  const killPostgres = async (): Promise<void> => {
    const pid = product.killPostgres();
    const start = Date.now();
    await eventually(() => expect(product.postgresPid).not.toBe(pid), 20_000);
    for (const service of SERVICE_NAMES)
      await eventually(async () => expect(await serves(service)).toBe(true), 20_000);
    report(`killed Postgres: all serve again after ${Date.now() - start} ms`);
  };

  const killLauncher = async (): Promise<void> => {
    const start = Date.now();
    await product.killLauncher();
    await product.startAgain();
    report(`killed the launcher: started again after ${Date.now() - start} ms`);
  };

  const serves = async (service: ServiceName): Promise<boolean> => {
    const control = product.control();
    switch (service) {
      case 'gateway':
        return (await team.gateway.models()).length > 0;
      case 'registry':
        return (await control.catalog.listProviders({ pageSize: 1, pageToken: '' })).providers.length > 0;
      case 'provisioning':
        return (
          (await control.organizations.getOrganization({ atLeastPosition: '' })).organization !== undefined
        );
      case 'metering':
        return (await control.limitStates(team.provisionId)).length > 0;
      case 'audit':
        return (await control.events.listEvents(auditV1.ListEventsRequest.create())).events.length > 0;
    }
  };

  it('was real load, and every service was killed', () => {
    expect(killed).toHaveLength(SERVICE_NAMES.length * rounds);
    expect(workersKilled).toBe(gatewayWorkers > 1 ? gatewayWorkers * rounds : 0);
    expect(load.answers.length).toBeGreaterThan(ANSWERS_MIN);
    expect(load.acknowledged.size).toBeGreaterThan(20);
  });

  itKeptTheBooks(() => ({ name: 'crash', product, team, load }));

  it('still bounds what can be spent', async () => {
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        for (let refused = 0; refused < 2;) {
          const answer = await team.gateway.chat({
            model: team.model(COSTLY),
            messages: [{ role: 'user', content: 'More!' }],
            max_tokens: 1_500,
          });
          expect([200, 412]).toContain(answer?.status);
          refused = answer?.status === 412 ? refused + 1 : 0;
        }
      }),
    );
    const rows = (await product.book.rows()).filter(({ model }) => model === MODEL || model === COSTLY);
    const state = await product.control().limitAtRest(team.provisionId);
    report(`crash: billed ${billed(rows)} of ${ONE_USD}, charged ${state.spent}`);
    expect(billed(rows)).toBeLessThanOrEqual(ONE_USD);
    expect(state.spent).toBeLessThanOrEqual(ONE_USD);
    expect(state.spent).toBeGreaterThanOrEqual(billed(rows));
    expect(state.spent).toBeGreaterThanOrEqual((ONE_USD * 95n) / 100n);
  }, 60_000);

  it('tells a receiver each event once it is there, whatever was killed meanwhile', async () => {
    const receiver = new WebhookReceiver();
    await receiver.start();
    try {
      const { webhooks, usage } = product.control();
      const { secret } = await webhooks.addWebhook({ ...newCommand(), url: receiver.url, eventTypes: [] });
      receiver.secrets = [secret];
      // It is down when the first are told, and refuses every third once.
      await receiver.stop();
      const refused = new Set<string>();
      let asked = 0;
      receiver.answer = ({ id }) => (refused.has(id) || asked++ % 3 > 0 ? 204 : (refused.add(id), 500));
      const records = (await product.control().records(team.workspaceId)).slice(0, 24);
      const adjust = async ({
        requestId: usageRequestId,
        attempt,
        admittedAt,
        amountNanoUsd = 0n,
      }: meteringV1.UsageRecord) => {
        const day = admittedAt?.toISOString().slice(0, 'YYYY-MM-DD'.length) ?? '';
        const request = { ...newCommand(), usageRequestId, attempt, day, amountNanoUsd: amountNanoUsd + 1n };
        await eventually(() => usage.adjustUsage(request), 40_000);
        return `adjustment-${deriveId('adj', usageRequestId, String(attempt))}`;
      };
      const adjusted = await Promise.all(records.slice(0, 12).map(adjust));
      await receiver.start();
      const others = Promise.all(records.slice(12).map(adjust));
      await sleep(random.int(50, 300));
      await killAndAwaitSuccessor('metering');
      const streams = new Set([...adjusted, ...(await others)]);
      await eventually(async () => {
        const told = (await product.control().history()).filter(({ stream }) => streams.has(stream));
        expect(told).toHaveLength(streams.size);
        const taken = new Set(receiver.received.filter(({ answered }) => answered < 300).map(({ id }) => id));
        expect(told.filter(({ id }) => !taken.has(id))).toEqual([]);
      }, 90_000);
      report(
        `crash: ${receiver.received.length} requests told of ${streams.size} adjustments and of budgets`,
      );
      expect(refused.size).toBeGreaterThan(2);
    } finally {
      await receiver.stop();
    }
  }, 240_000);
});
