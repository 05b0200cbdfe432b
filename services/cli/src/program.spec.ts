import { Server, ServerCredentials } from '@grpc/grpc-js';
import { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram, runProgram } from './program';

const program = createProgram({ env: {}, out: () => undefined, err: () => undefined });

const flagsOf = ({ options }: Command): string[] =>
  options.flatMap(({ long, short }) => [long ?? [], short ?? []].flat());

/** Every command below another, with what its ancestors would take for themselves wherever it stands. */
const below = (command: Command, taken: readonly string[], name: string): [string, string[], Command][] =>
  command.commands.flatMap((child) => {
    const path = `${name} ${child.name()}`.trim();
    const above = [...taken, ...flagsOf(command)];
    return [[path, above, child] as [string, string[], Command], ...below(child, above, path)];
  });

describe('the command line', () => {
  it.each(below(program, [], ''))(
    '%s has no option that a command above it takes away',
    (_path, above, command) => {
      expect(flagsOf(command).filter((flag) => above.includes(flag))).toEqual([]);
    },
  );

  const repeated = below(program, [], '').flatMap(([path, , { options }]) =>
    options.filter(({ flags }) => flags.includes('...')).map((option) => [path, option] as const),
  );
  it.each(repeated)('%s takes several where it says so: $flags', (_path, option) =>
    expect([option.flags, option.variadic]).toEqual([option.flags, true]),
  );
});

/** The exit code, and what was said beside the answer. */
const run = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<unknown[]> => {
  const said: string[] = [];
  try {
    await runProgram({ env, out: () => undefined, err: (text) => said.push(text) }, args);
    return [process.exitCode, ...said];
  } finally {
    process.exitCode = undefined;
  }
};

describe('a time that is none', () => {
  it.each([
    'keys issue nightly --expires',
    'history --from',
    'history --to',
    'invites create jo@example.org --expires',
    'invites resend inv_1 --expires',
  ])('is refused as anything else is: %s', async (command) => {
    for (const text of ['2027-02-30', '1', '2026-12-24T18:00']) {
      const args = [...command.split(' '), text];
      const facts = `  text: ${text}\n  expected: 2026-12-24T18:00:00Z, or a day, 2026-12-24`;
      expect(await run(args)).toEqual([1, `INVALID: TIME_MALFORMED\n${facts}`]);
      const [code, told] = await run(['--json', ...args]);
      expect([code, JSON.parse(String(told))]).toMatchObject([1, { error: { reason: 'TIME_MALFORMED' } }]);
    }
  });
});

describe('a service that does not answer', () => {
  it.each(['127.0.0.1:1', 'nowhere.invalid:20001'])(
    'is told with where it was looked for: %s',
    async (at) => {
      const args = ['--registry', at, 'integrations'];
      const [code, told] = await run(args, { GATEHOUSE_ADMIN_KEY: 'gh_1' });
      const because = String(/^UNAVAILABLE: PEER_UNAVAILABLE\n {2}because: (.+)$/.exec(String(told))?.[1]);
      expect([code, because]).toEqual([1, expect.stringContaining(at)]);
      const [, json] = await run(['--json', ...args], { GATEHOUSE_ADMIN_KEY: 'gh_1' });
      expect(JSON.parse(String(json))).toMatchObject({ error: { metadata: { because } } });
    },
  );
});

describe('a service that takes calls and answers none', () => {
  const taken: Socket[] = [];
  const silent = createServer((socket) => taken.push(socket));
  beforeAll(() => new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    silent.close();
    for (const socket of taken) socket.destroy();
  });

  it('is told of its projections within seconds', async () => {
    const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const all = ['registry', 'provisioning', 'metering', 'audit'].flatMap((name) => [`--${name}`, at]);
    const secrets = JSON.stringify({ serviceTokens: { operator: 'token' } });
    const told = await runBeside('secrets.json', secrets, [...all, 'projections']);
    expect(told).toEqual([1, expect.stringContaining('UNAVAILABLE: PEER_UNAVAILABLE')]);
  }, 20_000);
});

describe('an address', () => {
  it.each(['', 'nowhere', 'http://127.0.0.1:20001', '127.0.0.1:', ':20001'])(
    'that is none is not understood: %p',
    async (at) => {
      const [code, told] = await run(['--registry', at, 'integrations'], { GATEHOUSE_ADMIN_KEY: 'gh_1' });
      expect([code, told]).toEqual([2, expect.stringContaining('Expected host:port.')]);
    },
  );
});

describe('options of an action', () => {
  it.each([
    'integration int_1 --budget-usd 5',
    'integration int_1 --reason idle',
    'workspace ws_1 --description search',
    'members mbr_1 --role admin',
    'price-override int_1 --input 1',
    'budget lim_1 --reason late',
  ])('without one are refused, and nothing is shown as if it were changed: %s', async (command) => {
    const [code, told] = await run(command.split(' '));
    const [, , option] = command.split(' ');
    expect([code, told]).toEqual([
      1,
      expect.stringContaining(`INVALID: ACTION_MISSING\n  without: ${option}`),
    ]);
  });

  it('are not asked for by what chooses among those that are listed', async () => {
    const [, told] = await run(['--provisioning', '127.0.0.1:1', 'members', '--search', 'jo']);
    expect(told).toContain('SET_GATEHOUSE_ADMIN_KEY_OR_KEY_FILE');
  });
});

describe('what a service is asked, and answers', () => {
  const asked: provisioningV1.ChangeWorkspaceLimitsRequest[] = [];
  const changeWorkspaceLimits: provisioningV1.WorkspaceServiceServer['changeWorkspaceLimits'] = (
    { request },
    callback,
  ) => {
    asked.push(request);
    callback(null, { workspace: undefined, position: '' });
  };
  const connectIntegration: registryV1.IntegrationServiceServer['connectIntegration'] = (_call, callback) =>
    callback(
      null,
      registryV1.ConnectIntegrationResponse.fromPartial({
        integration: { connectRefusal: { workspaceId: 'ws_1', reason: 'WORKSPACE_UNKNOWN' } },
      }),
    );
  const server = new Server();
  let address = '';

  beforeAll(async () => {
    const { changeWorkspaceLimits: limits } = provisioningV1.WorkspaceServiceService;
    const { connectIntegration: connecting } = registryV1.IntegrationServiceService;
    server.addService(
      { changeWorkspaceLimits: limits, connectIntegration: connecting },
      { changeWorkspaceLimits, connectIntegration },
    );
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    address = `127.0.0.1:${port}`;
  });
  afterAll(() => server.forceShutdown());

  it('limits of a workspace are changed at the revision that is expected alone', async () => {
    const change = ['workspaces', 'limit', 'ws_1', '--budget-usd', '5', '--expected-revision', '7'];
    const [code] = await run(['--provisioning', address, ...change], { GATEHOUSE_ADMIN_KEY: 'gh_1' });
    expect([code, asked]).toEqual([undefined, [expect.objectContaining({ expectedRevision: 7n })]]);
  });

  it('an integration that came to nothing with one of its workspaces is a refusal', async () => {
    const connect = ['connect', '--name', 'a', '--slug', 'a', '--workspace', 'ws_1'];
    const told = await run(['--registry', address, ...connect], { GATEHOUSE_ADMIN_KEY: 'gh_1' });
    expect(told).toEqual([1, 'REFUSED: WORKSPACE_UNKNOWN\n  workspace: ws_1']);
  });
});

describe('a word that no command knows', () => {
  it.each(['budget lim_1', 'integration int_1', 'workspace ws_1', 'deployments int_1'])(
    'is refused, also where an object has it: %s',
    async (command) => {
      for (const word of ['forget', 'constructor', 'toString']) {
        const [code, told] = await run([...command.split(' '), word]);
        expect([code, told]).toEqual([1, expect.stringContaining('INVALID: ACTION_UNKNOWN')]);
      }
    },
  );
});

describe('a budget of nothing that was said', () => {
  it('is asked about', async () => {
    const [code, told] = await run(['provision', 'int_1', '--workspace', 'ws_1', '--budget', '5']);
    expect([code, told]).toEqual([2, expect.stringContaining('--budget-usd 5 or --budget-tokens 5')]);
  });
});

describe('a secret', () => {
  const secret = 'gh_notoriginal0123456789';
  const nobody = ['--registry', '127.0.0.1:1', '--provisioning', '127.0.0.1:1', '--data', '/nowhere'];
  const connecting = ['connect', '--name', 'a', '--slug', 'a', '--provider', 'openai'];

  it.each([
    [['--key-file', secret, 'integrations'], '--key-file'],
    [['--operator-token-file', secret, 'projections'], '--operator-token-file'],
    [['invites', 'accept', 'Jo', '--token-file', secret], '--token-file'],
    [[...connecting, '--credential', `api_key=${secret}`], 'api_key'],
    [[...connecting, '--header', `x-token=${secret}`], 'x-token'],
  ])('that stands where a file was to be named is not shown: %p', async (args, of) => {
    const [code, told] = await run([...nobody, ...args], { GATEHOUSE_ADMIN_KEY: 'gh_1' });
    const facts = `  of: ${of}\n  fault: ENOENT\n  expected: the name of a file that holds the secret, or -`;
    expect([code, told]).toEqual([1, `INVALID: SECRET_FILE_UNREADABLE\n${facts}`]);
  });

  it.each([`${secret}\n${secret}`, `${secret} ${secret}`, 'gh_ü'])(
    'that no call can present is refused, and not shown: %p',
    async (key) => {
      const [code, told] = await run([...nobody, 'integrations'], { GATEHOUSE_ADMIN_KEY: key });
      const facts = '  expected: one word of printable ASCII, on one line';
      expect([code, told]).toEqual([1, `UNAUTHENTICATED: KEY_MALFORMED\n${facts}`]);
    },
  );
});

/** Runs with a data directory that has one file. */
const runBeside = async (name: string, text: string, args: readonly string[]): Promise<unknown[]> => {
  const data = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  writeFileSync(join(data, name), text);
  try {
    return await run(['--data', data, ...args], { GATEHOUSE_ADMIN_KEY: 'gh_1' });
  } finally {
    rmSync(data, { recursive: true });
  }
};

describe("the operator's token", () => {
  const somebody = ['registry', 'provisioning', 'metering', 'audit'].flatMap((name) => [
    `--${name}`,
    '127.0.0.1:1',
  ]);

  it.each([
    [
      'the newest, while it is being changed',
      'newest, and one of before that no call could present',
      'UNAVAILABLE: PEER_UNAVAILABLE',
    ],
    ['not empty', ' ', 'UNAUTHENTICATED: OPERATOR_TOKEN_MISSING'],
  ])('is %s', async (_what, operator, refusal) => {
    const secrets = JSON.stringify({ serviceTokens: { operator } });
    const told = await runBeside('secrets.json', secrets, [...somebody, 'projections']);
    expect(told).toEqual([1, expect.stringContaining(refusal)]);
  });
});

describe('a data directory', () => {
  it.each(['{}', 'null', '{"grpc":{}}', '{"grpc":{"registry":5}}', '{', ''])(
    'that says %p of its addresses is refused as one without any',
    async (text) => {
      const told = await runBeside('addresses.json', text, ['integrations']);
      const reason = 'NOT_FOUND: NO_ADDRESSES_GIVE_DATA_DIRECTORY_OR_FLAGS';
      expect(told).toEqual([1, expect.stringContaining(`${reason}\n  file: `)]);
    },
  );
});

describe('the roles of a member', () => {
  it('are changed where the one in the organization is said, which is lost otherwise', async () => {
    const nobody = ['--provisioning', '127.0.0.1:1'];
    const change = [...nobody, 'members', 'mbr_1', 'role', '--workspace', 'ws_1=member'];
    expect(await run(change, { GATEHOUSE_ADMIN_KEY: 'gh_1' })).toEqual([1, 'INVALID: GIVE_ROLE']);
  });
});
