import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { describeLimits } from '../describe-limits';
import { type ListOptions, withListOptions } from '../list-options';
import { parseInstant } from '../instant-option';
import {
  type LimitOptions,
  type NewLimitOptions,
  parseLimits,
  parseNewLimits,
  withLimitOptions,
  withNewLimitOptions,
} from '../limit-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

interface IssueOptions extends ChangeOptions, LimitOptions {
  readonly workspace?: string;
  readonly member: string;
  readonly service?: boolean;
  readonly organization: string;
  readonly role?: string;
  readonly scope?: readonly string[];
  readonly models?: readonly string[];
  readonly expires?: Date;
  readonly rotateEvery?: number;
}

interface BoundOptions extends ChangeOptions, NewLimitOptions {
  readonly models?: readonly string[];
}

/** `keys list`, `keys issue`, `keys rotate`, `keys limit`, `keys revoke`. */
export const addKeyCommands = (program: Command, act: Act): void => {
  const keys = program.command('keys').description('API keys');
  const listing = keys
    .command('list', { isDefault: true })
    .description('list the keys')
    .option('--workspace <workspace-id>', 'only of this workspace', '')
    .option('--archived', 'those of archived workspaces too')
    .option('--pepper <pepper-id>', 'only those under this pepper; "" for those from before peppers had ids');
  withListOptions(listing, 'name', 'issued_at or name').action(act(listKeys));
  withLimitOptions(
    withChangeOptions(
      keys
        .command('issue')
        .description('issue a key: for a workspace, or for the whole organization when none is named')
        .argument('<name>')
        .option('--workspace <workspace-id>', 'the workspace that it is for')
        .option('--member <member-id>', "whose it is; the caller's where that is a member's key", '')
        .option('--service', 'of a service, whoever calls')
        .option(
          '--organization <organization-id>',
          "the organization, for the operator, who replaces an owner's or admin's key that is lost",
          '',
        )
        .addOption(
          new Option('--role <role>', 'of a workspace a member where it is not said, else an admin').choices([
            'owner',
            'admin',
            'auditor',
            'member',
          ]),
        )
        .option('--scope <scope>', 'e.g. completions.write; repeatable; all of its role by default', gathered)
        .addOption(modelsOption('the only models that it may call, as @slug/model, with commas between'))
        .option('--expires <time>', 'when it ends by itself, e.g. 2026-12-24T18:00:00Z', parseInstant)
        .option('--rotate-every <days>', 'after how many days its secret is to be replaced', parseDays),
    ),
  ).action(act(issueKey));
  withChangeOptions(
    keys
      .command('rotate')
      .description('give a key another secret; the one before works on for the overlap')
      .argument('<key-id>')
      .option('--overlap <duration>', 'e.g. 30m, 24h, 7d; not at all by default', parseOverlap, 0)
      .option(
        '--every <days>',
        'after how many days the new secret is to be replaced in turn; 0 for no such time; as before by default',
        parseDays,
      ),
  ).action(act(rotateKey));
  withNewLimitOptions(
    withChangeOptions(
      keys
        .command('limit')
        .description("replace a key's limits by those that are named, or its models")
        .argument('<key-id>')
        .addOption(modelsOption('the only models that it may call, with commas between; "all" for all')),
    ),
  ).action(act(limitKey));
  withChangeOptions(keys.command('revoke').description('revoke a key').argument('<key-id>')).action(
    act(revokeKey),
  );
};

const listKeys = async (
  { connection, output }: Session,
  options: ListOptions & {
    readonly workspace: string;
    readonly pepper?: string;
    readonly archived?: boolean;
  },
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
          includeArchived: options.archived ?? false,
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
  const { requestId, reason, workspace, models, expires, organization } = options;
  const client = organization === '' ? connection.apiKeys() : connection.apiKeysAsOperator();
  const response = await client.issueApiKey({
    requestId,
    reason,
    name,
    role: roleOf(options),
    workspaceId: workspace ?? '',
    limits: parseLimits(options),
    organizationId: organization,
    memberId: options.member,
    kind: options.service ? ApiKeyKind.SERVICE : ApiKeyKind.UNSPECIFIED,
    scopes: [...(options.scope ?? [])],
    models: models && accessOf(models),
    expiresAt: expires,
    rotateEveryDays: options.rotateEvery ?? 0,
  });
  tellKey(output, response);
};

/** What an issue and a rotation answer alike. */
const tellKey = (output: Session['output'], response: provisioningV1.IssueApiKeyResponse): void => {
  output.answer(provisioningV1.IssueApiKeyResponse.toJSON(response), HEAD, rowsOf(response.apiKey));
  output.note(
    response.secret === ''
      ? 'This secret was told before; it is not shown again.'
      : `Key, shown once: ${response.secret}`,
  );
};

const rotateKey = async (
  { connection, output }: Session,
  options: ChangeOptions & { readonly overlap: number; readonly every?: number },
  apiKeyId: string,
): Promise<void> => {
  const { requestId, reason, overlap: overlapSeconds, every: rotateEveryDays } = options;
  const request = { requestId, reason, apiKeyId, overlapSeconds, rotateEveryDays };
  tellKey(output, await connection.apiKeys().rotateApiKey(request));
};

/** Models and limits are two commands of the server: with models alone the limits stay as they are. */
const limitKey = async (
  { connection, output }: Session,
  options: BoundOptions,
  apiKeyId: string,
): Promise<void> => {
  const { requestId, reason, models } = options;
  const limits = models ? parseLimits(options) : parseNewLimits(options);
  const client = connection.apiKeys();
  if (models && (options.none || limits.length > 0)) throw new AppError('INVALID', 'MODELS_OR_LIMITS');
  const response = models
    ? await client.changeApiKeyModels({ requestId, reason, apiKeyId, models: accessOf(models) })
    : await client.changeApiKeyLimits({ requestId, reason, apiKeyId, limits });
  output.answer(provisioningV1.ChangeApiKeyLimitsResponse.toJSON(response), HEAD, rowsOf(response.apiKey));
};

const gathered = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

const modelsOption = (description: string): Option =>
  new Option('--models <names>', description).argParser((text) => text.split(','));

const accessOf = (models: readonly string[]): provisioningV1.ModelAccess =>
  models.length === 1 && models[0] === 'all' ? { all: true, names: [] } : { all: false, names: [...models] };

const SECONDS_MAX = 2 ** 31 - 1;
const OVERLAP_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** In seconds. INVALID `DURATION_MALFORMED`; how long it may be is for the server to say. */
export const parseOverlap = (text: string): number => {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = OVERLAP_SECONDS[unit];
  if (count === undefined || seconds === undefined || Number(count) * seconds > SECONDS_MAX)
    throw new AppError('INVALID', 'DURATION_MALFORMED', { metadata: { text, expected: '24h' } });
  return Number(count) * seconds;
};

/** INVALID `DAYS_MALFORMED`; how many there may be is for the server to say. */
const parseDays = (text: string): number => {
  if (!/^\d{1,4}$/.test(text)) throw new AppError('INVALID', 'DAYS_MALFORMED', { metadata: { text } });
  return Number(text);
};

const { ApiKeyKind, ApiKeyRole } = provisioningV1;
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

const HEAD = [
  'key',
  'begins with',
  'name',
  'role',
  'whose',
  'workspace',
  'status',
  'until',
  'last used',
  'rotation',
  'scopes',
  'models',
  'limits',
];

const rowsOf = (key: provisioningV1.ApiKey | undefined): string[][] =>
  key
    ? [
        [
          key.id,
          key.prefix,
          key.name,
          ROLE_NAMES[key.role],
          key.memberId || 'a service',
          key.workspaceId,
          provisioningV1.ApiKeyStatus[key.status].toLowerCase(),
          key.expiresAt?.toISOString() ?? '',
          lastUseOf(key),
          rotationOf(key),
          key.scopes.join('\n') || 'all of its role',
          key.models?.all === false ? key.models.names.join('\n') : 'all',
          describeLimits(key.limits),
        ],
      ]
    : [];

/** To the minute at the gateway, to the hour elsewhere. */
const lastUseOf = ({ lastUsedAt, lastUsedService, lastUseUnknown }: provisioningV1.ApiKey): string => {
  if (!lastUsedAt) return lastUseUnknown ? 'unknown' : 'never';
  const precision = lastUsedService === 'gateway' ? 'yyyy-mm-ddThh:mm' : 'yyyy-mm-ddThh';
  const at = `${lastUsedAt.toISOString().slice(0, precision.length)}Z, ${lastUsedService}`;
  return lastUseUnknown ? `${at}, or later` : at;
};

const rotationOf = ({ rotation, rotationDue }: provisioningV1.ApiKey): string => {
  if (!rotation) return '';
  const day = rotation.dueAt?.toISOString().slice(0, 10) ?? '';
  return rotationDue ? `DUE since ${day}` : `every ${rotation.everyDays} days, next by ${day}`;
};
