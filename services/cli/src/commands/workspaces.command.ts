import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { describeLimits } from '../describe-limits';
import { type LimitOptions, parseLimits, withLimitOptions } from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

/** `organization`, `workspaces list`, `workspaces create`. */
export const addWorkspaceCommands = (program: Command, act: Act): void => {
  program
    .command('organization')
    .description('show the organization of the key')
    .action(act(showOrganization));
  const workspaces = program.command('workspaces').description('teams inside the organization');
  workspaces
    .command('list', { isDefault: true })
    .description('list the workspaces')
    .action(act(listWorkspaces));
  withLimitOptions(
    withChangeOptions(workspaces.command('create').description('create a workspace').argument('<name>')),
  ).action(act(createWorkspace));
};

const showOrganization = async ({ connection, output }: Session): Promise<void> => {
  const response = await connection.organizations().getOrganization({ atLeastPosition: '' });
  const { organization } = response;
  const rows = organization ? [[organization.id, organization.name]] : [];
  output.answer(provisioningV1.GetOrganizationResponse.toJSON(response), ['organization', 'name'], rows);
};

const listWorkspaces = async ({ connection, output }: Session): Promise<void> => {
  const client = connection.workspaces();
  const workspaces = await allPages(
    (pageToken) =>
      client.listWorkspaces(provisioningV1.ListWorkspacesRequest.fromPartial({ pageSize: 200, pageToken })),
    (page) => page.workspaces,
  );
  output.answer({ workspaces: workspaces.map(provisioningV1.Workspace.toJSON) }, HEAD, workspaces.map(rowOf));
};

const createWorkspace = async (
  { connection, output }: Session,
  options: ChangeOptions & LimitOptions,
  name: string,
): Promise<void> => {
  const { requestId, reason } = options;
  const response = await connection
    .workspaces()
    .createWorkspace({ requestId, reason, name, limits: parseLimits(options) });
  const rows = response.workspace ? [rowOf(response.workspace)] : [];
  output.answer(provisioningV1.CreateWorkspaceResponse.toJSON(response), HEAD, rows);
};

const HEAD = ['workspace', 'name', 'limits'];

const rowOf = ({ id, name, limits }: provisioningV1.Workspace): string[] => [
  id,
  name,
  describeLimits(limits),
];
