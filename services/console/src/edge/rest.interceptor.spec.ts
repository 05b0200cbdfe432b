import { provisioningV1 } from '@gatehouse/proto-gen';
import { ConsoleBench } from '../testing/console-bench';
import { FakeProvisioning } from '../testing/fake-provisioning';

let provisioning: FakeProvisioning;
let bench: ConsoleBench;
let made: number;

beforeAll(async () => {
  provisioning = await FakeProvisioning.start();
  for (const key of ['gh_one', 'gh_two', 'gh_theirs']) provisioning.callers.add(key);
  provisioning.answers('SessionService.listSessions', (_request, caller) => ({
    ...{ sessions: [], organizationId: caller === 'gh_theirs' ? 'org_two' : 'org_one' },
  }));
  const shown = () => ({
    workspace: provisioningV1.Workspace.fromPartial({ id: `ws_${made}` }),
    position: '1',
  });
  provisioning.answers('WorkspaceService.createWorkspace', () => {
    made++;
    return shown();
  });
  provisioning.answers('WorkspaceService.getWorkspace', shown);
  bench = await ConsoleBench.start({ GATEHOUSE_PROVISIONING_ADDRESS: provisioning.address });
});
beforeEach(() => (made = 0));
afterAll(async () => {
  await bench.stop();
  provisioning.stop();
});

const ask = async (method: string, path: string, said?: object, key = 'gh_one'): Promise<unknown> => {
  const headers = { 'x-portkey-api-key': key, 'content-type': 'application/json' };
  const body = said && JSON.stringify(said);
  const response = await fetch(`${bench.url}/v1${path}`, { method, headers, ...(body && { body }) });
  return response.json();
};
const create = (said: object): Promise<unknown> => ask('POST', '/admin/workspaces', said);

it.each([
  ['GET', '/admin/users'],
  ['POST', '/admin/users/invites'],
  ['POST', '/api-keys/organisation/service'],
  ['POST', '/gatehouse/previews'],
  ['POST', '/gatehouse/integrations/one/test'],
  ['DELETE', '/integrations/one'],
  ['PUT', '/integrations/one/workspaces'],
  ['POST', '/api-keys/one/rotate'],
])(
  'makes a workspace once, whatever is asked for, made or changed beside it: %s %s',
  async (method, path) => {
    const said = { name: `${method} ${path}` };
    const first = await create(said);
    await ask(method, path, method === 'GET' ? undefined : {}, 'gh_two');
    expect([await create(said), made]).toEqual([first, 1]);
  },
);

const ENDING: [method: string, path: string][] = [
  ['DELETE', '/admin/workspaces/one'],
  ['PUT', '/admin/workspaces/one'],
  ['DELETE', '/admin/users/one'],
  ['POST', '/gatehouse/approvals/one/approve'],
];

it.each(ENDING)(
  'makes another after what may have ended it, whoever did that: %s %s',
  async (method, path) => {
    const said = { name: `${method} ${path}` };
    await create(said);
    await ask(method, path, undefined, 'gh_two');
    await create(said);
    expect(made).toBe(2);
  },
);

it.each(ENDING)(
  'makes it once, whatever is done to others’, or tried by nobody: %s %s',
  async (method, path) => {
    const said = { name: `${method} ${path} elsewhere` };
    await create(said);
    await ask(method, path, undefined, 'gh_theirs');
    await ask(method, path, undefined, 'gh_nobody');
    await create(said);
    expect(made).toBe(1);
  },
);

it('answers no key again that is nobody’s any more', async () => {
  provisioning.callers.add('gh_gone');
  const creation = { name: 'by who is gone' };
  await ask('POST', '/admin/workspaces', creation, 'gh_gone');
  provisioning.callers.delete('gh_gone');
  expect(await ask('POST', '/admin/workspaces', creation, 'gh_gone')).toMatchObject({
    data: { reason: 'CREDENTIALS_UNKNOWN' },
  });
});
