import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Peppers } from '@gatehouse/access';
import { freePort } from '@gatehouse/embedded-postgres';
import { grpcClient } from '@gatehouse/grpc';
import { apiKeyId, deriveId } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { gatewayV1 } from '@gatehouse/proto-gen';
import type { RunningGateway } from './gateway-app';
import { readGatewayConfig } from './gateway.config';
import { startAlone } from './testing/gateway-alone';
import { GatewayFixture, MODEL, ORGANIZATION, WORKSPACE } from './testing/gateway-fixture';

const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hi' }] });
const CLIENTS = 4;
const surroundings = new GatewayFixture();
beforeAll(() => surroundings.startSurroundings());
afterAll(() => surroundings.stop());

interface Member extends RunningGateway {
  readonly grpc: string;
  /** Calls that were sent to it and are not answered. */
  inFlight: number;
}

/** Two gateways behind a balancer that sends nothing to one that is about to be restarted. */
class Pair {
  private members: Member[] = [];

  async start(settings: NodeJS.ProcessEnv): Promise<void> {
    for (const place of [0, 1]) this.members.push(await this.startAt(place, settings));
  }

  /** Restarts them one after another. */
  async roll(settings: NodeJS.ProcessEnv): Promise<void> {
    for (const place of [0, 1]) {
      const leaving = this.members[0];
      this.members = this.members.slice(1);
      await until(() => leaving?.inFlight === 0);
      await leaving?.stop();
      this.members.push(await this.startAt(place, settings));
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((gateway) => gateway.stop()));
    this.members = [];
  }

  /** Asks each that runs. */
  all<T>(question: (gateway: Member) => Promise<T>): Promise<T[]> {
    return Promise.all(this.members.map(question));
  }

  /** Asks any that runs. */
  async ask<T>(question: (gateway: Member) => Promise<T>): Promise<T> {
    const chosen = this.members[Math.floor(Math.random() * this.members.length)];
    if (chosen === undefined) throw new Error('no gateway runs');
    chosen.inFlight++;
    try {
      return await question(chosen);
    } finally {
      chosen.inFlight--;
    }
  }

  private async startAt(place: number, settings: NodeJS.ProcessEnv): Promise<Member> {
    const grpc = `127.0.0.1:${await freePort()}`;
    const own = {
      GATEHOUSE_GRPC_LISTEN: grpc,
      GATEHOUSE_DATA_DIR: join(surroundings.directory, `data-${place}`),
    };
    const config = readGatewayConfig(surroundings.env({ ...own, GATEHOUSE_DRAIN_MS: '5000', ...settings }));
    const bus = { producer: surroundings.bus, close: async () => undefined };
    const gateway = await startAlone(config, async () => bus);
    await until(async () => (await fetch(`${gateway.url}/readyz`)).status === 200);
    return { ...gateway, grpc, inFlight: 0 };
  }
}

const pair = new Pair();
afterEach(() => pair.stop());

/** Goes on asking while it works: what each ask came to. */
const underLoad = async <T>(ask: () => Promise<T>, work: () => Promise<void>): Promise<T[]> => {
  const outcomes: T[] = [];
  let going = true;
  const client = async (): Promise<void> => {
    while (going) outcomes.push(await ask());
  };
  const clients = Array.from({ length: CLIENTS }, client);
  try {
    await until(() => outcomes.length >= CLIENTS);
    await work();
    const reached = outcomes.length;
    await until(() => outcomes.length >= reached + 2 * CLIENTS);
  } finally {
    going = false;
    await Promise.all(clients);
  }
  return outcomes;
};

describe('a pepper that is changed', () => {
  const [older, newer] = [Buffer.alloc(32, 21), Buffer.alloc(32, 22)];
  const listed = (...peppers: readonly Buffer[]) => ({
    GATEHOUSE_KEY_PEPPER: peppers.map((pepper) => pepper.toString('base64')).join(),
  });
  const issue = (name: string, peppers: Peppers): string => {
    const minted = peppers.mint(apiKeyId(deriveId('key', name)), createHash('sha256').update(name).digest());
    const value = {
      organizationId: ORGANIZATION,
      workspaceId: WORKSPACE,
      hash: Buffer.from(minted.hash, 'hex'),
      revision: 1n,
      limited: false,
      scopes: [],
    };
    surroundings.control.set({ id: deriveId('key', name), value: { $case: 'key', value } });
    return minted.secret;
  };

  it('refuses nobody on the way, in the steps that are documented, while calls go on', async () => {
    await pair.start(listed(older));
    const callWith = async (key: string, { url }: Member): Promise<number> => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        connection: 'close',
      };
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
      await response.text();
      return response.status;
    };
    /** A key that every gateway knows: it hears of one within a second of its issue. */
    const issueEverywhere = async (name: string, peppers: Peppers): Promise<string> => {
      const key = issue(name, peppers);
      await until(async () =>
        (await pair.all((member) => callWith(key, member))).every((status) => status === 200),
      );
      return key;
    };
    const keys = [await issueEverywhere('of-before', new Peppers([older]))];
    const call = (): Promise<number> =>
      pair.ask((member) => callWith(keys[Math.floor(Math.random() * keys.length)] ?? '', member));
    const statuses = await underLoad(call, async () => {
      // 1. Everybody knows both; 2. the new one comes first, and is for new keys.
      await pair.roll(listed(older, newer));
      await pair.roll(listed(newer, older));
      keys.push(await issueEverywhere('of-after', new Peppers([newer, older])));
      // 3. Keys under the old one are replaced; 4. it is taken away.
      keys.shift();
      await pair.roll(listed(newer));
    });
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe('a service token that is changed', () => {
  const hashes = (...tokens: readonly string[]) => ({
    GATEHOUSE_SERVICE_TOKEN_HASHES: tokens
      .map((token) => `registry=${createHash('sha256').update(token).digest('hex')}`)
      .join(),
  });

  it('refuses nobody on the way, in the steps that are documented, while calls go on', async () => {
    await pair.start(hashes('older'));
    let serviceToken = 'older';
    const integrationId = deriveId('int', 'asked-for');
    const ask = (): Promise<string> =>
      pair.ask(async ({ grpc }) => {
        const rpc = grpcClient(gatewayV1.KeyCustodyServiceClient, { address: grpc, serviceToken });
        try {
          return (await rpc.createIntegrationKey({ integrationId, epoch: 1 })).keyId;
        } catch (error) {
          return String(error);
        } finally {
          rpc.close();
        }
      });
    const answers = await underLoad(ask, async () => {
      // 1. Everybody takes both; 2. its holder shows the new one; 3. the old one is taken no more.
      await pair.roll(hashes('newer', 'older'));
      serviceToken = 'newer';
      await pair.roll(hashes('newer'));
    });
    const told = new Set(answers);
    expect([...told]).toEqual([expect.stringMatching(/^ik_local_/)]);
    serviceToken = 'older';
    expect(await ask()).toContain('CREDENTIALS_UNKNOWN');
  });
});
