import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import { auditV1, meteringV1 } from '@gatehouse/proto-gen';
import { attemptOf, differences, sumOf } from './accounts';
import { usdBudget } from './control-plane';
import { eventually } from './eventually';
import type { ChatAnswer } from './gateway-client';
import { Product, type Service, SERVICES } from './product';
import { billed } from './provider-book';
import { report } from './report';
import { SeededRandom } from './seeded-random';
import { newTeam, type Team } from './team';

const START_MS = 120_000;
const RUN_MS = 180_000;
const ONE_USD = 1_000_000_000n;
const CLIENTS = 12;
const KILLS_OF_EACH = 2;
const OUTAGE_PAUSE_MS = 50;

const MODEL = 'sim-small;first=50;interval=5;completion=100';
const COSTLY = 'sim-small;first=10;interval=0;completion=1500';

describe('SIGKILL of anything under load', () => {
  let product: Product;
  let team: Team;
  const random = new SeededRandom('crash');
  const answers: ChatAnswer[] = [];
  /** Request ids of commands that were acknowledged, with what they made. */
  const acknowledged = new Map<string, string>();
  const killed: Service[] = [];
  let running = true;

  beforeAll(async () => {
    product = await Product.start();
    team = await newTeam(product, { models: [MODEL, COSTLY], limits: [usdBudget(ONE_USD)] });
    const load = [
      ...Array.from({ length: CLIENTS }, (_, client) => callModels(client)),
      ...Array.from({ length: 2 }, (_, admin) => changeThings(admin)),
    ];
    try {
      for (const service of random.shuffled(
        SERVICES.flatMap((name) => Array<Service>(KILLS_OF_EACH).fill(name)),
      )) {
        await sleep(random.int(300, 2_000));
        await killAndAwaitSuccessor(service);
      }
      await sleep(random.int(300, 2_000));
      await killPostgres();
      await sleep(random.int(300, 2_000));
      await killLauncher();
      await sleep(500);
    } finally {
      running = false;
    }
    await Promise.all(load);
  }, START_MS + RUN_MS);

  afterAll(() => product?.stop(), START_MS);

  const callModels = async (client: number): Promise<void> => {
    for (let call = 0; running; call++) {
      const answer = await team.gateway.chat({
        model: team.model(),
        messages: [{ role: 'user', content: `Client ${client}, call ${call}` }],
        max_tokens: 100,
        stream: (client + call) % 2 === 0,
      });
      if (answer?.status === 200) answers.push(answer);
      else await sleep(OUTAGE_PAUSE_MS);
    }
  };

  /** Repeats each command under its request id until it is acknowledged, as a careful script does. */
  const changeThings = async (admin: number): Promise<void> => {
    const { workspaces } = product.control();
    for (let change = 0; running; change++) {
      const requestId = randomUUID();
      for (;;) {
        try {
          const { workspace } = await workspaces.createWorkspace({
            requestId,
            reason: 'made under fire',
            name: `Workspace ${admin}.${change}`,
            limits: [],
          });
          acknowledged.set(requestId, workspace?.id ?? '');
          break;
        } catch (error) {
          // Anything else is a fault: a command must not be refused because somebody was killed.
          if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) throw error;
          if (!running) break;
          await sleep(OUTAGE_PAUSE_MS);
        }
      }
      await sleep(50);
    }
  };

  const killAndAwaitSuccessor = async (service: Service): Promise<void> => {
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

  const killPostgres = async (): Promise<void> => {
    const pid = product.killPostgres();
    const start = Date.now();
    await eventually(() => expect(product.postgresPid).not.toBe(pid), 20_000);
    for (const service of SERVICES)
      await eventually(async () => expect(await serves(service)).toBe(true), 20_000);
    report(`killed Postgres: all serve again after ${Date.now() - start} ms`);
  };

  const killLauncher = async (): Promise<void> => {
    const start = Date.now();
    await product.killLauncher();
    await product.startAgain();
    report(`killed the launcher: started again after ${Date.now() - start} ms`);
  };

  const serves = async (service: Service): Promise<boolean> => {
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

  it('was real load and ten kills', () => {
    report(`crash: ${answers.length} answers, ${acknowledged.size} commands acknowledged`);
    expect(killed).toHaveLength(SERVICES.length * KILLS_OF_EACH);
    expect(answers.length).toBeGreaterThan(100);
    expect(acknowledged.size).toBeGreaterThan(20);
  });

  it('lost no event and doubled none', async () => {
    const history = await eventually(async () => {
      const events = await product.control().history();
      const seen = new Set(events.map(({ requestId }) => requestId));
      expect([...acknowledged.keys()].filter((id) => !seen.has(id))).toEqual([]);
      return events;
    });
    const made = history.filter(({ type }) => type === 'WorkspaceCreated');
    expect(new Set(made.map(({ requestId }) => requestId)).size).toBe(made.length);
    for (const { requestId, stream } of made) {
      const id = acknowledged.get(requestId);
      if (id !== undefined) expect(stream).toBe(`workspace-${id}`);
    }
    expect(new Set(history.map(({ position }) => position)).size).toBe(history.length);
    const revisions = new Map<string, bigint>();
    for (const { stream, revision } of history) {
      expect({ stream, revision }).toEqual({ stream, revision: (revisions.get(stream) ?? -1n) + 1n });
      revisions.set(stream, revision);
    }
  });

  it('holds nothing at rest', async () => {
    expect(await product.control().limitAtRest(team.provisionId, 30_000)).toMatchObject({
      held: 0n,
      quarantined: 0n,
    });
  }, 60_000);

  it('has exactly one record for every answer and every call that the provider knows, and charges enough', async () => {
    const rows = (await product.book.rows()).filter(({ model }) => model === MODEL);
    const records = await eventually(async () => {
      const found = await product.control().records(team.workspaceId);
      const known = new Set(found.map(attemptOf));
      expect(rows.filter(({ id }) => !known.has(id))).toEqual([]);
      return found;
    }, 30_000);
    expect(new Set(records.map(attemptOf)).size).toBe(records.length);
    expect(differences(rows, records)).toEqual([]);
    const byRequest = new Map(records.map((record) => [record.requestId, record]));
    for (const { requestId } of answers.filter(({ whole }) => whole)) {
      expect(byRequest.get(requestId)).toMatchObject({
        outcome: meteringV1.UsageOutcome.COMPLETED,
        doubtNanoUsd: 0n,
      });
    }
    const unknown = records.filter(({ outcome }) => outcome === meteringV1.UsageOutcome.UNKNOWN);
    report(`crash: ${records.length} records, ${unknown.length} of them in flight when the gateway died`);
  }, 60_000);

  it('agrees with itself: ledger, records and counters', async () => {
    const control = product.control();
    const records = await control.records(team.workspaceId);
    const amount = sumOf(records, ({ amountNanoUsd }) => amountNanoUsd);
    const doubt = sumOf(records, ({ doubtNanoUsd }) => doubtNanoUsd);
    expect(await control.usageTotal(team.workspaceId)).toMatchObject({
      amountNanoUsd: amount,
      doubtNanoUsd: doubt,
    });
    const state = await control.limitAtRest(team.provisionId);
    expect(state.spent).toBeGreaterThanOrEqual(amount);
    expect(state.spent).toBeLessThanOrEqual(amount + doubt);
  });

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
});
