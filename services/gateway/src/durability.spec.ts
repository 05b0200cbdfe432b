import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@gatehouse/embedded-postgres';
import { until } from '@gatehouse/kernel/testing';
import { isAmong } from '@gatehouse/leases';
import { meteringV1 } from '@gatehouse/proto-gen';
import { plainAnswer } from './testing/fake-provider';
import { API_KEY, CREDENTIAL, GatewayFixture, KEY_ID, MODEL, PROVISION } from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];
const body = { model: MODEL, messages, max_tokens: 20 };

// A test starts a gateway of several processes up to four times.
jest.setTimeout(120_000);

describe('what survives', () => {
  const gateway = new GatewayFixture();
  const { control, provider, bus } = gateway;

  beforeAll(() => gateway.startSurroundings());
  afterEach(() => gateway.stopGateway());
  afterAll(() => gateway.stop());
  beforeEach(() => {
    control.fault = 'none';
    control.ledger.limits.length = 0;
    control.ledger.budget(PROVISION, 1_000_000_000n);
    control.ledger.finals.clear();
    provider.calls.length = 0;
    provider.script = plainAnswer();
    bus.records.length = 0;
  });

  it('a request in flight when the process is killed is charged its bound, in doubt', async () => {
    const first = await gateway.startChild();
    await until(async () => (await gateway.chat(body)).status === 200);
    await until(() => bus.records.length === 1 && control.ledger.open.size === 0);
    provider.script = () => undefined;
    const lost = gateway.chat(body).then(
      ({ status }) => `answered with ${status}`,
      () => 'no answer',
    );
    await until(() => provider.calls.length === 2);
    await first.end('SIGKILL');
    expect(await lost).toBe('no answer');
    expect(control.ledger.open.size).toBe(1);
    const { held } = control.ledger.limits[0] ?? {};

    await gateway.startChild();
    await until(() => bus.records.length === 2 && control.ledger.open.size === 0, 'the replay');
    const record = bus.records[1] as meteringV1.UsageRecord;
    expect(record).toMatchObject({
      requestId: String(provider.calls[1]?.headers['x-request-id']).split('.')[0],
      outcome: meteringV1.UsageOutcome.UNKNOWN,
      amountNanoUsd: held,
      doubtNanoUsd: 0n,
      estimated: true,
    });
    expect(control.ledger.finalOf(record)).toMatchObject({ count: 1n, sum: held, doubt: held });
    expect(control.ledger.incarnations.at(-1)).toBeGreaterThan(control.ledger.incarnations.at(-2) ?? 0n);
  });

  it('what was settled and not told is told after a kill, once and unchanged', async () => {
    const first = await gateway.startChild({ TEST_BUS_DOWN: '1' });
    let requestId: string | null = null;
    await until(async () => {
      const response = await gateway.chat(body);
      requestId = response.headers.get('x-gatehouse-request-id');
      return response.status === 200;
    });
    await first.end('SIGKILL');
    await gateway.startChild();
    await until(() => bus.records.some((record) => record.requestId === requestId));
    expect(bus.records.find((record) => record.requestId === requestId)).toMatchObject({
      amountNanoUsd: 15_000n,
      outcome: meteringV1.UsageOutcome.COMPLETED,
      estimated: false,
    });
    await until(() => control.ledger.limits[0]?.held === 0n);
    await gateway.stopGateway();
    const told = bus.records.length;
    // All is acknowledged: nothing is told again, and the segments are gone but for the newest.
    await gateway.startChild();
    await gateway.stopGateway();
    expect(bus.records).toHaveLength(told);
    const segments = readdirSync(join(gateway.directory, 'data', 'journal')).filter((name) =>
      name.endsWith('.segment'),
    );
    expect(segments).toHaveLength(1);
  });

  it('what waits for a bus that is away, over two kills, is told in order and once', async () => {
    let child = await gateway.startChild({ TEST_BUS_DOWN: '1' });
    await until(async () => (await gateway.chat(body)).status === 200);
    const answered: (string | null)[] = [];
    for (let round = 0; round < 2; round++) {
      for (let turn = 0; turn < 8; turn++) {
        const answers = await Promise.all(Array.from({ length: 50 }, () => gateway.chat(body)));
        answered.push(...answers.map(({ headers }) => headers.get('x-gatehouse-request-id')));
      }
      await child.end('SIGKILL');
      child = await gateway.startChild(round === 0 ? { TEST_BUS_DOWN: '1' } : {});
    }
    await until(() => bus.records.length > answered.length, 'what had to wait');
    await gateway.stopGateway();
    const told = bus.records.map(({ requestId }) => requestId);
    expect(new Set(told).size).toBe(told.length);
    expect(told).toEqual(expect.arrayContaining(answered));
    const settledAt = bus.records.map((record) => record.settledAt?.getTime());
    expect(settledAt).toEqual(settledAt.toSorted((a = 0, b = 0) => a - b));
  }, 120_000);

  it('a lease that was granted and never used is closed with nothing', async () => {
    const first = await gateway.startChild();
    await until(async () => (await gateway.chat(body)).status === 200);
    await until(() => control.ledger.open.size === 0);
    control.fault = 'loseAskAnswers';
    await gateway.chat(body);
    expect(control.ledger.open.size).toBe(1);
    await first.end('SIGKILL');
    control.fault = 'none';
    const [number = 0n] = control.ledger.open.keys();
    await gateway.startChild();
    await until(() => control.ledger.open.size === 0);
    expect(control.ledger.finals.get(number)).toMatchObject({ count: 0n, sum: 0n });
  });

  it('a journal says which leases were closed when it begins again, so that a ledger that forgot it finds out', async () => {
    const first = await gateway.startChild();
    await until(async () => (await gateway.chat(body)).status === 200);
    await until(() => control.ledger.open.size === 0);
    const [number = 0n] = control.ledger.finals.keys();
    await gateway.chat(body);
    await until(() => control.ledger.acknowledgedBelow > number);
    await first.end('SIGKILL');
    const begun = control.ledger.acknowledged.length;
    await gateway.startChild();
    await until(() => control.ledger.acknowledged.length > begun);
    const said = control.ledger.acknowledged.at(-1) ?? [];
    expect(isAmong(said, number)).toBe(true);
  });

  it('a lease that was closed since the backup of a ledger is closed once more, as it was, when that grants again', async () => {
    await gateway.startChild();
    await until(async () => (await gateway.chat(body)).status === 200);
    await until(() => control.ledger.open.size === 0);
    const [number = 0n] = control.ledger.finals.keys();
    const final = control.ledger.finals.get(number);
    expect(final).toMatchObject({ count: 1n });
    control.ledger.openAgain(number);
    control.fault = 'restored';
    expect((await gateway.chat(body)).status).toBe(503);
    expect([...control.ledger.open.keys()]).toEqual([number]);
    control.fault = 'none';
    expect((await gateway.chat(body)).status).toBe(200);
    await until(() => control.ledger.open.size === 0);
    expect(control.ledger.finals.get(number)).toEqual(final);
  });

  it('that the ledger was restored, and grants nothing until an operator says so, is said once in the log', async () => {
    const child = await gateway.startChild();
    await until(async () => (await gateway.chat(body)).status === 200);
    control.fault = 'restored';
    for (let calls = 0; calls < 3; calls++) expect((await gateway.chat(body)).status).toBe(503);
    const said = () => child.log.match(/restored from a backup and grants nothing .*ledger recover/g)?.length;
    await until(() => said() === 1);
    expect((await gateway.chat(body)).status).toBe(503);
    expect(said()).toBe(1);
  });

  it('a lease that was closed since the backup is closed once more also where nothing was called until that was recovered', async () => {
    await gateway.startChild();
    await until(async () => (await gateway.chat(body)).status === 200);
    await until(() => control.ledger.open.size === 0);
    const [number = 0n] = control.ledger.finals.keys();
    const final = control.ledger.finals.get(number);
    control.ledger.openAgain(number);
    control.ledger.recoveredAt = new Date();
    expect((await gateway.chat(body)).status).toBe(200);
    await until(() => control.ledger.open.size === 0);
    expect(control.ledger.finals.get(number)).toEqual(final);
  });

  it('a ledger that was restored hears each second whether the bus has all records of what was settled under leases', async () => {
    const { recordsUntold } = control.ledger;
    const saidSince = (said: number) => recordsUntold.slice(said);
    const first = await gateway.startChild({ TEST_BUS_DOWN: '1' });
    await until(async () => (await gateway.chat(body)).status === 200);
    await until(() => control.ledger.open.size === 0);
    control.fault = 'restored';
    let before = recordsUntold.length;
    const isSaid = async (): Promise<void> => {
      await until(() => saidSince(before).length >= 3, 'three signs of a gateway that nobody calls');
      expect(new Set(saidSince(before))).toEqual(new Set([true]));
    };
    await isSaid();
    await first.end('SIGKILL');
    before = recordsUntold.length;
    const second = await gateway.startChild({ TEST_BUS_DOWN: '1' });
    await isSaid();
    await second.end('SIGKILL');
    await gateway.startChild();
    await until(() => bus.records.length > 0);
    before = recordsUntold.length;
    await until(() => saidSince(before).length >= 3);
    expect(recordsUntold.at(-1)).toBe(false);
  });

  it('is healthy with the configuration that it has, and ready when metering has opened its journal', async () => {
    await gateway.startChild();
    await gateway.stopGateway();
    control.fault = 'down';
    await gateway.startChild();
    const statusOf = async (path: string): Promise<number> => (await fetch(`${gateway.url}/${path}`)).status;
    expect(await statusOf('healthz')).toBe(200);
    expect(await statusOf('readyz')).toBe(503);
    control.fault = 'none';
    await until(async () => (await statusOf('readyz')) === 200);
    expect((await gateway.chat(body)).status).toBe(200);
  });

  it('a second process does not touch a journal that is held', async () => {
    const first = await gateway.startChild();
    await until(async () => (await gateway.chat(body)).status === 200);
    const identity = () => readFileSync(join(gateway.directory, 'data', 'journal', 'identity.json'), 'utf8');
    const before = identity();
    await gateway.startChild({ GATEHOUSE_GRPC_LISTEN: `127.0.0.1:${await freePort()}` });
    await until(async () => (await gateway.chat(body)).status === 200);
    await until(() => bus.records.length === 2);
    expect(new Set(bus.records.map(({ journalId }) => journalId)).size).toBe(2);
    expect(identity()).toBe(before);
    await first.end('SIGTERM');
  });

  it('SIGTERM lets what is in flight end, and settles it', async () => {
    const child = await gateway.startChild({ GATEHOUSE_DRAIN_MS: '5000' });
    await until(async () => (await gateway.chat(body)).status === 200);
    await until(() => bus.records.length === 1);
    let answer = (): void => undefined;
    provider.script = (call, response, request) => (answer = () => plainAnswer()(call, response, request));
    const inFlight = gateway.chat(body);
    await until(() => provider.calls.length === 2);
    // Only the call in flight waits: one that comes before the signal does is answered at once.
    provider.script = plainAnswer();
    const ended = child.end('SIGTERM');
    let before = 0;
    await until(async () => {
      const status = (await gateway.chat(body).catch(() => undefined))?.status;
      if (status === 200) before++;
      return status !== 200;
    });
    answer();
    expect((await inFlight).status).toBe(200);
    await ended;
    expect(bus.records).toHaveLength(2 + before);
    expect(control.ledger.open.size).toBe(0);
  });

  it('SIGTERM cuts what does not end in time, and settles it', async () => {
    const child = await gateway.startChild({ GATEHOUSE_DRAIN_MS: '100' });
    await until(async () => (await gateway.chat(body)).status === 200);
    provider.script = () => undefined;
    const inFlight = gateway.chat(body);
    await until(() => provider.calls.length === 2);
    await child.end('SIGTERM');
    expect((await inFlight).status).toBe(502);
    expect(bus.records.at(-1)).toMatchObject({
      outcome: meteringV1.UsageOutcome.PROVIDER_FAILED,
      outputTokens: 20n,
    });
    expect(control.ledger.open.size).toBe(0);
  });

  it('serves from its last configuration and its sealed credentials while the others are down', async () => {
    gateway.setProvision({ limited: false });
    await gateway.startChild();
    await until(async () => (await gateway.chat(body)).status === 200);
    await gateway.stopGateway();
    control.stop();
    await gateway.startChild();
    expect((await gateway.chat(body)).status).toBe(200);
    expect(provider.calls.at(-1)?.headers.authorization).toBe(`Bearer ${CREDENTIAL}`);
    await control.start();
    control.set({ id: KEY_ID, value: undefined });
    await until(async () => (await gateway.chat(body)).status === 401, 'the watch to go on');
  });

  it('keeps no secret on disk, and lets nobody else read', () => {
    const data = join(gateway.directory, 'data');
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(3);
    for (const { name, parentPath } of files) {
      const path = join(parentPath, name);
      const bytes = readFileSync(path);
      expect({ name, found: bytes.includes(CREDENTIAL) || bytes.includes(API_KEY) }).toEqual({
        name,
        found: false,
      });
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });
});
