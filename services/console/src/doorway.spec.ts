import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { type LoadedConsole, openDoorway, type RunningConsole } from './doorway';

const freeAddress = (): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(`127.0.0.1:${port}`));
    });
  });

let running: RunningConsole;
let loads: number;
let closed: number;
let fault: Error | undefined;

const load = async (): Promise<LoadedConsole> => {
  loads++;
  if (fault) throw fault;
  return {
    answer: (_request, response) => void response.end('loaded'),
    close: async () => void closed++,
  };
};

beforeEach(async () => {
  [loads, closed, fault] = [0, 0, undefined];
  running = await openDoorway({ GATEHOUSE_HTTP_LISTEN: await freeAddress() }, load);
});
afterEach(() => running.stop());

it.each(['/readyz', '/healthz'])('answers %s, and loads nothing', async (path) => {
  expect((await fetch(`${running.url}${path}`)).status).toBe(200);
  expect(loads).toBe(0);
});

it('loads once, with the first request, and closes what it loaded', async () => {
  const answers = await Promise.all(
    ['/a', '/b'].map(async (path) => (await fetch(`${running.url}${path}`)).text()),
  );
  expect([answers, loads]).toEqual([['loaded', 'loaded'], 1]);
  await running.stop().catch(() => undefined);
  expect(closed).toBe(1);
  running = await openDoorway({ GATEHOUSE_HTTP_LISTEN: await freeAddress() }, load);
});

it('says that it is unavailable where that fails, and tries again', async () => {
  fault = new Error('not now');
  const refused = await fetch(running.url);
  expect([refused.status, await refused.json()]).toMatchObject([
    503,
    { success: false, data: { errorCode: 'AB04' } },
  ]);
  fault = undefined;
  expect(await (await fetch(running.url)).text()).toBe('loaded');
});

it('gives each answer an id of its own', async () => {
  const ids = await Promise.all(
    [1, 2].map(async () => (await fetch(running.url)).headers.get('x-portkey-request-id')),
  );
  expect(new Set(ids).size).toBe(2);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
});
