import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import { describeLimits } from '../describe-limits';
import { type LimitOptions, parseLimits, withLimitOptions } from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

interface IssueOptions extends ChangeOptions, LimitOptions {
  readonly workspace?: string;
}

/** `keys list`, `keys issue`, `keys revoke`. */
export const addKeyCommands = (program: Command, act: Act): void => {
  const keys = program.command('keys').description('API keys');
  keys
    .command('list', { isDefault: true })
    .description('list the keys')
    .option('--workspace <workspace-id>', 'only of this workspace', '')
    .option('--pepper <pepper-id>', 'only those under this pepper; "" for those from before peppers had ids')
    .action(act(listKeys));
  withLimitOptions(
    withChangeOptions(
      keys
        .command('issue')
        .description('issue a key: for a workspace, or an admin key when none is named')
        .argument('<name>')
        .option('--workspace <workspace-id>', 'the workspace whose models it may call'),
    ),
  ).action(act(issueKey));
  withChangeOptions(keys.command('revoke').description('revoke a key').argument('<key-id>')).action(
    act(revokeKey),
  );
};

const listKeys = async (
  { connection, output }: Session,
  options: { readonly workspace: string; readonly pepper?: string },
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
  const role =
    workspace === undefined ? provisioningV1.ApiKeyRole.ADMIN : provisioningV1.ApiKeyRole.WORKSPACE;
  const response = await connection.apiKeys().issueApiKey({
    requestId,
    reason,
    name,
    role,
    workspaceId: workspace ?? '',
    limits: parseLimits(options),
    organizationId: '',
  });
  output.answer(provisioningV1.IssueApiKeyResponse.toJSON(response), HEAD, rowsOf(response.apiKey));
  output.note(
    response.secret === ''
      ? 'This key was issued before; its secret is not shown again.'
      : `Key, shown once: ${response.secret}`,
  );
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

const HEAD = ['key', 'name', 'role', 'workspace', 'status', 'limits'];

const rowsOf = (key: provisioningV1.ApiKey | undefined): string[][] =>
  key
    ? [
        [
          key.id,
          key.name,
          provisioningV1.ApiKeyRole[key.role].toLowerCase(),
          key.workspaceId,
          provisioningV1.ApiKeyStatus[key.status].toLowerCase(),
          describeLimits(key.limits),
        ],
      ]
    : [];
