import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { describeLimits } from '../describe-limits';
import { type ListOptions, withListOptions } from '../list-options';
import { type LimitOptions, parseLimits, parseNewLimits, withLimitOptions } from '../limit-options';
import { addApprovalSetting } from './approvals.command';
import { type LimitChangeOptions, limitHolder, withLimitChangeOptions } from './held-limits';
import { byName } from '../pairs';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

/** `organization show`, `organization limit`, `organization approval`, `workspaces list`, `workspaces create`, `workspaces limit`, `workspace`. */
export const addWorkspaceCommands = (program: Command, act: Act): void => {
  const organization = program.command('organization').description('the organization of the key');
  organization.command('show', { isDefault: true }).description('show it').action(act(showOrganization));
  withLimitChangeOptions(
    organization.command('limit').description('replace the limits over all its workspaces'),
  ).action(act(limitOrganization));
  withChangeOptions(
    organization
      .command('connecting')
      .description('say whether admins of workspaces may connect integrations for these')
      .argument('<on-or-off>'),
  ).action(act(setConnecting));
  addApprovalSetting(organization, act);
  const workspaces = program.command('workspaces').description('teams inside the organization');
  const listing = workspaces
    .command('list', { isDefault: true })
    .description('list the workspaces')
    .option('--archived', 'the archived ones instead');
  withListOptions(listing, 'name', 'created_at or name').action(act(listWorkspaces));
  withDetailOptions(
    withLimitOptions(
      withChangeOptions(workspaces.command('create').description('create a workspace').argument('<name>')),
    ).option('--slug <slug>', 'made from the name by default', ''),
  ).action(act(createWorkspace));
  withLimitChangeOptions(
    workspaces
      .command('limit')
      .description('replace the limits of a workspace')
      .argument('<workspace-id>')
      .option('--per-key', 'those that each of its keys has for itself, keys to come too'),
  ).action(act(limitWorkspace));
  withDetailOptions(
    withChangeOptions(program.command('workspace').description('show a workspace, or change it'))
      .argument('<workspace-id>')
      .argument('[action]', Object.keys(ACTIONS).join(' | '))
      .argument(
        '[word]',
        'rename: the new name; connecting: on, off, or default for what the organization says',
      ),
  ).action(act(workspace));
};

interface DetailOptions {
  readonly icon?: string;
  readonly description?: string;
  readonly metadata?: readonly string[];
}

const withDetailOptions = (command: Command): Command =>
  command
    .option('--icon <text>', 'such as an emoji')
    .option('--description <text>', 'what it is for')
    .option('--metadata <name=value...>', 'default metadata, all of it');

const parseDetails = ({ icon, description, metadata }: DetailOptions) => ({
  icon: icon ?? '',
  description: description ?? '',
  defaultMetadata: byName((metadata ?? []).filter((pair) => pair !== '').map(parsePair)),
});

const parsePair = (pair: string): [name: string, value: string] => {
  const at = pair.indexOf('=');
  if (at < 1) throw new AppError('INVALID', 'GIVE_NAME_EQUALS_VALUE', { metadata: { metadata: pair } });
  return [pair.slice(0, at), pair.slice(at + 1)];
};

const limitOrganization = (session: Session, options: LimitChangeOptions): Promise<void> =>
  limitHolder(session, options, { $case: 'organization', value: {} });

const limitWorkspace = async (
  session: Session,
  { perKey = false, ...options }: LimitChangeOptions & { readonly perKey?: boolean },
  workspaceId: string,
): Promise<void> => {
  if (perKey) return limitHolder(session, options, { $case: 'keysOfWorkspaceId', value: workspaceId });
  const { connection, output } = session;
  const { requestId, reason, expectedRevision } = options;
  if (options.show) {
    const response = await connection.workspaces().getWorkspace({ workspaceId, atLeastPosition: '' });
    const rows = response.workspace ? [rowOf(response.workspace)] : [];
    output.answer(provisioningV1.GetWorkspaceResponse.toJSON(response), HEAD, rows);
    return;
  }
  const change = { requestId, reason, workspaceId, expectedRevision, limits: parseNewLimits(options) };
  const response = await connection.workspaces().changeWorkspaceLimits(change);
  const rows = response.workspace ? [rowOf(response.workspace)] : [];
  output.answer(provisioningV1.ChangeWorkspaceLimitsResponse.toJSON(response), HEAD, rows);
};

const setConnecting = async (
  { connection, output }: Session,
  { requestId, reason }: ChangeOptions,
  word: string,
): Promise<void> => {
  const allowed = parseConnecting(word);
  if (allowed === undefined) throw new AppError('INVALID', 'GIVE_ON_OR_OFF');
  const request = { requestId, reason, allowed };
  const response = await connection.organizations().setWorkspacesConnecting(request);
  const json = provisioningV1.SetWorkspacesConnectingResponse.toJSON(response);
  output.answer(json, ORGANIZATION_HEAD, organizationRows(response.organization));
};

/** Undefined: as the organization says. INVALID `GIVE_ON_OR_OFF` for what is none of the words. */
const parseConnecting = (word: string | undefined): boolean | undefined => {
  if (word === 'default') return undefined;
  if (word !== 'on' && word !== 'off') throw new AppError('INVALID', 'GIVE_ON_OR_OFF');
  return word === 'on';
};

const ORGANIZATION_HEAD = ['organization', 'name', 'workspaces connect integrations'];

const organizationRows = (organization: provisioningV1.Organization | undefined): string[][] =>
  organization ? [[organization.id, organization.name, organization.workspacesConnect ? 'yes' : 'no']] : [];

const showOrganization = async ({ connection, output }: Session): Promise<void> => {
  const response = await connection.organizations().getOrganization({ atLeastPosition: '' });
  const json = provisioningV1.GetOrganizationResponse.toJSON(response);
  output.answer(json, ORGANIZATION_HEAD, organizationRows(response.organization));
};

const listWorkspaces = async (
  { connection, output }: Session,
  { archived, search, orderBy }: ListOptions & { readonly archived?: boolean },
): Promise<void> => {
  const client = connection.workspaces();
  const statuses = archived ? [provisioningV1.WorkspaceStatus.ARCHIVED] : [];
  const workspaces = await allPages(
    (pageToken) =>
      client.listWorkspaces(
        provisioningV1.ListWorkspacesRequest.fromPartial({
          pageSize: 200,
          pageToken,
          statuses,
          search,
          orderBy,
        }),
      ),
    (page) => page.workspaces,
  );
  output.answer({ workspaces: workspaces.map(provisioningV1.Workspace.toJSON) }, HEAD, workspaces.map(rowOf));
};

const createWorkspace = async (
  { connection, output }: Session,
  options: ChangeOptions & LimitOptions & DetailOptions & { readonly slug: string },
  name: string,
): Promise<void> => {
  const { requestId, reason, slug } = options;
  const request = { requestId, reason, name, slug, ...parseDetails(options), limits: parseLimits(options) };
  const response = await connection.workspaces().createWorkspace(request);
  show(output, provisioningV1.CreateWorkspaceResponse.toJSON(response), response);
};

interface Target {
  readonly requestId: string;
  readonly reason: string;
  readonly workspaceId: string;
}

/** What `workspace ID` can do, by the word that says it. */
const ACTIONS: Readonly<
  Record<
    string,
    (session: Session, target: Target, name: string | undefined, options: DetailOptions) => Promise<void>
  >
> = {
  rename: async ({ connection, output }, target, name) => {
    if (name === undefined) throw new AppError('INVALID', 'GIVE_NAME');
    const response = await connection.workspaces().renameWorkspace({ ...target, name });
    show(output, provisioningV1.RenameWorkspaceResponse.toJSON(response), response);
  },
  describe: async ({ connection, output }, target, _name, options) => {
    const updateMask = DETAILS.filter(([option]) => options[option] !== undefined).map(([, path]) => path);
    const request = { ...target, updateMask, ...parseDetails(options) };
    const response = await connection.workspaces().updateWorkspace(request);
    show(output, provisioningV1.UpdateWorkspaceResponse.toJSON(response), response);
  },
  connecting: async ({ connection, output }, target, word) => {
    const request = { ...target, allowed: parseConnecting(word) };
    const response = await connection.workspaces().setWorkspaceConnecting(request);
    show(output, provisioningV1.SetWorkspaceConnectingResponse.toJSON(response), response);
  },
  archive: async ({ connection, output }, target) => {
    const response = await connection.workspaces().archiveWorkspace(target);
    show(output, provisioningV1.ArchiveWorkspaceResponse.toJSON(response), response);
  },
};

/** Options, and what an update mask calls them. */
const DETAILS = [
  ['icon', 'icon'],
  ['description', 'description'],
  ['metadata', 'default_metadata'],
] as const;

const workspace = async (
  session: Session,
  { requestId, reason, ...options }: ChangeOptions & DetailOptions,
  workspaceId: string,
  word?: string,
  name?: string,
): Promise<void> => {
  if (word === undefined) return showWorkspace(session, workspaceId);
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action === undefined) {
    const metadata = { action: word, known: Object.keys(ACTIONS).join(', ') };
    throw new AppError('INVALID', 'ACTION_UNKNOWN', { metadata });
  }
  await action(session, { requestId, reason, workspaceId }, name, options);
};

const showWorkspace = async ({ connection, output }: Session, workspaceId: string): Promise<void> => {
  const response = await connection.workspaces().getWorkspace({ workspaceId, atLeastPosition: '' });
  show(output, provisioningV1.GetWorkspaceResponse.toJSON(response), response);
};

const show = (
  output: Session['output'],
  json: unknown,
  { workspace: shown }: { readonly workspace?: provisioningV1.Workspace | undefined },
): void => output.answer(json, HEAD, shown ? [rowOf(shown)] : []);

const HEAD = ['workspace', 'name', 'slug', 'description', 'status', 'limits'];

const rowOf = (shown: provisioningV1.Workspace): string[] => [
  shown.id,
  shown.icon === '' ? shown.name : `${shown.icon} ${shown.name}`,
  shown.slug,
  shown.description,
  provisioningV1.WorkspaceStatus[shown.status].toLowerCase(),
  describeLimits(shown.limits),
];
