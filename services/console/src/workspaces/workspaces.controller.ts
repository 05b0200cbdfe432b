import { AppError, Turns } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Controller, Inject } from '@nestjs/common';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { membershipIn, rolesWith, toRestWorkspaceRole, WORKSPACE_ROLE } from '../members/member-conversion';
import { MemberRoles, memberOf, membersOf } from '../members/members';
import type { Asked } from '../rest/asked';
import { eachOf } from '../rest/each-of';
import { gathered, pageOf, WHOLE } from '../rest/paging';
import { Unfinished } from '../rest/repeated-creations';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import { archive, change, create } from './workspace-changes';
import { toRestWorkspace } from './workspace-conversion';
import * as routes from './workspace.routes';

const PAGE_BY_DEFAULT = 100;

const { WorkspaceStatus } = provisioningV1;
const STATUSES = { active: WorkspaceStatus.ACTIVE, archived: WorkspaceStatus.ARCHIVED } as const;

@Controller()
export class WorkspacesController {
  constructor(
    @Inject(Turns) private readonly turns: Turns,
    @Inject(MemberRoles) private readonly roles: MemberRoles,
  ) {}

  @Serves(routes.listWorkspaces)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listWorkspaces>,
  ): Promise<AnswerOf<typeof routes.listWorkspaces>> {
    const { exact_name: exact, name: search = exact ?? '', status = 'active' } = query;
    const page = pageOf(query, PAGE_BY_DEFAULT);
    const { total, items } = await gathered(
      exact === undefined ? page : WHOLE,
      (part) =>
        control.workspaces.listWorkspaces(
          provisioningV1.ListWorkspacesRequest.fromPartial({ search, statuses: [STATUSES[status]], ...part }),
        ),
      ({ workspaces }) => workspaces,
    );
    const named = exact === undefined ? items : items.filter(({ name }) => name === exact);
    const data = exact === undefined ? named : named.slice(page.skip, page.skip + page.size);
    return {
      object: 'list',
      total: exact === undefined ? total : named.length,
      data: data.map(toRestWorkspace),
    };
  }

  @Serves(routes.createWorkspace)
  async create(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.createWorkspace>,
  ): Promise<AnswerOf<typeof routes.createWorkspace>> {
    const users = body.users ?? [];
    // Before anything is made it is known that all of them are there.
    await eachOf(users, (user) => memberOf(control, user));
    const workspace = await create(control, requestId, body);
    // What was begun before may be gone: nobody goes on with it.
    if (workspace.status === WorkspaceStatus.ARCHIVED) throw new AppError('REFUSED', 'WORKSPACE_ARCHIVED');
    await this.letIn(control, users, workspace.id).catch((error: unknown) => {
      throw new Unfinished(error);
    });
    return toRestWorkspace(workspace);
  }

  @Serves(routes.getWorkspace)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getWorkspace>,
  ): Promise<AnswerOf<typeof routes.getWorkspace>> {
    const workspace = await known(control, path.workspace);
    // Who manages workspaces and finds one archived takes it for gone.
    if (workspace.status === WorkspaceStatus.ARCHIVED) throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
    const users = await usersOf(control, workspace.id);
    return { ...toRestWorkspace(workspace), users };
  }

  @Serves(routes.changeWorkspace)
  async change(
    @AskedOf() { path, body, control }: Asked<typeof routes.changeWorkspace>,
  ): Promise<AnswerOf<typeof routes.changeWorkspace>> {
    const id = await workspaceIdOf(control, path.workspace);
    return toRestWorkspace(
      await this.turns.take(id, async () => change(control, await known(control, id), body)),
    );
  }

  @Serves(routes.deleteWorkspace)
  async archive(@AskedOf() { path, body, control }: Asked<typeof routes.deleteWorkspace>): Promise<object> {
    await archive(control, await known(control, path.workspace), body.name);
    return {};
  }

  private async letIn(control: ControlPlane, users: readonly string[], workspaceId: string): Promise<void> {
    for (const user of users)
      await this.roles.change(control, user, ({ roles }) =>
        rolesWith(roles, workspaceId, WORKSPACE_ROLE.member),
      );
  }
}

const known = async (control: ControlPlane, named: string): Promise<provisioningV1.Workspace> => {
  const workspaceId = await workspaceIdOf(control, named);
  const { workspace } = await control.workspaces.getWorkspace({ workspaceId, atLeastPosition: '' });
  return shownIn(workspace);
};

/** null where the caller may see the workspace, and not who is a member. */
const usersOf = async (
  control: ControlPlane,
  workspaceId: string,
): Promise<AnswerOf<typeof routes.getWorkspace>['users']> => {
  try {
    const { items } = await membersOf(control, WHOLE, { workspaceId });
    return items.flatMap((member) => {
      const membership = membershipIn(member, workspaceId);
      return membership ? [{ id: member.id, role: toRestWorkspaceRole(membership.role) }] : [];
    });
  } catch (error) {
    if (error instanceof AppError && error.code === 'FORBIDDEN') return null;
    throw error;
  }
};
