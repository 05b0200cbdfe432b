import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, SeededRandom, shareOf } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { ControlPlane } from './control-plane';
import { Engines } from './engines';
import { GatewayClient } from './gateway-client';
import { type Announcement, freeGatewayPort, Launch } from './launch';
import { memoryOf, processTree } from './process-tree';
import { Product, temporaryDirectory } from './product';
import { report } from './report';

const START_MS = 120_000;
const MEMORY_MAX = 500 * 1024 * 1024;
const IDLE_MS = 5_000;
const SOON_MS = 20_000;

describe('npm start', () => {
  it(
    'says what can be set',
    async () => {
      const launch = Launch.start({ args: ['--help'], throughNpm: true });
      expect(await launch.exited).toMatchObject({ code: 0 });
      for (const option of ['--data', '--port', '--json', '--store', '--bus'])
        expect(launch.stdout).toContain(option);
    },
    START_MS,
  );

  it(
    'refuses what it cannot read, and starts nothing',
    async () => {
      const directory = temporaryDirectory();
      rmSync(directory, { recursive: true });
      const launch = Launch.start({ args: ['--data', directory, '--store', 'esdb://ops:canary@host:port'] });
      expect((await launch.exited).code).toBeGreaterThan(0);
      expect(launch.stderr).not.toContain('canary');
      expect(existsSync(directory)).toBe(false);
    },
    START_MS,
  );
});

describe('npm start with an engine that is not there', () => {
  it.each([
    ['--store', 'esdb://127.0.0.1:1?tls=false', 'event store'],
    ['--bus', 'kafka://127.0.0.1:1', 'Kafka broker'],
  ])(
    'says so within 10 s: %s %s',
    async (option, setting, engine) => {
      const directory = temporaryDirectory();
      const start = Date.now();
      const launch = Launch.start({ args: ['--json', '--data', directory, option, setting] });
      expect((await launch.exited).code).toBe(1);
      expect(Date.now() - start).toBeLessThan(10_000);
      expect(launch.stderr).toContain(`no ${engine} answers at 127.0.0.1:1 (${option})`);
      expect(launch.stdout).toBe('');
      rmSync(directory, { recursive: true });
    },
    START_MS,
  );
});

describe('npm start that is ended from outside', () => {
  it.each([
    ['with its whole group, to which npm passes on what it got itself', 'SIGTERM', -1],
    ['without npm, which tells nobody of its end', 'SIGKILL', 1],
  ] as const)(
    'stops everything in order: %s',
    async (_how, signal, sign) => {
      const directory = temporaryDirectory();
      const port = String(await freeGatewayPort());
      const launch = Launch.start({
        args: ['--json', '--data', directory, '--port', port],
        throughNpm: true,
      });
      await launch.ready();
      process.kill(sign * launch.pid, signal);
      await launch.exited;
      expect(launch.stderr).toContain('Stopped (');
      expect(readdirSync(directory).filter((name) => name.endsWith('.lock'))).toEqual([]);
      expect(JSON.parse(readFileSync(join(directory, 'children.json'), 'utf8'))).toEqual({});
      rmSync(directory, { recursive: true });
    },
    START_MS,
  );
});

describe('npm start whose announcement nobody reads', () => {
  it(
    'goes on, where no keys are to be shown',
    async () => {
      const directory = temporaryDirectory();
      const args = ['--json', '--data', directory, '--port', String(await freeGatewayPort())];
      const first = Launch.start({ args });
      const { gateway } = await first.ready();
      await first.interrupt();
      const launch = Launch.start({ args });
      launch.deafen();
      await launch.says('could not be shown');
      expect((await fetch(`${gateway}/readyz`)).status).toBe(200);
      expect((await launch.interrupt()).code).toBe(0);
      rmSync(directory, { recursive: true });
    },
    START_MS,
  );
});

describe('a running product', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start();
  }, START_MS);

  afterAll(() => product?.stop(), START_MS);

  it(
    'takes less than 500 MB of memory when idle, soon after its first start',
    async () => {
      await sleep(IDLE_MS);
      await eventually(() => {
        const tree = processTree(product.pid);
        const memory = memoryOf(tree);
        report(`memory when idle: ${(memory / 1024 / 1024).toFixed(0)} MB in ${tree.length} processes`);
        expect(tree.length).toBeGreaterThan(7);
        expect(memory).toBeGreaterThan(50 * 1024 * 1024);
        expect(memory).toBeLessThan(MEMORY_MAX);
      }, SOON_MS);
    },
    START_MS,
  );

  it('keeps its secrets readable by their owner alone', () => {
    const modeOf = (name: string) => readFileMode(join(product.dataDir, name));
    expect([modeOf('secrets.json'), modeOf('keys')]).toEqual(['600', '700']);
  });

  const isRoot = process.getuid?.() === 0;
  it(`${isRoot ? 'runs registry and gateway as users of their own' : 'says that registry and gateway run as one user'}`, () => {
    const ownerOf = (service: 'registry' | 'gateway') => statSync(`/proc/${product.pidOf(service)}`).uid;
    const keys = statSync(join(product.dataDir, 'keys')).uid;
    if (isRoot) {
      expect(keys).toBe(ownerOf('gateway'));
      expect([0, keys]).not.toContain(ownerOf('registry'));
    } else {
      expect(product.stderr).toContain('registry and gateway run as one user');
    }
  });

  it(
    'lets no second one run on its directory',
    async () => {
      const rival = Launch.start({ args: ['--json', '--data', product.dataDir] });
      expect((await rival.exited).code).toBe(1);
      expect(rival.stderr).toContain('in use');
    },
    START_MS,
  );

  describe('and beside it a first start that is killed', () => {
    const random = new SeededRandom('launcher');
    /** In order: each start is killed a little after it said this; the next one takes over and gets further. */
    const moments = [
      '… Data directory',
      '… Postgres',
      '… Migrations',
      '… Services',
      '    admin key',
      '    workspace key',
    ];
    const isTried = new Set(shareOf(moments, 2, random));
    const killedAt = moments.filter((moment) => isTried.has(moment));

    it(
      'is taken up again at any step, and keys that nobody saw, or of another, are not valid',
      async () => {
        const directory = temporaryDirectory();
        const engines = await Engines.start();
        const port = String(await freeGatewayPort());
        const args = ['--json', '--data', directory, '--port', port, ...engines.args];
        let launch: Launch | undefined;
        try {
          for (const moment of killedAt) {
            launch = Launch.start({ args });
            await launch.says(moment);
            await sleep(random.int(0, 400));
            await launch.kill();
            if (launch.stdout !== '') break;
          }
          // Where a start got through while we slept, its keys may have been shown.
          const shown = JSON.parse(launch?.stdout || '{}') as Partial<Announcement>;
          launch = Launch.start({ args });
          const first = { ...shown, ...(await launch.ready()) } as Required<Announcement>;
          expect(await chat(first.gateway, first.apiKey, first.model)).toBe(200);
          expect(await activeRolesOf(first)).toEqual([
            provisioningV1.ApiKeyRole.ADMIN,
            provisioningV1.ApiKeyRole.WORKSPACE,
          ]);
          expect(first.organization).not.toBe(product.first.organization);
          expect(await chat(first.gateway, product.first.apiKey, first.model)).toBe(401);
          expect(await chat(product.first.gateway, product.first.apiKey, product.first.model)).toBe(200);
        } finally {
          await launch?.interrupt();
          await engines.stop();
          rmSync(directory, { recursive: true, force: true });
        }
      },
      4 * START_MS,
    );
  });

  it(
    'refuses another store or bus than those it began with',
    async () => {
      await product.interrupt();
      const { store, args, broker } = product.engines;
      const otherStore = store === 'postgres' ? 'esdb://127.0.0.1:2113?tls=false' : 'postgres';
      const others = [
        { args: ['--store', otherStore], complaint: `keeps its events in ${store}` },
        ...(broker ? [{ args: ['--bus', 'postgres'], complaint: 'tells its events through Kafka' }] : []),
      ];
      for (const { args: other, complaint } of others) {
        const launch = Launch.start({ args: ['--json', '--data', product.dataDir, ...args, ...other] });
        expect((await launch.exited).code).toBe(1);
        expect(launch.stderr).toContain(complaint);
        expect(launch.stdout).toBe('');
      }
    },
    START_MS,
  );
});

/** Of the keys that are valid. */
const activeRolesOf = async ({ grpc, adminKey }: Required<Announcement>) => {
  const control = new ControlPlane(grpc, { apiKey: adminKey });
  const { apiKeys } = await control.apiKeys.listApiKeys(
    provisioningV1.ListApiKeysRequest.fromPartial({ pageSize: 200 }),
  );
  control.close();
  const active = apiKeys.filter(({ status }) => status === provisioningV1.ApiKeyStatus.ACTIVE);
  report(`killed first start: ${apiKeys.length} keys issued, ${active.length} active`);
  return active.map(({ role }) => role).sort();
};

const readFileMode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

const chat = async (url: string, key: string, model: string): Promise<number | undefined> => {
  const client = new GatewayClient(url, key);
  const answer = await client.chat({ model, messages: [{ role: 'user', content: 'Hello!' }], max_tokens: 1 });
  await client.close();
  return answer?.status;
};
