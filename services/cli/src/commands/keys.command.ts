import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { describeLimits } from '../describe-limits';
import { type ListOptions, withListOptions } from '../list-options';
import { type LimitOptions, parseLimits, withLimitOptions } from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

interface IssueOptions extends ChangeOptions, LimitOptions {
  readonly workspace?: string;
  readonly member: string;
  readonly role?: string;
}

/** `keys list`, `keys issue`, `keys revoke`. */
export const addKeyCommands = (program: Command, act: Act): void => {
  const keys = program.command('keys').description('API keys');
  const listing = keys
    .command('list', { isDefault: true })
    .description('list the keys')
    .option('--workspace <workspace-id>', 'only of this workspace', '')
    .option('--pepper <pepper-id>', 'only those under this pepper; "" for those from before peppers had ids');
  withListOptions(listing, 'name', 'issued_at or name').action(act(listKeys));
  withLimitOptions(
    withChangeOptions(
      keys
        .command('issue')
        .description('issue a key: for a workspace, or for the whole organization when none is named')
        .argument('<name>')
        .option('--workspace <workspace-id>', 'the workspace that it is for')
        .option('--member <member-id>', 'whose it is; of a service where nobody is named', '')
        .addOption(
          new Option(
            '--role <role>',
            'what it may: of a workspace a member where it is not said, else an admin',
          ).choices(['owner', 'admin', 'auditor', 'member']),
        ),
    ),
  ).action(act(issueKey));
  withChangeOptions(keys.command('revoke').description('revoke a key').argument('<key-id>')).action(
    act(revokeKey),
  );
};

const listKeys = async (
  { connection, output }: Session,
  options: ListOptions & { readonly workspace: string; readonly pepper?: string },
): Promise<void> => {
  const client = connection.apiKeys();
  const keys = await allPages(
    (pageToken) =>
      client.listApiKeys(
        provisioningV1.ListApiKeysRequest.fromPartial({
          pageSize: 200,
          pageToken,
          workspaceId: options.workspace,
          pepperId: options.pepper,
          search: options.search,
          orderBy: options.orderBy,
        }),
      ),
    (page) => page.apiKeys,
  );
  output.answer({ apiKeys: keys.map(provisioningV1.ApiKey.toJSON) }, HEAD, keys.flatMap(rowsOf));
};

const issueKey = async (
  { connection, output }: Session,
  options: IssueOptions,
  name: string,
): Promise<void> => {
  const { requestId, reason, workspace } = options;
  const response = await connection.apiKeys().issueApiKey({
    requestId,
    reason,
    name,
    role: roleOf(options),
    workspaceId: workspace ?? '',
    limits: parseLimits(options),
    organizationId: '',
    memberId: options.member,
  });
  output.answer(provisioningV1.IssueApiKeyResponse.toJSON(response), HEAD, rowsOf(response.apiKey));
  output.note(
    response.secret === ''
      ? 'This key was issued before; its secret is not shown again.'
      : `Key, shown once: ${response.secret}`,
  );
};

const { ApiKeyRole } = provisioningV1;
const ORGANIZATION_ROLES = new Map([
  ['owner', ApiKeyRole.OWNER],
  ['admin', ApiKeyRole.ADMIN],
  ['auditor', ApiKeyRole.AUDITOR],
]);
const WORKSPACE_ROLES = new Map([
  ['admin', ApiKeyRole.WORKSPACE_ADMIN],
  ['member', ApiKeyRole.WORKSPACE],
]);

/** INVALID `ROLE_MALFORMED` for a role that a key of a workspace, or of none, cannot have. */
const roleOf = ({ workspace, role: text }: IssueOptions): provisioningV1.ApiKeyRole => {
  const role =
    workspace === undefined ? ORGANIZATION_ROLES.get(text ?? 'admin') : WORKSPACE_ROLES.get(text ?? 'member');
  if (role === undefined) throw new AppError('INVALID', 'ROLE_MALFORMED', { metadata: { text: text ?? '' } });
  return role;
};

const revokeKey = async (
  { connection, output }: Session,
  options: ChangeOptions,
  apiKeyId: string,
): Promise<void> => {
  const { requestId, reason } = options;
  const response = await connection.apiKeys().revokeApiKey({ requestId, reason, apiKeyId });
  output.answer(provisioningV1.RevokeApiKeyResponse.toJSON(response), HEAD, rowsOf(response.apiKey));
};

const ROLE_NAMES: Readonly<Record<provisioningV1.ApiKeyRole, string>> = {
  [ApiKeyRole.UNSPECIFIED]: 'unknown',
  [ApiKeyRole.OWNER]: 'owner',
  [ApiKeyRole.ADMIN]: 'admin',
  [ApiKeyRole.AUDITOR]: 'auditor',
  [ApiKeyRole.WORKSPACE_ADMIN]: 'workspace admin',
  [ApiKeyRole.WORKSPACE]: 'workspace member',
};

const HEAD = ['key', 'name', 'role', 'workspace', 'status', 'limits'];

const rowsOf = (key: provisioningV1.ApiKey | undefined): string[][] =>
  key
    ? [
        [
          key.id,
          key.name,
          ROLE_NAMES[key.role],
          key.workspaceId,
          provisioningV1.ApiKeyStatus[key.status].toLowerCase(),
          describeLimits(key.limits),
        ],
      ]
    : [];
