import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@gatehouse/embedded-postgres';
import { eventually, until } from '@gatehouse/kernel/testing';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ChildGateway } from './testing/child-gateway';
import { plainAnswer } from './testing/fake-provider';
import { API_KEY, GatewayFixture, MODEL, PROVISION } from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 20 };
const COST = 15_000n;
/** Processes are started by the half dozen. */
jest.setTimeout(180_000);
const when = (...[holds, what]: Parameters<typeof until>) => until(holds, what, 60_000);

describe('a gateway of two workers', () => {
  const gateway = new GatewayFixture();
  const { control, provider, bus } = gateway;
  let metrics: string;
  let child: ChildGateway;

  beforeAll(() => gateway.startSurroundings());
  afterAll(() => gateway.stop());
  afterEach(() => gateway.stopGateway());
  beforeEach(async () => {
    control.ledger.limits.length = 0;
    control.ledger.budget(PROVISION, 1_000_000_000n);
    provider.calls.length = 0;
    provider.script = plainAnswer();
    bus.records.length = 0;
    metrics = `127.0.0.1:${await freePort()}`;
    child = await start();
  });

  const start = async (settings: NodeJS.ProcessEnv = {}): Promise<ChildGateway> => {
    const started = await gateway.startChild({
      GATEHOUSE_WORKERS: '2',
      GATEHOUSE_METRICS_LISTEN: metrics,
      GATEHOUSE_DRAIN_MS: '3000',
      ...settings,
    });
    // No worker is to wait for the end of these connections when it leaves.
    const ready = () => fetch(`${gateway.url}/readyz`, { headers: { connection: 'close' } });
    await when(async () => (await ready()).status === 200, 'all workers to be ready');
    return started;
  };
  /** Over a connection of its own, as another client's: it may come to any worker. */
  const call = async (): Promise<number> => (await gateway.chat(body, { connection: 'close' })).status;
  const series = async (name: string): Promise<number> => {
    const text = await (await fetch(`http://${metrics}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`gatehouse_gateway_${name} `));
    return Number(line?.split(' ').at(-1));
  };
  const completed = () => series('requests_total{surface="openai-chat",outcome="completed",status="200"}');
  const journals = () => new Set(bus.records.map(({ journalId }) => journalId));
  const slots = () =>
    readdirSync(join(gateway.directory, 'data')).filter((name) => name.startsWith('worker-'));
  const isAlive = (pid: number | undefined): boolean => existsSync(`/proc/${pid}`);
  const settled = (count: number) =>
    when(() => bus.records.length === count && control.ledger.open.size === 0, `${count} records`);

  it('serves through both, each with a journal and leases of its own, and is counted as one', async () => {
    const statuses = await Promise.all(Array.from({ length: 20 }, call));
    expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
    await settled(20);
    expect(journals().size).toBe(2);
    expect(control.ledger.limits[0]?.spent).toBe(20n * COST);
    await when(async () => (await completed()) === 20, 'all to be counted');
    expect(await series('ledger_state{state="open"}')).toBe(2);
    expect(await series('added_seconds_count')).toBe(20);
  });

  it('keeps nothing open but sockets in the process that forks them, which opens what it syncs for a moment', async () => {
    const [worker = 0] = child.forked;
    const primary = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${worker}/status`, 'utf8'))?.[1]);
    const opened = () =>
      readdirSync(`/proc/${primary}/fd`).map((descriptor) => {
        try {
          return readlinkSync(`/proc/${primary}/fd/${descriptor}`);
        } catch {
          return '';
        }
      });
    expect(opened().some((path) => path.startsWith('socket:'))).toBe(true);
    await eventually(() => expect(opened().filter((path) => path.startsWith(gateway.directory))).toEqual([]));
  });

  it('loses the connections of a worker that is killed and no others; what it had in flight is replayed', async () => {
    const [first, second] = child.forked;
    provider.script = () => undefined;
    const outcomes: string[] = [];
    const waiting = Array.from({ length: 8 }, (_, index) =>
      gateway.chat(body, { connection: 'close' }).then(
        ({ status }) => (outcomes[index] = String(status)),
        () => (outcomes[index] = 'gone'),
      ),
    );
    await when(() => provider.calls.length === 8);
    const answers = provider.calls.length;
    process.kill(first ?? 0, 'SIGKILL');
    const gone = (): number => outcomes.filter((outcome) => outcome === 'gone').length;
    await when(() => gone() > 0, 'the worker’s clients to notice');
    expect(isAlive(second)).toBe(true);
    // Until its end is seen connections are handed to it.
    await when(() => child.gone.includes(first ?? 0), 'its end to be seen');
    // Whoever comes now is served, whether another worker stands there already or not.
    provider.script = plainAnswer();
    expect(await Promise.all(Array.from({ length: 10 }, call))).toEqual(
      Array.from({ length: 10 }, () => 200),
    );
    // Its clients notice one by one.
    await when(
      () => bus.records.filter(isUnknown).length === gone(),
      () => `the replay: ${gone()} are gone, ${bus.records.filter(isUnknown).length} are told`,
    );
    const lost = gone();
    expect(lost).toBeLessThan(8);
    await when(() => child.forked.length === 3, 'another worker');
    expect([gone(), bus.records.filter(isUnknown).length]).toEqual([lost, lost]);
    expect(answers).toBe(8);
    await gateway.stopGateway();
    await Promise.all(waiting);
    expect(slots()).toEqual(['worker-1']);
  });

  it('ends a worker that stands still, and has another in its place', async () => {
    const [first = 0, second] = child.forked;
    process.kill(first, 'SIGSTOP');
    // One may be handed to it, and one come over a connection that it has: they end with it. All others go to whom there is.
    const meanwhile = Promise.all(Array.from({ length: 6 }, () => call().catch(() => 'gone')));
    await when(() => child.gone.includes(first), 'its end');
    await when(() => child.forked.length === 3, 'another worker');
    expect(isAlive(second)).toBe(true);
    const outcomes = [...(await meanwhile), ...(await Promise.all(Array.from({ length: 4 }, call)))];
    const served = outcomes.filter((outcome) => outcome === 200).length;
    expect(served).toBeGreaterThanOrEqual(8);
    expect(outcomes.every((outcome) => outcome === 200 || outcome === 'gone')).toBe(true);
    await settled(served);
  });

  it('goes on while no worker can be started, and has all of them again once one can', async () => {
    const [first = 0, second = 0] = child.forked;
    const descriptors = readdirSync(`/proc/${child.pid}/fd`).length;
    const limit = (most: number): void =>
      void execFileSync('prlimit', [`--pid=${child.pid}`, `--nofile=${most}:4096`]);
    // One for its journal's lock, and hardly any to speak to it.
    limit(descriptors + 2);
    child.reload();
    process.kill(first, 'SIGKILL');
    await when(() => child.gone.includes(first), 'its end to be seen');
    await sleep(1_000);
    expect([isAlive(child.pid), isAlive(second)]).toEqual([true, true]);
    expect(await call()).toBe(200);
    limit(4_096);
    await when(async () => (await series('ledger_state{state="open"}')) === 2, 'another worker');
    expect(isAlive(second)).toBe(true);
  });

  it('goes on where what a worker of before left cannot be told for want of descriptors, and takes no other slot for each that cannot be started', async () => {
    const descriptors = (): number => readdirSync(`/proc/${child.pid}/fd`).length;
    const limit = (most: number): void =>
      void execFileSync('prlimit', [`--pid=${child.pid}`, `--nofile=${most}:4096`]);
    await gateway.stopGateway();
    // The call is waited for as long as others take to be started.
    child = await start({ GATEHOUSE_DRAIN_MS: '60000' });
    const before = [...child.forked];
    let answer: (() => void) | undefined;
    provider.script = (...received) => (answer = () => plainAnswer()(...received));
    const waiting = call();
    await when(() => answer !== undefined, 'a call that its worker stays for');
    child.reload();
    // One of before leaves at once, and another tells what it left.
    await when(() => child.gone.length === 2, 'the other worker of before to be followed');
    limit(descriptors() - 4);
    answer?.();
    expect(await waiting).toBe(200);
    await when(() => before.every((pid) => child.gone.includes(pid)), 'the end of the worker of before');
    for (let times = 0; times < 3; times++) {
      child.reload();
      await sleep(200);
    }
    expect(isAlive(child.pid)).toBe(true);
    limit(4_096);
    await when(() => child.gone.length === 4, 'all that they left to be told');
    provider.script = plainAnswer();
    expect(await call()).toBe(200);
    child.reload();
    await when(() => slots().join() === 'worker-1', 'the first two slots to be taken again');
  });

  it('is reloaded while it serves: nobody is refused, and what the workers of before left is told', async () => {
    const before = [...child.forked];
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const statuses: number[] = [];
    let going = true;
    const clients = Array.from({ length: 4 }, async () => {
      while (going) statuses.push(await post(gateway.url, agent));
    });
    await when(() => statuses.length > 20);
    const counted = await completed();
    child.reload();
    await when(() => child.forked.length >= 4 && before.every((pid) => !isAlive(pid)), 'the others to leave');
    const served = statuses.length;
    await when(() => statuses.length > served + 20);
    going = false;
    await Promise.all(clients);
    agent.destroy();
    expect(new Set(statuses)).toEqual(new Set([200]));
    await when(() => bus.records.length === statuses.length, 'all records');
    expect(journals().size).toBe(4);
    await when(
      () => !existsSync(join(gateway.directory, 'data', 'journal')),
      'the journals of before to be gone',
    );
    await when(() => !slots().includes('worker-1'), 'the second’s directory to be gone');
    expect(slots()).toEqual(['worker-2', 'worker-3']);
    // What was counted stays counted.
    await when(async () => (await completed()) === statuses.length, 'all to be counted');
    expect(counted).toBeLessThanOrEqual(statuses.length);
    expect(control.ledger.limits[0]?.spent).toBe(BigInt(statuses.length) * COST);
  });

  it('tells what is left where there are fewer workers than before, killed with all they had in flight', async () => {
    provider.script = () => undefined;
    const lost = Array.from({ length: 8 }, () =>
      gateway.chat(body, { connection: 'close' }).catch(() => undefined),
    );
    await when(() => provider.calls.length === 8);
    await child.end('SIGKILL');
    await Promise.all(lost);
    await when(() => child.forked.every((pid) => !isAlive(pid)), 'its workers to end with it');
    provider.script = plainAnswer();
    child = await start({ GATEHOUSE_WORKERS: '3' });
    await gateway.stopGateway();
    expect(slots()).toHaveLength(2);
    child = await start();
    await when(() => bus.records.filter(isUnknown).length === 8, 'the replay');
    await when(() => slots().length === 1, 'the third worker’s directory to be gone');
    expect(await call()).toBe(200);
  });

  it('lets the worker that serves end what it has in flight where it is told to end before all do', async () => {
    await gateway.stopGateway();
    const port = await freePort();
    let answer: (() => void) | undefined;
    provider.script = (...received) => (answer = () => plainAnswer()(...received));
    child = gateway.beginChild({
      GATEHOUSE_WORKERS: '2',
      GATEHOUSE_HTTP_LISTEN: `127.0.0.1:${port}`,
      GATEHOUSE_DRAIN_MS: '5000',
    });
    await when(() => child.forked.length === 2, 'two workers');
    const [, second = 0] = child.forked;
    process.kill(second, 'SIGSTOP');
    const url = `http://127.0.0.1:${port}`;
    const ready = () =>
      fetch(`${url}/readyz`, { headers: { connection: 'close' } }).then(({ status }) => status);
    await when(async () => (await ready().catch(() => 0)) === 200, 'the other worker to serve');
    const waiting = post(url, new Agent());
    await when(() => answer !== undefined, 'its call');
    const ended = child.end('SIGTERM');
    process.kill(second, 'SIGCONT');
    await sleep(500);
    answer?.();
    expect(await waiting).toBe(200);
    await expect(child.serving).rejects.toThrow('the gateway exited');
    await ended;
    expect(bus.records.map(({ outcome }) => outcome)).toEqual([meteringV1.UsageOutcome.COMPLETED]);
  });

  it('starts no other workers where it is told to reload while it ends', async () => {
    let answer: (() => void) | undefined;
    provider.script = (...received) => (answer = () => plainAnswer()(...received));
    const waiting = call();
    await when(() => answer !== undefined, 'a call');
    const ended = child.end('SIGTERM');
    await sleep(200);
    child.reload();
    await sleep(200);
    answer?.();
    expect(await waiting).toBe(200);
    await ended;
    expect(child.forked).toHaveLength(2);
  });

  it('says of a worker that could not end in order that it did not, and not that it could not start', async () => {
    await gateway.stopGateway();
    child = await start({ TEST_BUS_CANNOT_CLOSE: '1' });
    await gateway.stopGateway();
    expect(child.log).toContain('a worker could not end in order');
    expect(child.log).toContain('the bus cannot be closed');
    expect(child.log).not.toContain('could not start');
  });

  it('does not start where a worker cannot', async () => {
    await gateway.stopGateway();
    await expect(start({ GATEHOUSE_GRPC_LISTEN: '192.0.2.1:1' })).rejects.toThrow(
      'a worker ended before any has served',
    );
  });
});

const isUnknown = ({ outcome }: meteringV1.UsageRecord): boolean =>
  outcome === meteringV1.UsageOutcome.UNKNOWN;

/** The status of a call over a connection of the agent's, which is sent once and never again. */
const post = (url: string, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
    const call = request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    call.once('error', reject);
    call.end(JSON.stringify(body));
  });
