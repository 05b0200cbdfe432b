import { AppError, Turns } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { rolesWith } from './member-conversion';
import { MemberRoles } from './members';

const { Member, OrganizationRole, WorkspaceRole } = provisioningV1;

let roles: provisioningV1.MemberRoles;
let revision: bigint;
/** Before it is changed: somebody else's change, of each time one. */
let meanwhile: (() => void)[];
/** Whether whoever asks is somebody. */
let known: boolean;

beforeEach(() => {
  roles = { organization: OrganizationRole.MEMBER, workspaces: [] };
  [revision, meanwhile, known] = [1n, [], true];
});

const control = {
  members: {
    getMember: async () => {
      if (!known) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
      return { member: Member.fromPartial({ id: 'mbr_one', roles, revision }) };
    },
    changeMemberRoles: async (request: provisioningV1.ChangeMemberRolesRequest) => {
      meanwhile.shift()?.();
      if (request.expectedRevision !== revision) throw new AppError('CONFLICT', 'REVISION_MISMATCH');
      roles = provisioningV1.MemberRoles.fromPartial(request.roles ?? {});
      revision++;
      return { position: '2' };
    },
  },
} as unknown as ControlPlane;

const letInto = (workspaceId: string): Promise<void> =>
  new MemberRoles(new Turns()).change(control, 'mbr_one', (member) =>
    rolesWith(member.roles, workspaceId, WorkspaceRole.MEMBER),
  );

it('changes roles beside those that somebody else has changed meanwhile', async () => {
  meanwhile = [
    () => {
      roles = rolesWith(roles, 'ws_theirs', WorkspaceRole.ADMIN);
      revision++;
    },
  ];
  await letInto('ws_mine');
  expect(roles.workspaces.map(({ workspaceId }) => workspaceId)).toEqual(['ws_theirs', 'ws_mine']);
});

it('changes the roles of whoever asks, who is nobody afterwards', async () => {
  meanwhile = [() => (known = false)];
  await letInto('ws_mine');
  expect(roles.workspaces).toHaveLength(1);
});
