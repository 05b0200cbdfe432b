import { Turns } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { MemberRoles } from './members';
import { MembersController } from './members.controller';

const { Invite, Member, OrganizationRole, WorkspaceRole } = provisioningV1;
const WORKSPACE = `ws_${'0'.repeat(26)}`;

/** Every other one is an admin, of the organization and of the workspace. */
const rolesOf = (index: number): provisioningV1.MemberRoles => ({
  organization: index % 2 ? OrganizationRole.ADMIN : OrganizationRole.MEMBER,
  workspaces: [{ workspaceId: WORKSPACE, role: index % 2 ? WorkspaceRole.ADMIN : WorkspaceRole.MEMBER }],
});
const all = Array.from({ length: 10 }, (_, index) => ({ id: `one ${index}`, roles: rolesOf(index) }));
const page = ({ skip, pageSize }: provisioningV1.ListMembersRequest) => all.slice(skip, skip + pageSize);

const control = {
  members: {
    listInvites: async (asked: never) => ({
      ...{ invites: page(asked).map((one) => Invite.fromPartial(one)), nextPageToken: '', totalSize: 10 },
    }),
    listMembers: async (asked: never) => ({
      ...{ members: page(asked).map((one) => Member.fromPartial(one)), nextPageToken: '', totalSize: 10 },
    }),
  },
} as unknown as ControlPlane;

const controller = new MembersController(new MemberRoles(new Turns()));
const asked = { path: {}, body: undefined, requestId: 'r', control };
const idsOf = ({ total, data }: { readonly total: number; readonly data: readonly { id: string }[] }) => [
  total,
  data.map(({ id }) => id),
];

it('pages of invites are of those of a role, where it is named', async () => {
  const second = { current_page: 1, page_size: 2 };
  expect(idsOf(await controller.invites({ ...asked, query: second }))).toEqual([10, ['one 2', 'one 3']]);
  const admins = { ...second, role: 'admin' as const };
  expect(idsOf(await controller.invites({ ...asked, query: admins }))).toEqual([5, ['one 5', 'one 7']]);
});

it.each([
  ['member', ['one 4', 'one 6']],
  ['admin', ['one 5', 'one 7']],
  ['manager', ['one 5', 'one 7']],
] as const)("pages of a workspace's users are of those of a role there: %s", async (role, ids) => {
  const query = { current_page: 1, page_size: 2, role };
  expect(idsOf(await controller.workspaceUsers({ ...asked, path: { workspace: WORKSPACE }, query }))).toEqual(
    [5, ids],
  );
});
