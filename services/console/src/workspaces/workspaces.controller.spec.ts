import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { ConsoleBench } from '../testing/console-bench';
import { FakeProvisioning } from '../testing/fake-provisioning';

const { Workspace, WorkspaceStatus, Member } = provisioningV1;

let provisioning: FakeProvisioning;
let bench: ConsoleBench;
/** The request ids of creations. */
let created: string[];
let status: provisioningV1.WorkspaceStatus;

beforeAll(async () => {
  provisioning = await FakeProvisioning.start();
  provisioning.callers.add('gh_one');
  const shown = () => ({ workspace: Workspace.fromPartial({ id: 'ws_one', status }), position: '1' });
  provisioning.answers(
    'WorkspaceService.createWorkspace',
    ({ requestId }: provisioningV1.CreateWorkspaceRequest) => {
      created.push(requestId);
      return shown();
    },
  );
  provisioning.answers('WorkspaceService.getWorkspace', shown);
  provisioning.answers('MemberService.getMember', ({ memberId: id }: provisioningV1.GetMemberRequest) => {
    if (id === 'nobody') throw new AppError('NOT_FOUND', 'MEMBER_UNKNOWN');
    return { member: Member.fromPartial({ id }) };
  });
  provisioning.answers('MemberService.changeMemberRoles', () => ({ position: '2' }));
  bench = await ConsoleBench.start({ GATEHOUSE_PROVISIONING_ADDRESS: provisioning.address });
});
beforeEach(() => {
  created = [];
  status = WorkspaceStatus.ACTIVE;
});
afterAll(async () => {
  await bench.stop();
  provisioning.stop();
});

const create = async (name: string, users: readonly string[]): Promise<number> => {
  const headers = { 'x-portkey-api-key': 'gh_one', 'content-type': 'application/json' };
  const body = JSON.stringify({ name, users });
  return (await fetch(`${bench.url}/v1/admin/workspaces`, { method: 'POST', headers, body })).status;
};

it('makes no workspace whose users are not there', async () => {
  expect(await create('of somebody and nobody', ['somebody', 'nobody'])).toBe(404);
  expect(created).toEqual([]);
});

/** Of the next who is to be let in; whoever comes after is let in. */
const refuseOne = (refusal = new AppError('FORBIDDEN', 'OWNERS_TEND_OWNERS')): void =>
  provisioning.answers('MemberService.changeMemberRoles', () => {
    provisioning.answers('MemberService.changeMemberRoles', () => ({ position: '2' }));
    throw refusal;
  });

it('lets somebody in although somebody else changes their roles meanwhile', async () => {
  refuseOne(new AppError('CONFLICT', 'REVISION_MISMATCH'));
  expect(await create('of one overtaken', ['one'])).toBe(200);
  expect(created).toHaveLength(1);
});

it('goes on with one that it could not give all of its users', async () => {
  refuseOne();
  const statuses = [await create('of two', ['one', 'two']), await create('of two', ['one', 'two'])];
  expect(statuses).toEqual([403, 200]);
  expect([created.length, new Set(created).size]).toEqual([2, 1]);
});

it('goes on with none that was archived meanwhile, and makes another then', async () => {
  refuseOne();
  expect(await create('archived', ['one', 'two'])).toBe(403);
  status = WorkspaceStatus.ARCHIVED;
  const before = provisioning.asked.length;
  expect(await create('archived', ['one', 'two'])).toBe(409);
  expect(provisioning.asked.slice(before)).not.toContain('MemberService.changeMemberRoles gh_one');
  status = WorkspaceStatus.ACTIVE;
  expect(await create('archived', ['one', 'two'])).toBe(200);
  expect([created.length, new Set(created).size]).toEqual([3, 2]);
});
