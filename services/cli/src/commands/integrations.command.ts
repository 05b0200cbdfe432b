import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, formatUsd, parseUsd } from '@gatehouse/kernel';
import { type provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { parseDeployment } from '../deployment-options';
import { describeActor } from '../describe-actor';
import { describeAge } from '../describe-age';
import { type LimitOptions, parseCount, parseLimits, withLimitOptions } from '../limit-options';
import { type ListOptions, withListOptions } from '../list-options';
import type { Output } from '../output';
import {
  credentialKindName,
  type ExpiryOptions,
  parseExpiry,
  parseSecrets,
  parseSettings,
  saidSettings,
  type SettingsOptions,
  withExpiryOption,
  withSettingsOptions,
} from '../settings-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';
import { parseWorkspace } from '../workspace-options';
import { allPages } from '../all-pages';
import { parseExisting } from './bulk.command';
import { listLiveModels, testConnection } from './connection-tests';
import { type LimitChangeOptions, limitHolder } from './held-limits';

interface ConnectOptions extends ChangeOptions, SettingsOptions, ExpiryOptions, LimitOptions {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly provider: string;
  readonly draft: string;
  readonly model?: readonly string[];
  readonly deployment?: readonly string[];
  readonly workspace?: readonly string[];
  readonly autoProvision?: boolean;
  readonly autoProvisionModels?: string;
  readonly existing?: string;
  readonly owner: string;
  readonly atLeastPosition: string;
  readonly models?: string;
  readonly onlyNamedModels?: boolean;
  readonly autoEnableModels?: boolean;
}

/** `connect`, `integrations`, `integration`, `rotate`, `disconnect`, `providers`, `provider`, `models`. */
export const addIntegrationCommands = (program: Command, act: Act): void => {
  addConnectCommand(program, act);
  addChangeCommands(program, act);
  addReadingCommands(program, act);
};

const addChangeCommands = (program: Command, act: Act): void => {
  withExpiryOption(
    withChangeOptions(program.command('rotate'))
      .description('rotate the credential of an integration')
      .argument('<integration-id>')
      .option('--credential <field=file...>', 'secret fields, read from files')
      .option('--header <name=file...>', 'every header that it sends, read from files')
      .option('--reference <field=slug...>', 'secret fields that an outside manager keeps'),
  ).action(act(rotate));
  withChangeOptions(
    program
      .command('disconnect')
      .description('delete an integration for good')
      .argument('<integration-id>')
      .option('--force', 'also while workspaces have it; see `integration ID dependents`'),
  ).action(act(disconnect));
  withChangeOptions(
    withExpiryOption(
      withSettingsOptions(
        withLimitOptions(program.command('integration').description('show an integration, or change it')),
      ),
    )
      .option('--show', 'limit: print them, and change nothing')
      .option('--none', 'limit: no limits, take away those that there are')
      .option('--at-least-position <position>', 'limit: wait for an integration just connected', '')
      .argument('<integration-id>')
      .argument('[action]', Object.keys(ACTIONS).join(' | '))
      .argument('[text]', 'the new name or description; an empty description takes it away')
      .option('--no-local', 'reconfigure: not privately hosted any more')
      .option('--no-credential', 'reconfigure: it has no credential from now on'),
  ).action(act(integration));
};

const addReadingCommands = (program: Command, act: Act): void => {
  const listing = program
    .command('integrations')
    .description('list the integrations')
    .option('--provider <provider>', 'only of this provider', '')
    .addOption(
      new Option('--status <status>', 'only of this status; all but the deleted by default').choices(
        Object.keys(STATUSES),
      ),
    )
    .addOption(
      new Option('--view <view>', "the organization's own, or those of workspaces; all by default").choices(
        Object.keys(VIEWS),
      ),
    );
  listing.option('--mine', 'only those that were connected by the member behind this key, or by this key');
  withListOptions(listing, 'name or slug', 'connected_at, name or slug').action(act(listIntegrations));
  program.command('providers').description('list the catalog of providers').action(act(listProviders));
  program
    .command('provider')
    .description('show a provider of the catalog, and the fields by which it is connected')
    .argument('<provider>')
    .action(act(showProvider));
  program
    .command('models')
    .description("list the catalog's models of a provider, or those that a provider itself lists now")
    .argument('[provider]')
    .option('--live <integration-id>', 'ask the provider of an integration for its own list')
    .action(act(listModels));
};

const addConnectCommand = (program: Command, act: Act): void => {
  const connecting = program
    .command('connect')
    .description('connect a provider')
    .requiredOption('--name <name>', 'name for people')
    .requiredOption('--slug <slug>', 'how models are called: @slug/model')
    .option('--description <text>', 'what it is for', '')
    .option('--provider <provider>', 'see `gatehouse providers`', '')
    .option('--draft <draft-id>', 'takes provider, settings and credential from a draft', '')
    .option(
      '--model <name,input,output,max,context...>',
      'custom model: prices in USD per million tokens, e.g. llama,0.5,2,4096,131072',
    )
    .option(
      '--deployment <alias=A,deployment=D,version=V,model=M...>',
      'what an Azure resource calls its models; `,default` behind one makes it the default',
    )
    .option(
      '--workspace <workspace-id...>',
      'workspaces that have it from the beginning, each with the limits given; ID:model,model for these models alone',
    )
    .option('--models <models>', 'offer these beside custom ones, a,b; all that the catalog lists by default')
    .option('--only-named-models', 'offer none but custom ones and those of --models')
    .option('--auto-enable-models', 'offer every model that is not revoked, now and later')
    .option('--auto-provision', 'workspaces to come have it too, each with the limits given')
    .option('--auto-provision-models <names>', 'of it only these, a,b; all by default')
    .option('--existing <keep-or-override>', 'with --auto-provision: workspaces that are there have it too')
    .option('--owner <workspace-id>', 'it belongs to this workspace, and is provisioned to no other', '')
    .option('--at-least-position <position>', 'wait for a workspace just made', '');
  withLimitOptions(withChangeOptions(withExpiryOption(withSettingsOptions(connecting)))).action(act(connect));
};

/** INVALID `NEEDS_AUTO_PROVISION` for what says nothing without it. */
const parsePolicy = (options: ConnectOptions): provisioningV1.WantedAutoProvision | undefined => {
  const { autoProvision = false, autoProvisionModels: models, existing } = options;
  if (autoProvision) {
    return {
      limits: parseLimits(options),
      models: models === undefined ? undefined : { all: false, names: models.split(',') },
      existing: parseExisting(existing),
    };
  }
  if (models !== undefined || existing !== undefined) throw new AppError('INVALID', 'NEEDS_AUTO_PROVISION');
  return undefined;
};

const connect = async ({ connection, output }: Session, options: ConnectOptions): Promise<void> => {
  const answered = await connection.integrations().connectIntegration({
    requestId: options.requestId,
    reason: options.reason,
    name: options.name,
    slug: options.slug,
    description: options.description,
    provider: options.provider,
    draftId: options.draft,
    ...parseSecrets(options),
    ...parseExpiry(options),
    ...parseSettings(options),
    customModels: (options.model ?? []).map(parseModel),
    deployments: (options.deployment ?? []).map(parseDeployment),
    autoProvision: parsePolicy(options),
    workspaces: (options.workspace ?? []).map((workspace) => ({
      ...parseWorkspace(workspace),
      limits: parseLimits(options),
      disabled: false,
    })),
    ownerWorkspaceId: options.owner,
    atLeastPosition: options.atLeastPosition,
    models: options.models?.split(',') ?? [],
    onlyNamedModels: options.onlyNamedModels ?? false,
    autoEnableModels: options.autoEnableModels ?? false,
  });
  const response = { ...answered, integration: await settled(connection, answered.integration) };
  output.answer(registryV1.ConnectIntegrationResponse.toJSON(response), HEAD, rowsOf([response.integration]));
  const refusal = response.integration?.connectRefusal;
  if (refusal) {
    const metadata = { workspace: refusal.workspaceId };
    throw new AppError('REFUSED', refusal.reason, { metadata });
  }
};

const CONNECTING_POLLS_MAX = 100;
const CONNECTING_POLL_MS = 200;

/** As it is when its workspaces have it, or after a while: it goes on by itself, whoever looks. */
const settled = async (
  connection: Session['connection'],
  connected: registryV1.Integration | undefined,
): Promise<registryV1.Integration | undefined> => {
  let shown = connected;
  for (let polls = 0; polls < CONNECTING_POLLS_MAX; polls++) {
    if (shown?.status !== registryV1.IntegrationStatus.CONNECTING) break;
    await sleep(CONNECTING_POLL_MS);
    const request = { integrationId: shown.id, atLeastPosition: '' };
    shown = (await connection.integrations().getIntegration(request)).integration;
  }
  return shown;
};

/** What `integration ID` can do, by the word that says it. */
const ACTIONS: Readonly<
  Record<
    string,
    (
      session: Session,
      target: ActionTarget,
      text: string | undefined,
      options: IntegrationOptions,
    ) => Promise<void>
  >
> = {
  rename: async ({ connection, output }, target, text) => {
    const request = { ...target, name: textOf(text) };
    const response = await connection.integrations().renameIntegration(request);
    show(output, registryV1.RenameIntegrationResponse.toJSON(response), response);
  },
  describe: async ({ connection, output }, target, text) => {
    const request = { ...target, description: textOf(text) };
    const response = await connection.integrations().describeIntegration(request);
    show(output, registryV1.DescribeIntegrationResponse.toJSON(response), response);
  },
  reconfigure: async ({ connection, output }, target, _text, options) => {
    const request = { ...target, ...parseReconfiguration(options) };
    const response = await connection.integrations().reconfigureIntegration(request);
    show(output, registryV1.ReconfigureIntegrationResponse.toJSON(response), response);
  },
  limit: (session, { integrationId, ...asked }, _text, options) =>
    limitHolder(session, { ...options, ...asked }, { $case: 'integrationId', value: integrationId }),
  dependents: async ({ connection, output }, { integrationId }) => {
    const found = await connection.integrations().getIntegrationDependents({ integrationId });
    output.answer(
      registryV1.GetIntegrationDependentsResponse.toJSON(found),
      ['workspaces', 'keys', 'calls in 7 days'],
      [[String(found.workspaces), String(found.apiKeys), String(found.callsLast7Days ?? 'unknown')]],
    );
  },
  disable: async ({ connection, output }, target) => {
    const response = await connection.integrations().disableIntegration(target);
    show(output, registryV1.DisableIntegrationResponse.toJSON(response), response);
  },
  enable: async ({ connection, output }, target) => {
    const response = await connection.integrations().enableIntegration(target);
    show(output, registryV1.EnableIntegrationResponse.toJSON(response), response);
  },
  test: (session, { integrationId }) => testConnection(session, { integrationId }),
};

/** `--no-credential` says false. */
type ReconfigureOptions = Omit<SettingsOptions & ExpiryOptions, 'credential'> & {
  readonly credential?: readonly string[] | boolean;
};

type IntegrationOptions = ReconfigureOptions & Omit<LimitChangeOptions, keyof ChangeOptions>;

const parseReconfiguration = ({ credential, ...options }: ReconfigureOptions) => {
  const secrets = Array.isArray(credential) ? { ...options, credential: credential as string[] } : options;
  return {
    updateMask: saidSettings(options),
    ...parseSettings(options),
    ...parseSecrets(secrets),
    ...parseExpiry(options),
    withoutCredential: credential === false,
  };
};

interface ActionTarget {
  readonly requestId: string;
  readonly reason: string;
  readonly integrationId: string;
}

const integration = async (
  session: Session,
  { requestId, reason, ...options }: ChangeOptions & IntegrationOptions,
  integrationId: string,
  word?: string,
  text?: string,
): Promise<void> => {
  if (word === undefined) return showIntegration(session, integrationId);
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action === undefined) {
    const metadata = { action: word, known: Object.keys(ACTIONS).join(', ') };
    throw new AppError('INVALID', 'ACTION_UNKNOWN', { metadata });
  }
  await action(session, { requestId, reason, integrationId }, text, options);
};

const showIntegration = async ({ connection, output }: Session, integrationId: string): Promise<void> => {
  const client = connection.integrations();
  const response = await client.getIntegration({ integrationId, atLeastPosition: '' });
  show(output, registryV1.GetIntegrationResponse.toJSON(response), response);
};

const show = (
  output: Output,
  json: unknown,
  { integration: shown }: { readonly integration?: registryV1.Integration | undefined },
): void => output.answer(json, DETAILS_HEAD, shown ? [detailsOf(shown)] : []);

const textOf = (text: string | undefined): string => {
  if (text === undefined) throw new AppError('INVALID', 'TEXT_MISSING');
  return text;
};

const rotate = async (
  { connection, output }: Session,
  options: ChangeOptions & ExpiryOptions & Pick<SettingsOptions, 'credential' | 'header' | 'reference'>,
  integrationId: string,
): Promise<void> => {
  const response = await connection.integrations().rotateCredential({
    requestId: options.requestId,
    reason: options.reason,
    integrationId,
    ...parseSecrets(options),
    ...parseExpiry(options),
  });
  output.answer(registryV1.RotateCredentialResponse.toJSON(response), HEAD, rowsOf([response.integration]));
};

const disconnect = async (
  { connection, output }: Session,
  { requestId, reason, force = false }: ChangeOptions & { readonly force?: boolean },
  integrationId: string,
): Promise<void> => {
  const request = { requestId, reason, integrationId, force };
  const response = await connection.integrations().deleteIntegration(request);
  output.answer(registryV1.DeleteIntegrationResponse.toJSON(response), ['deleted'], [[integrationId]]);
};

const STATUSES: Readonly<Record<string, registryV1.IntegrationStatus>> = {
  connecting: registryV1.IntegrationStatus.CONNECTING,
  connected: registryV1.IntegrationStatus.CONNECTED,
  disabled: registryV1.IntegrationStatus.DISABLED,
  deleting: registryV1.IntegrationStatus.DELETING,
  deleted: registryV1.IntegrationStatus.DELETED,
};

const VIEWS: Readonly<Record<string, registryV1.IntegrationListView>> = {
  connected: registryV1.IntegrationListView.CONNECTED,
  'workspace-created': registryV1.IntegrationListView.WORKSPACE_CREATED,
};

interface ListIntegrationsOptions extends ListOptions {
  readonly provider: string;
  readonly status?: string;
  readonly view?: string;
  readonly mine?: boolean;
}

const listIntegrations = async (
  { connection, output }: Session,
  { status = '', view = '', ...options }: ListIntegrationsOptions,
): Promise<void> => {
  const client = connection.integrations();
  const integrations = await allPages(
    (pageToken) =>
      client.listIntegrations(
        registryV1.ListIntegrationsRequest.fromPartial({
          ...options,
          status: STATUSES[status],
          view: VIEWS[view],
          pageSize: 200,
          pageToken,
        }),
      ),
    (page) => page.integrations,
  );
  output.answer(
    { integrations: integrations.map(registryV1.Integration.toJSON) },
    HEAD,
    rowsOf(integrations),
  );
};

const listProviders = async ({ connection, output }: Session): Promise<void> => {
  const client = connection.catalog();
  const providers = await allPages(
    (pageToken) => client.listProviders({ pageSize: 200, pageToken }),
    (page) => page.providers,
  );
  output.answer(
    { providers: providers.map(registryV1.Provider.toJSON) },
    ['provider', 'name', 'base URL', 'fields', 'models', ''],
    providers.map((provider) => [
      provider.name,
      provider.displayName,
      provider.baseUrl || 'custom host',
      provider.form.map(({ name, required }) => (required ? name : `${name}?`)).join(', '),
      String(provider.models.length),
      remarkOn(provider),
    ]),
  );
};

const showProvider = async (
  { connection, output }: Session,
  _options: object,
  name: string,
): Promise<void> => {
  const { provider } = await connection.catalog().getProvider({ name });
  if (provider === undefined) throw new AppError('NOT_FOUND', 'PROVIDER_UNKNOWN');
  output.answer(
    { provider: registryV1.Provider.toJSON(provider) },
    ['field', 'label', 'given by', 'help'],
    [
      ...provider.form.map(formRowOf),
      ...provider.credentialKinds
        .slice(1)
        .flatMap(({ kind, label, form }) => [
          ['or', label, `--credential-kind ${credentialKindName(kind)}`, ''],
          ...form.map(formRowOf),
        ]),
      ...(remarkOn(provider) ? [[remarkOn(provider), '', '', '']] : []),
    ],
  );
};

const formRowOf = ({ name, label, secret, required, help }: registryV1.FormField): string[] => [
  required ? name : `${name}?`,
  label,
  secret ? `--credential ${name}=FILE` : `--field ${name}=VALUE`,
  help,
];

const listModels = async (
  session: Session,
  { live }: { readonly live?: string },
  provider?: string,
): Promise<void> => {
  if (live !== undefined) return listLiveModels(session, { integrationId: live });
  if (provider === undefined) throw new AppError('INVALID', 'PROVIDER_MISSING');
  const { connection, output } = session;
  const client = connection.catalog();
  const models = await allPages(
    (pageToken) => client.listModels({ provider, pageSize: 500, pageToken }),
    (page) => page.models,
  );
  const price = (value: bigint | undefined): string => (value === undefined ? 'unpriced' : formatUsd(value));
  output.answer(
    { models: models.map(typeV1.Model.toJSON) },
    ['model', 'input USD per million', 'output USD per million', 'context', 'largest output'],
    models.map((model) => [
      model.name,
      price(model.inputNanoUsdPerMillion),
      price(model.outputNanoUsdPerMillion),
      String(model.contextWindow),
      String(model.maxOutputTokens),
    ]),
  );
};

interface Remarkable {
  readonly served: boolean;
  readonly deprecated?: boolean;
  readonly credentialNeeded?: boolean;
  readonly status?: registryV1.IntegrationStatus;
  readonly connectRefusal?: registryV1.ConnectRefusal | undefined;
}

const remarkOn = ({ served, deprecated = false, ...shown }: Remarkable): string =>
  [
    ...(shown.status === registryV1.IntegrationStatus.CONNECTING ? ['connecting'] : []),
    ...(shown.connectRefusal
      ? [`not connected: ${shown.connectRefusal.reason} of ${shown.connectRefusal.workspaceId}`]
      : []),
    ...(served ? [] : ['not served yet']),
    ...(deprecated ? ['deprecated'] : []),
    ...(shown.credentialNeeded ? ['the provider has moved: reconfigure it with its credential'] : []),
  ].join(', ');

const HEAD = ['integration', 'slug', 'name', 'provider', 'host', 'credential', ''];

const rowsOf = (integrations: readonly (registryV1.Integration | undefined)[]): string[][] =>
  integrations.flatMap((shown) => (shown ? [rowOf(shown)] : []));

const rowOf = (shown: registryV1.Integration): string[] => [
  shown.id,
  `@${shown.slug}`,
  shown.name,
  shown.provider,
  shown.customHost,
  `v${shown.credentialVersion} ${shown.credentialFingerprint}`,
  remarkOn(shown),
];

/** How old the credential is, when it expires, and when calls were last answered so. */
const describeHealth = ({ health, credentialRejected }: registryV1.Integration): string =>
  [
    ...(credentialRejected ? ['credential rejected'] : []),
    ...(health ? describeAge(health, new Date()) : []),
    ...Object.entries({
      success: health?.lastSuccessAt,
      '401': health?.lastUnauthorizedAt,
      '403': health?.lastForbiddenAt,
      '429': health?.lastRateLimitedAt,
    }).flatMap(([what, at]) => (at ? [`${what} ${at.toISOString()}`] : [])),
  ].join(', ');

const DETAILS_HEAD = [
  ...HEAD,
  'kind',
  'external id',
  'health',
  'status',
  'description',
  'connected',
  'by',
  'revision',
];

const detailsOf = (shown: registryV1.Integration): string[] => [
  ...rowOf(shown),
  credentialKindName(shown.credentialKind),
  shown.externalId,
  describeHealth(shown),
  registryV1.IntegrationStatus[shown.status].toLowerCase(),
  shown.description,
  shown.connectedAt?.toISOString() ?? '',
  describeActor(shown.connectedBy),
  String(shown.revision),
];

/** `name,input,output,max,context`; an empty price means unpriced. */
const parseModel = (text: string): typeV1.Model => {
  const parts = text.split(',');
  const [name, input, output, max, context] = parts;
  if (parts.length !== 5 || !name || input === undefined || output === undefined || !max || !context) {
    throw new AppError('INVALID', 'MODEL_MALFORMED', {
      metadata: { expected: 'name,input,output,max,context' },
    });
  }
  return {
    name,
    inputNanoUsdPerMillion: input === '' ? undefined : parseUsd(input),
    outputNanoUsdPerMillion: output === '' ? undefined : parseUsd(output),
    maxOutputTokens: parseCount(max),
    contextWindow: parseCount(context),
  };
};
