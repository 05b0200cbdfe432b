import { createHash } from 'node:crypto';
import { hashApiKey } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { PostgresBusConsumer, PostgresBusProducer } from '@gatehouse/bus-postgres';
import { openContent } from '@gatehouse/contents';
import { freePort } from '@gatehouse/embedded-postgres';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import {
  BEFORE_FIRST,
  type JsonObject,
  position,
  type RecordedEvent,
  revision,
} from '@gatehouse/event-store';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import {
  CommandDigest,
  createGrpcApp,
  grpcClient,
  type GrpcClientOptions,
  SERVICE_TOKEN_KEY,
} from '@gatehouse/grpc';
import { REFUSED_HOSTS } from '@gatehouse/hosts/testing';
import {
  AppError,
  deriveEventId,
  deriveId,
  type IntegrationId,
  type OrganizationId,
  organizationId,
} from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import type { ModelFacts } from '@gatehouse/offering';
import { PgPool } from '@gatehouse/platform';
import { createPool } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { rebuildProjection, toBusMessage } from '@gatehouse/projections';
import { dumpProjection } from '@gatehouse/projections/testing';
import { eventsV1, meteringV1, provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import {
  CredentialMisdirected,
  generateVaultKeyPair,
  HpkeCredentialSealer,
  HpkeDataKeyUnwrapper,
  KeyProviders,
  openCredential,
  type SealedCredential,
  vaultKeyIdOf,
} from '@gatehouse/sealing';
import { TOPICS } from '@gatehouse/topology';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { INestMicroservice } from '@nestjs/common';
import { fromCatalogContent, toCatalogContent } from './adapters/contents/content-messages';
import { dependentsProjection } from './adapters/postgres/dependents.projection';
import { integrationDirectory } from './adapters/postgres/integration-directory.projection';
import { PostgresContents } from './adapters/postgres/postgres-contents';
import { PostgresCleanupMemory } from './adapters/postgres/postgres-cleanup-memory';
import { PostgresDrafts } from './adapters/postgres/postgres-drafts';
import { PostgresCredentialVault } from './adapters/postgres/postgres-credential-vault';
import { secretReferencesProjection } from './adapters/postgres/secret-references.projection';
import { PostgresIntegrationKeys } from './adapters/postgres/postgres-integration-keys';
import { BuiltInCatalog } from './catalog/built-in-catalog';
import { nextModels } from './catalog/next-catalog';
import { cleanupMemoryContract } from './testing/cleanup-memory.contract';
import { healthsContract } from './testing/healths.contract';
import { PostgresHealths } from './adapters/postgres/postgres-healths';
import { draftsContract } from './testing/drafts.contract';
import { credentialVaultContract } from './testing/credential-vault.contract';
import { FakeCustodian, InMemoryCustody } from './testing/fake-custodian';
import { integrationKeysContract } from './testing/integration-keys.contract';
import { readRegistryConfig } from './registry.config';
import { REGISTRY_SERVICES, RegistryModule } from './registry.module';

const MIGRATIONS = [
  'libs/event-store-postgres/migrations',
  'libs/bus-postgres/migrations',
  'services/registry/migrations',
];
const SELF_HOSTED = { provider: 'self-hosted', customHost: 'http://127.0.0.1:9000/v1' };
const DEPLOYMENT: typeV1.Deployment = {
  alias: 'fast',
  deploymentName: 'gpt-4o-eu',
  apiVersion: '2024-10-21',
  model: 'gpt-4o',
  isDefault: false,
};
const CANARY = 'sk-canary-91b2';
const pepper = Buffer.alloc(32, 1);
const custodian = new FakeCustodian(new InMemoryCustody());
const unwrapper = new HpkeDataKeyUnwrapper([], new KeyProviders([custodian.custody.keys]));
const PATIENCE_MS = 60_000;
const ours = organizationId(deriveId('org', 'ours'));
const theirs = organizationId(deriveId('org', 'theirs'));
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Counts calls as the spec says, for whoever asks. */
class FakeMetering {
  readonly asked: meteringV1.CountCallsRequest[] = [];
  readonly tokens: unknown[] = [];
  answer: bigint | 'unavailable' = 0n;
  address = '';
  private readonly server = new Server();

  async start(): Promise<void> {
    const countCalls: handleUnaryCall<meteringV1.CountCallsRequest, meteringV1.CountCallsResponse> = (
      { request, metadata },
      respond,
    ) => {
      this.asked.push(request);
      this.tokens.push(...metadata.get(SERVICE_TOKEN_KEY));
      if (this.answer === 'unavailable') respond({ code: status.UNAVAILABLE });
      else respond(null, { calls: this.answer });
    };
    this.server.addService(meteringV1.UsageServiceService, { countCalls });
    const port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    this.address = `127.0.0.1:${port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}

/** Decides on proposals as the spec says. */
class FakeProvisioning {
  readonly proposed: provisioningV1.ProposeChangeRequest[] = [];
  readonly tokens: unknown[] = [];
  down = false;
  address = '';
  private readonly server = new Server();

  async start(): Promise<void> {
    const proposeChange: handleUnaryCall<
      provisioningV1.ProposeChangeRequest,
      provisioningV1.ProposeChangeResponse
    > = ({ request, metadata }, respond) => {
      this.tokens.push(...metadata.get(SERVICE_TOKEN_KEY));
      if (this.down) return respond({ code: status.UNAVAILABLE });
      this.proposed.push(request);
      respond(null, {
        proposalId: this.idOf(request.requestId),
        status: provisioningV1.ProposalStatus.OPEN,
        expiresAt: new Date(Date.now() + 7 * 24 * 3_600_000),
      });
    };
    this.server.addService(provisioningV1.ProposalServiceService, { proposeChange });
    const port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    this.address = `127.0.0.1:${port}`;
  }

  idOf(requestId: string): string {
    return deriveId('prp', requestId);
  }

  stop(): void {
    this.server.forceShutdown();
  }
}

describe('registry', () => {
  let database: TestDatabase;
  let store: PostgresEventStore;
  let pool: PgPool;
  /** The bus as provisioning has it. */
  let provisioning: Pool;
  let app: INestMicroservice;
  let listen: string;
  const metering = new FakeMetering();
  const desk = new FakeProvisioning();
  let published = 0;
  let requests = 0;

  /** Keys go by names here. */
  const callerNamed = ({ apiKey, ...others }: Partial<GrpcClientOptions>): GrpcClientOptions => ({
    address: listen,
    ...others,
    apiKey: apiKey === undefined ? undefined : keyNamed(pepper, apiKey),
  });
  const integrations = (apiKey = 'gh_ours') =>
    grpcClient(registryV1.IntegrationServiceClient, callerNamed({ apiKey }));
  const references = (apiKey = 'gh_ours') =>
    grpcClient(registryV1.SecretReferenceServiceClient, callerNamed({ apiKey }));
  const catalog = (options: Partial<GrpcClientOptions> = { apiKey: 'gh_ours' }) =>
    grpcClient(registryV1.CatalogServiceClient, callerNamed(options));
  const vault = (options: Partial<GrpcClientOptions> = { serviceToken: 'gateway-token' }) =>
    grpcClient(registryV1.VaultServiceClient, callerNamed(options));

  const connectRequest = (
    request: Partial<registryV1.ConnectIntegrationRequest> = {},
  ): registryV1.ConnectIntegrationRequest => {
    const number = ++requests;
    return registryV1.ConnectIntegrationRequest.fromPartial({
      requestId: `connect-${number}`,
      reason: 'because',
      name: 'Simulator',
      slug: `slug-${number}`,
      ...SELF_HOSTED,
      credential: { api_key: CANARY },
      ...request,
    });
  };
  const connect = async (request: Partial<registryV1.ConnectIntegrationRequest> = {}, apiKey?: string) => {
    const answer = await integrations(apiKey).connectIntegration(connectRequest(request));
    if (answer.integration === undefined) throw new Error('no integration');
    return { ...answer, integration: answer.integration };
  };
  const reconfigure = (
    integrationId: string,
    request: Partial<registryV1.ReconfigureIntegrationRequest> = {},
  ) =>
    integrations().reconfigureIntegration(
      registryV1.ReconfigureIntegrationRequest.fromPartial({
        requestId: `reconfigure-${++requests}`,
        integrationId,
        ...request,
      }),
    );
  const rotate = (integrationId: string, request: Partial<registryV1.RotateCredentialRequest> = {}) =>
    integrations().rotateCredential(
      registryV1.RotateCredentialRequest.fromPartial({
        requestId: `rotate-${++requests}`,
        integrationId,
        credential: { api_key: `${CANARY}-next` },
        ...request,
      }),
    );
  const rename = (integrationId: string, request: Partial<registryV1.RenameIntegrationRequest> = {}) =>
    integrations().renameIntegration(
      registryV1.RenameIntegrationRequest.fromPartial({
        requestId: `rename-${++requests}`,
        integrationId,
        name: 'Another name',
        ...request,
      }),
    );
  const describeAs = (integrationId: string, request: Partial<registryV1.DescribeIntegrationRequest> = {}) =>
    integrations().describeIntegration(
      registryV1.DescribeIntegrationRequest.fromPartial({
        requestId: `describe-${++requests}`,
        integrationId,
        ...request,
      }),
    );
  const disable = (integrationId: string, request: Partial<registryV1.DisableIntegrationRequest> = {}) =>
    integrations().disableIntegration(
      registryV1.DisableIntegrationRequest.fromPartial({
        requestId: `disable-${++requests}`,
        integrationId,
        ...request,
      }),
    );
  const enable = (integrationId: string, request: Partial<registryV1.EnableIntegrationRequest> = {}) =>
    integrations().enableIntegration(
      registryV1.EnableIntegrationRequest.fromPartial({
        requestId: `enable-${++requests}`,
        integrationId,
        ...request,
      }),
    );
  const remove = (integrationId: string, request: Partial<registryV1.DeleteIntegrationRequest> = {}) =>
    integrations().deleteIntegration(
      registryV1.DeleteIntegrationRequest.fromPartial({
        requestId: `delete-${++requests}`,
        integrationId,
        ...request,
      }),
    );
  const openedCredential = async (
    integrationId: string,
    credentialVersion: number,
    url = SELF_HOSTED.customHost,
  ) => {
    const { sealed } = await vault().getSealedCredential({ integrationId, credentialVersion });
    if (sealed === undefined) throw new Error('nothing sealed');
    return openCredential(sealed, await unwrapper.unwrap(sealed), url);
  };
  const vaultRows = async (integrationId: string): Promise<number> => {
    const { rows } = await pool.query<{ rows: bigint }>(
      'SELECT count(*) AS rows FROM registry.sealed_credential WHERE integration_id = $1',
      [integrationId],
    );
    return Number(rows[0]?.rows);
  };

  /** Provisioning's events reach the registry over the bus alone. */
  const publish = async (
    organization: OrganizationId,
    type: string,
    stream: string,
    data: unknown,
    at = type === 'ApiKeyRevoked' ? 1n : 0n,
    by?: string,
  ) => {
    const event: RecordedEvent = {
      id: deriveEventId(stream, type, String(at)),
      type,
      version: 1,
      data: data as JsonObject,
      stream,
      revision: revision(at),
      position: position(BigInt(++published)),
      recordedAt: new Date(),
      metadata: {
        organizationId: organization,
        actor: by
          ? { kind: 'apiKey', id: by, address: '' }
          : { kind: 'operator', id: 'operator', address: '' },
        reason: '',
        requestId: `${stream}-${type}`,
        command: 'Test',
        correlationId: '',
        causationId: '',
      },
    };
    const message = toBusMessage(event, '/gatehouse/provisioning');
    await new PostgresBusProducer(provisioning).publish(TOPICS.provisioningEvents, [message]);
  };
  const issueKey = (
    organization: OrganizationId,
    key: string,
    role: provisioningV1.ApiKeyRole,
    { memberId = '', issuer }: { readonly memberId?: string; readonly issuer?: string } = {},
  ) => {
    const issued = eventsV1.ApiKeyIssued.fromPartial({
      apiKeyId: deriveId('key', key),
      organizationId: organization,
      workspaceId: role === provisioningV1.ApiKeyRole.ADMIN ? '' : deriveId('ws', key),
      name: key,
      role,
      memberId,
      hash: hashApiKey(pepper, keyNamed(pepper, key)),
    });
    const stream = `apikey-${issued.apiKeyId}`;
    const by = issuer === undefined ? undefined : deriveId('key', issuer);
    return publish(organization, 'ApiKeyIssued', stream, eventsV1.ApiKeyIssued.toJSON(issued), 0n, by);
  };
  const revokeKey = (organization: OrganizationId, key: string) => {
    const apiKeyId = deriveId('key', key);
    const data = eventsV1.ApiKeyRevoked.toJSON(eventsV1.ApiKeyRevoked.fromPartial({ apiKeyId }));
    return publish(organization, 'ApiKeyRevoked', `apikey-${apiKeyId}`, data);
  };

  beforeAll(async () => {
    database = await testDatabase({ migrations: MIGRATIONS });
    pool = new PgPool(createPool(database.url, { name: 'spec' }));
    provisioning = createPool(database.urlAs('provisioning'), { name: 'spec', max: 2 });
    store = PostgresEventStore.connect(database.urlAs('registry'));
    listen = `127.0.0.1:${await freePort()}`;
    await metering.start();
    await desk.start();
    await custodian.start();
    const config = readRegistryConfig({
      GATEHOUSE_GRPC_LISTEN: listen,
      GATEHOUSE_LOG_LEVEL: 'error',
      GATEHOUSE_DATABASE_URL: database.urlAs('registry'),
      GATEHOUSE_KEY_PEPPER: pepper.toString('base64'),
      GATEHOUSE_INSTALLATION_SECRET: Buffer.alloc(32, 5).toString('base64'),
      GATEHOUSE_SERVICE_TOKEN: 'registry-token',
      GATEHOUSE_SERVICE_TOKEN_HASHES: ['registry', 'provisioning', 'gateway', 'metering', 'operator']
        .map((name) => `${name}=${sha256(`${name}-token`)}`)
        .join(','),
      GATEHOUSE_FINGERPRINT_KEY: Buffer.alloc(32, 2).toString('base64'),
      GATEHOUSE_PRIVATE_HOSTS: '127.0.0.0/8',
      GATEHOUSE_METERING_ADDRESS: metering.address,
      GATEHOUSE_PROVISIONING_ADDRESS: desk.address,
      GATEHOUSE_GATEWAY_ADDRESS: custodian.address,
    });
    const created = await createGrpcApp(RegistryModule.forConfig(config), {
      listen,
      services: REGISTRY_SERVICES,
    });
    app = created.app;
    await created.serve();
    await issueKey(ours, 'gh_ours', provisioningV1.ApiKeyRole.ADMIN);
    await issueKey(theirs, 'gh_theirs', provisioningV1.ApiKeyRole.ADMIN);
    await issueKey(ours, 'gh_workspace', provisioningV1.ApiKeyRole.WORKSPACE);
    await issueKey(ours, 'gh_revoked', provisioningV1.ApiKeyRole.ADMIN);
    await revokeKey(ours, 'gh_revoked');
    for (const key of ['gh_ours', 'gh_theirs', 'gh_workspace']) {
      await eventually(
        async () => void (await catalog({ apiKey: key }).listProviders({ pageSize: 0, pageToken: '' })),
      );
    }
    await eventually(() =>
      expect(
        integrations('gh_revoked').getIntegration({ integrationId: '', atLeastPosition: '' }),
      ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' }),
    );
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    metering.stop();
    desk.stop();
    custodian.stop();
    await store?.close();
    await pool?.pool.end();
    await provisioning?.end();
    await database?.drop();
  });

  describe('models', () => {
    const changeAccess = (integrationId: string, request: Partial<registryV1.ChangeModelAccessRequest>) =>
      integrations().changeModelAccess(
        registryV1.ChangeModelAccessRequest.fromPartial({
          requestId: `access-${++requests}`,
          integrationId,
          ...request,
        }),
      );
    const define = (integrationId: string, model: object | undefined, apiKey?: string) =>
      integrations(apiKey).defineCustomModel(
        registryV1.DefineCustomModelRequest.fromJSON({
          requestId: `define-${++requests}`,
          integrationId,
          model,
        }),
      );
    const override = (integrationId: string, model: string, prices?: object) =>
      integrations().overridePrice(
        registryV1.OverridePriceRequest.fromJSON({
          requestId: `override-${++requests}`,
          integrationId,
          model,
          prices,
        }),
      );
    const multiply = (integrationId: string, priceMultiplier: bigint) =>
      integrations().setPriceMultiplier(
        registryV1.SetPriceMultiplierRequest.fromPartial({
          requestId: `multiply-${++requests}`,
          integrationId,
          priceMultiplier,
        }),
      );
    const list = (
      integrationId: string,
      request: Partial<registryV1.ListIntegrationModelsRequest> = {},
      apiKey?: string,
    ) =>
      integrations(apiKey).listIntegrationModels(
        registryV1.ListIntegrationModelsRequest.fromPartial({ integrationId, pageSize: 500, ...request }),
      );
    const offered = async (integrationId: string, atLeastPosition: string): Promise<string[]> => {
      const access = registryV1.ModelAccessFilter.ALLOWED;
      const { models, totalSize } = await list(integrationId, { atLeastPosition, access });
      expect(totalSize).toBe(models.length);
      return models.map(({ name }) => name);
    };
    const openai = (request: Partial<registryV1.ConnectIntegrationRequest> = {}) =>
      connect({ provider: 'openai', customHost: '', ...request });
    const catalogued = async () =>
      (await catalog().listModels({ provider: 'openai', pageSize: 500, pageToken: '' })).models.map(
        ({ name }) => name,
      );

    it('are all that the catalog lists, where nothing else is said', async () => {
      const { integration, position: at } = await openai();
      expect(integration).toMatchObject({
        modelAccess: { selectedAt: 1n, autoEnable: false, allowed: 0, revoked: 0 },
        priceMultiplier: 10_000n,
      });
      expect(await offered(integration.id, at)).toEqual(await catalogued());
    });

    it('are those that the connection names, and custom ones', async () => {
      const customModels = [{ name: 'mine', maxOutputTokens: 1n, contextWindow: 2n }];
      const { integration, position: at } = await openai({
        models: ['gpt-5', 'not-catalogued'],
        autoEnableModels: false,
        customModels,
      });
      expect(await offered(integration.id, at)).toEqual(['gpt-5', 'mine', 'not-catalogued']);
      const auto = await openai({ autoEnableModels: true });
      expect(auto.integration.modelAccess).toMatchObject({ autoEnable: true });
    });

    it('are chosen anew in one step, and the log and the list agree', async () => {
      const { integration } = await openai();
      const { integration: changed, position: at } = await changeAccess(integration.id, {
        selection: registryV1.ModelSelection.NONE,
        allow: ['gpt-5', 'later'],
        revoke: ['o3'],
      });
      expect(changed).toMatchObject({
        modelAccess: { selectedAt: 0n, allowed: 2, revoked: 1 },
        // Three decisions, three events.
        revision: 3n,
      });
      expect(await offered(integration.id, at)).toEqual(['gpt-5', 'later']);
      const got = await integrations().getIntegration({ integrationId: integration.id, atLeastPosition: at });
      expect(got.integration).toEqual(changed);
      const all = await changeAccess(integration.id, { selection: registryV1.ModelSelection.ALL });
      expect(await offered(integration.id, all.position)).toEqual([...(await catalogued()), 'later'].sort());
    });

    it('are listed with reasons, prices and where these are from, a page at a time', async () => {
      const { integration } = await openai({ customModels: [] });
      const { id } = integration;
      await changeAccess(id, { revoke: ['o3'], allow: ['later'] });
      const serving = { templateTokens: '500', outputLimit: 'n_predict', tokensPerSecondMax: 300 };
      const tuned = { name: 'tuned', baseModel: 'gpt-4o', fineTuned: true, maxOutputTokens: '10', serving };
      await define(id, tuned);
      await override(id, 'gpt-5', {
        rates: { input: '0', output: '7' },
        tiers: [{ inputTokensAbove: '9', rates: { input: '1' } }],
      });
      const { position: at } = await multiply(id, 8_000n);
      const { models } = await list(id, { atLeastPosition: at });
      const named = (wanted: string) => models.find(({ name }) => name === wanted);
      const { ModelAccessReason: reason, PriceLayer: layer } = registryV1;
      expect(named('o3')).toMatchObject({ allowed: false, accessReason: reason.REVOKED });
      expect(named('gpt-4o')).toMatchObject({
        allowed: true,
        accessReason: reason.SELECTED,
        priceLayer: layer.MULTIPLIER,
        prices: { rates: { input: 2_000_000_000n } },
      });
      expect(named('gpt-5')).toMatchObject({
        priceLayer: layer.OVERRIDE,
        prices: { rates: { input: 0n, output: 7n }, tiers: [{ inputTokensAbove: 9n, rates: { input: 1n } }] },
      });
      expect(named('later')).toMatchObject({
        allowed: true,
        accessReason: reason.ALLOWED,
        unknown: true,
        priceLayer: layer.UNSPECIFIED,
      });
      expect(named('later')?.prices).toBeUndefined();
      expect(named('tuned')).toMatchObject({
        accessReason: reason.CUSTOM,
        custom: true,
        fineTuned: true,
        baseModel: 'gpt-4o',
        maxOutputTokens: 10n,
        contextWindow: 128_000n,
        priceLayer: layer.UNSPECIFIED,
        serving: { ...serving, templateTokens: 500n },
      });
      const found = await list(id, { search: 'TuNeD' });
      expect(found.models.map(({ name }) => name)).toEqual(['tuned']);
      expect(found.totalSize).toBe(1);
      const first = await list(id, { pageSize: 2, skip: 1 });
      const second = await list(id, { pageSize: 2, pageToken: first.nextPageToken });
      const names = models.map(({ name }) => name);
      expect([...first.models, ...second.models].map(({ name }) => name)).toEqual(names.slice(1, 5));
      expect(first.totalSize).toBe(names.length);
      await expect(list(id, { search: 'x', pageToken: first.nextPageToken })).rejects.toMatchObject({
        reason: 'PAGE_TOKEN_MALFORMED',
      });
    });

    it('that are custom can be removed, and prices set back', async () => {
      const { integration } = await openai();
      const { id } = integration;
      await define(id, {
        name: 'mine',
        contextWindow: '2',
        maxOutputTokens: '1',
        prices: { rates: { input: '0' } },
      });
      const removal = { requestId: `remove-${++requests}`, integrationId: id, name: 'mine', reason: '' };
      const { integration: removed } = await integrations().removeCustomModel(removal);
      expect(removed?.customModels).toEqual([]);
      expect((await integrations().removeCustomModel(removal)).integration).toEqual(removed);
      await expect(
        integrations().removeCustomModel({ ...removal, requestId: `remove-${++requests}` }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'CUSTOM_MODEL_UNKNOWN' });
      await override(id, 'gpt-5', { rates: { input: '0' } });
      const undo = { requestId: `undo-${++requests}`, integrationId: id, model: 'gpt-5', reason: '' };
      await integrations().removePriceOverride(undo);
      await expect(
        integrations().removePriceOverride({ ...undo, requestId: `undo-${++requests}` }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'PRICE_OVERRIDE_UNKNOWN' });
    });

    it('change at the revision that was expected alone, and for the organization alone', async () => {
      const { integration } = await openai();
      const { id } = integration;
      await changeAccess(id, { allow: ['a'], expectedRevision: 0n });
      await expect(changeAccess(id, { allow: ['b'], expectedRevision: 0n })).rejects.toMatchObject({
        reason: 'REVISION_MISMATCH',
      });
      await expect(
        define(id, { name: 'x', contextWindow: '2', maxOutputTokens: '1' }, 'gh_theirs'),
      ).rejects.toMatchObject({
        reason: 'INTEGRATION_UNKNOWN',
      });
      await expect(list(id, {}, 'gh_theirs')).rejects.toMatchObject({ reason: 'INTEGRATION_UNKNOWN' });
      await expect(list(id, {}, 'gh_workspace')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });

    const { IntegrationServiceService: rpcs } = registryV1;
    const someModel = typeV1.CustomModel.fromPartial({ name: 'a', contextWindow: 2n, maxOutputTokens: 1n });
    const some = typeV1.Prices.fromPartial({ rates: { input: 1n } });
    const long = 'x'.repeat(257);
    /** Each command with a request that is fine, and with names that no model can have. */
    const commands = {
      changeModelAccess: [{ allow: ['a'] }, { allow: [long] }, 'allow[0]'],
      defineCustomModel: [{ model: someModel }, { model: { ...someModel, name: long } }, 'model.name'],
      removeCustomModel: [{ name: 'a' }, { name: long }, 'name'],
      overridePrice: [{ model: 'a', prices: some }, { model: long, prices: some }, 'model'],
      removePriceOverride: [{ model: 'a' }, { model: '' }, 'model'],
      setPriceMultiplier: [{ priceMultiplier: 9_000n }, { priceMultiplier: -1n }, 'price_multiplier'],
    } as const satisfies Partial<Record<keyof typeof rpcs, readonly [object, object, string]>>;

    it.each(Object.keys(commands) as (keyof typeof commands)[])(
      '%s is refused where it is malformed, of strangers, and of who may not',
      async (rpc) => {
        const { integration } = await openai();
        const [fine, wrong, field] = commands[rpc];
        const ask = (more: object, apiKey = 'gh_ours'): Promise<AppError> => {
          const empty = rpcs[rpc].requestDeserialize(Buffer.alloc(0));
          const target = { requestId: `model-${++requests}`, integrationId: integration.id };
          const call = integrations(apiKey)[rpc] as (request: object) => Promise<unknown>;
          return refusal(call({ ...empty, ...target, ...fine, ...more }));
        };
        const faults = {
          requestId: '',
          reason: 'x'.repeat(513),
          integrationId: 'ws_1',
          expectedRevision: -1n,
          ...wrong,
        };
        expect((await ask(faults)).violations.map((fault) => fault.field).sort()).toEqual(
          ['request_id', 'reason', 'integration_id', 'expected_revision', field].sort(),
        );
        const unknown = { code: 'NOT_FOUND', reason: 'INTEGRATION_UNKNOWN' };
        expect(await ask({ integrationId: deriveId('int', 'none') })).toMatchObject(unknown);
        expect(await ask({}, 'gh_theirs')).toMatchObject(unknown);
        expect(await ask({}, 'gh_workspace')).toMatchObject({ code: 'FORBIDDEN' });
        expect(await ask({}, 'gh_wrong')).toMatchObject({ code: 'UNAUTHENTICATED' });
        expect(await ask({ expectedRevision: 9n })).toMatchObject({ reason: 'REVISION_MISMATCH' });
        expect(await store.read(`integration-${integration.id}`)).toHaveLength(1);
      },
    );

    it.each<[string, Partial<registryV1.ListIntegrationModelsRequest>, string]>([
      ['a malformed id', { integrationId: CANARY }, 'REQUEST_INVALID'],
      ['a negative page', { pageSize: -1 }, 'REQUEST_INVALID'],
      ['fewer than none passed over', { skip: -1 }, 'REQUEST_INVALID'],
      ['a forged token', { pageToken: 'x' }, 'PAGE_TOKEN_MALFORMED'],
      ['an oversized search', { search: 'x'.repeat(101) }, 'REQUEST_INVALID'],
      ['a position that is none', { atLeastPosition: 'soon' }, 'POSITION_MALFORMED'],
    ])('are not listed by %s', async (_what, request, reason) => {
      const { integration } = await openai();
      await expect(list(integration.id, request)).rejects.toMatchObject({ code: 'INVALID', reason });
    });

    it('are refused for every fault, and nothing changes', async () => {
      const { integration } = await openai();
      const { id } = integration;
      const fault = async (call: Promise<unknown>, ...fields: string[]) =>
        expect((await refusal(call)).violations.map(({ field }) => field)).toEqual(fields);
      const many = Array.from({ length: 501 }, (_, index) => `m${index}`);
      await fault(openai({ models: [''] }), 'models[0]');
      await fault(openai({ models: many }), 'models');
      await fault(
        changeAccess(id, { allow: ['a', ''], revoke: ['a', 'a\u0007'] }),
        'allow[1]',
        'revoke[1]',
        'revoke[0]',
      );
      await fault(changeAccess(id, { allow: many.slice(1), revoke: ['a'] }), 'revoke');
      await fault(changeAccess(id, { selection: 9 as registryV1.ModelSelection }), 'selection');
      await fault(define(id, undefined), 'model.name', 'model.max_output_tokens', 'model.context_window');
      await fault(
        define(id, { name: 'a', fineTuned: true, contextWindow: '1', maxOutputTokens: '1' }),
        'model.base_model',
      );
      await fault(define(id, { name: 'a', baseModel: 'b', prices: {} }), 'model.prices.rates');
      await fault(define(id, { name: 'a', baseModel: 'gpt-4o-typo' }), 'model.base_model');
      const model = typeV1.CustomModel.fromPartial({
        name: 'a',
        baseModel: 'b',
        kind: 99 as typeV1.ModelKind,
      });
      const unkind = registryV1.DefineCustomModelRequest.fromPartial({
        requestId: 'unkind',
        integrationId: id,
      });
      await fault(integrations().defineCustomModel({ ...unkind, model }), 'model.kind');
      await fault(override(id, '', { rates: { input: '1' } }), 'model');
      await fault(override(id, 'a'), 'prices.rates');
      await fault(
        override(id, 'a', { rates: { cachedInput: '-1', image: '-1' } }),
        'prices.rates.cached_input',
        'prices.rates.image',
      );
      await fault(override(id, 'a', { rates: { input: '1000000000000001' } }), 'prices.rates.input');
      const tier = (start: number) => ({ inputTokensAbove: start, rates: { input: '1' } });
      await fault(
        override(id, 'a', { rates: { input: '1' }, tiers: [tier(2), tier(2)] }),
        'prices.tiers[1].input_tokens_above',
      );
      await fault(
        override(id, 'a', { rates: { input: '1' }, tiers: [tier(0)] }),
        'prices.tiers[0].input_tokens_above',
      );
      const tiers = Array.from({ length: 9 }, (_, index) => tier(index + 1));
      await fault(override(id, 'a', { rates: { input: '1' }, tiers }), 'prices.tiers');
      await fault(multiply(id, 0n), 'price_multiplier');
      await fault(multiply(id, 1_000_001n), 'price_multiplier');
      await fault(list(id, { access: 9 as registryV1.ModelAccessFilter }), 'access');
      const got = await integrations().getIntegration({ integrationId: id, atLeastPosition: '' });
      expect(got.integration).toEqual(integration);
    });

    const refusal = (call: Promise<unknown>): Promise<AppError> =>
      call.then(
        () => {
          throw new Error('it was accepted');
        },
        (error: unknown) => error as AppError,
      );
  });

  it('connects: what is answered, listed and sealed is what was asked for', async () => {
    const customModels = [
      { name: 'm', inputNanoUsdPerMillion: 500_000_000n, maxOutputTokens: 64n, contextWindow: 128n },
    ];
    const { integration, position: reached } = await connect({
      slug: 'Mine_1',
      customHost: 'http://127.0.0.1:9000/v1/',
      customModels,
    });
    expect(integration).toMatchObject({
      organizationId: ours,
      name: 'Simulator',
      slug: 'Mine_1',
      provider: 'self-hosted',
      customHost: 'http://127.0.0.1:9000/v1',
      credentialVersion: 1,
      credentialFingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      customModels,
      status: registryV1.IntegrationStatus.CONNECTED,
      revision: 0n,
    });
    const got = await integrations().getIntegration({
      integrationId: integration.id,
      atLeastPosition: reached,
    });
    expect(got.integration).toEqual(integration);
    expect(await openedCredential(integration.id, 1)).toEqual({ api_key: CANARY });
    await expect(openedCredential(integration.id, 1, 'http://127.0.0.1:9001/v1')).rejects.toThrow(
      CredentialMisdirected,
    );
    const [event] = await store.read(`integration-${integration.id}`);
    expect(event).toMatchObject({
      type: 'IntegrationConnected',
      position: BigInt(reached),
      metadata: {
        organizationId: ours,
        reason: 'because',
        actor: { kind: 'apiKey', id: deriveId('key', 'gh_ours') },
      },
      data: {
        dialect: 'openai',
        baseUrl: 'http://127.0.0.1:9000/v1',
        modelDecisions: { customModels: [{ name: 'm' }] },
      },
    });
  });

  it('connects to a hosted provider, and copies nothing of the catalog', async () => {
    const { integration } = await connect({ provider: 'openai', customHost: '' });
    const [event] = await store.read(`integration-${integration.id}`);
    expect(event?.data).toMatchObject({
      baseUrl: 'https://api.openai.com/v1',
      modelDecisions: { access: { selectedAt: expect.any(String) } },
    });
    expect(event?.data).not.toHaveProperty('models');
  });

  it('answers a repeated connect as the first', async () => {
    const request = connectRequest();
    const first = await integrations().connectIntegration(request);
    expect(await integrations().connectIntegration(request)).toEqual(first);
  });

  describe('a request id used for another content', () => {
    const model = (name: string) => typeV1.Model.fromPartial({ name });
    const customModel = (name: string) =>
      typeV1.CustomModel.fromPartial({ name, contextWindow: 2n, maxOutputTokens: 1n });
    const pricesOf = (input: bigint) => typeV1.Prices.fromPartial({ rates: { input } });
    const next = { api_key: `${CANARY}-next` };
    const others = {
      connectIntegration: {
        reason: 'other',
        name: 'Other',
        slug: 'quite-another',
        provider: 'openai',
        credential: { api_key: 'other' },
        customHost: 'http://127.0.0.1:9001/v1',
        customModels: [model('other')],
        fields: { region: 'other' },
        local: true,
        api: typeV1.Dialect.ANTHROPIC,
        headers: { 'x-other': 'other' },
        modelHosts: { other: 'http://127.0.0.1:9002/v1' },
        references: { other: { reference: 'other', member: '' } },
        credentialKind: typeV1.CredentialKind.AZURE_KEY,
        draftId: `dft_${'0'.repeat(26)}`,
        deployments: [DEPLOYMENT],
        workspaces: [provisioningV1.WantedProvision.fromPartial({ workspaceId: deriveId('ws', 'other') })],
        ownerWorkspaceId: deriveId('ws', 'other'),
        autoProvision: provisioningV1.WantedAutoProvision.fromPartial({}),
        atLeastPosition: '1',
        models: ['other'],
        description: 'other',
        onlyNamedModels: true,
        autoEnableModels: true,
        credentialExpiresAt: new Date('2031-01-31'),
      },
      addDeployment: { reason: 'other', expectedRevision: 7n, deployment: DEPLOYMENT },
      changeDeployment: { reason: 'other', expectedRevision: 7n, deployment: DEPLOYMENT },
      removeDeployment: { reason: 'other', expectedRevision: 7n, alias: 'other' },
      setDefaultDeployment: { reason: 'other', expectedRevision: 7n, alias: 'other' },
      renameIntegration: { reason: 'other', name: 'Other', expectedRevision: 7n },
      describeIntegration: { reason: 'other', description: 'Other.', expectedRevision: 7n },
      disableIntegration: { reason: 'other', expectedRevision: 7n },
      enableIntegration: { reason: 'other', expectedRevision: 7n },
      rotateCredential: {
        reason: 'other',
        credential: { api_key: 'other' },
        headers: { 'x-other': 'other' },
        references: { other: { reference: 'other', member: '' } },
        expectedRevision: 0n,
        credentialExpiresAt: new Date('2031-01-31'),
      },
      reconfigureIntegration: {
        reason: 'other',
        expectedRevision: 7n,
        updateMask: ['fields'],
        fields: { region: 'other' },
        customHost: 'http://127.0.0.1:9001/v1',
        local: true,
        api: typeV1.Dialect.ANTHROPIC,
        modelHosts: { other: 'http://127.0.0.1:9002/v1' },
        credential: { api_key: 'other' },
        headers: { 'x-other': 'other' },
        credentialKind: typeV1.CredentialKind.AZURE_KEY,
        withoutCredential: true,
        references: { other: { reference: 'other', member: '' } },
        credentialExpiresAt: new Date('2031-01-31'),
      },
      deleteIntegration: { reason: 'other', expectedRevision: 0n, force: true },
      changeModelAccess: {
        reason: 'other',
        selection: registryV1.ModelSelection.NONE,
        autoEnable: true,
        allow: ['other'],
        revoke: ['other'],
        expectedRevision: 7n,
      },
      defineCustomModel: { reason: 'other', model: customModel('other'), expectedRevision: 7n },
      removeCustomModel: { reason: 'other', name: 'other', expectedRevision: 7n },
      overridePrice: { reason: 'other', model: 'other', prices: pricesOf(2n), expectedRevision: 7n },
      removePriceOverride: { reason: 'other', model: 'other', expectedRevision: 7n },
      setPriceMultiplier: { reason: 'other', priceMultiplier: 7n, expectedRevision: 7n },
    };
    const emptyOf = (rpc: keyof typeof others): object =>
      registryV1.IntegrationServiceService[rpc].requestDeserialize(Buffer.alloc(0));

    it('is tried for every field of every command', () => {
      const commands = Object.entries(registryV1.IntegrationServiceService)
        .filter(([, rpc]) => 'requestId' in rpc.requestDeserialize(Buffer.alloc(0)))
        .map(([name]) => name);
      expect(Object.keys(others).sort()).toEqual(commands.sort());
      for (const rpc of Object.keys(others) as (keyof typeof others)[]) {
        const tried = Object.keys({
          requestId: '',
          ...(rpc === 'connectIntegration' ? {} : { integrationId: '' }),
          ...others[rpc],
        });
        expect(tried.sort()).toEqual(Object.keys(emptyOf(rpc)).sort());
      }
    });

    it('is refused and changes nothing, and the first content answers as before', async () => {
      const target = (await connect()).integration.id;
      const another = (await connect()).integration.id;
      const steps = [
        ['connectIntegration', connectRequest()],
        ['renameIntegration', { requestId: 'reuse-rename', integrationId: target, name: 'First' }],
        [
          'describeIntegration',
          { requestId: 'reuse-describe', integrationId: target, description: 'First.' },
        ],
        ['disableIntegration', { requestId: 'reuse-disable', integrationId: target }],
        ['enableIntegration', { requestId: 'reuse-enable', integrationId: target }],
        ['changeModelAccess', { requestId: 'reuse-access', integrationId: target, allow: ['first'] }],
        [
          'defineCustomModel',
          { requestId: 'reuse-define', integrationId: target, model: customModel('first') },
        ],
        ['removeCustomModel', { requestId: 'reuse-remove', integrationId: target, name: 'first' }],
        [
          'overridePrice',
          { requestId: 'reuse-override', integrationId: target, model: 'first', prices: pricesOf(1n) },
        ],
        ['removePriceOverride', { requestId: 'reuse-undo', integrationId: target, model: 'first' }],
        ['setPriceMultiplier', { requestId: 'reuse-factor', integrationId: target, priceMultiplier: 8_000n }],
        ['rotateCredential', { requestId: 'reuse-rotate', integrationId: target, credential: next }],
        ['deleteIntegration', { requestId: 'reuse-delete', integrationId: target }],
      ] as const;
      for (const [rpc, fields] of steps) {
        const call = integrations()[rpc] as (request: object) => Promise<object>;
        const request = { ...emptyOf(rpc), ...fields };
        const first = await call(request);
        const head = await store.head();
        const changes = {
          ...others[rpc],
          ...(rpc === 'connectIntegration' ? {} : { integrationId: another }),
        };
        for (const [field, value] of Object.entries(changes)) {
          const refused = call({ ...request, [field]: value }).then(
            () => 'accepted',
            (error: AppError) => error.message,
          );
          expect([rpc, field, await refused]).toEqual([rpc, field, 'CONFLICT: REQUEST_ID_REUSED']);
        }
        expect(await call(request)).toEqual(first);
        expect(await store.head()).toBe(head);
      }
    });

    it('is accepted once of two that come at once', async () => {
      const request = connectRequest();
      const twins = [request, { ...request, credential: { api_key: 'other' } }];
      const outcomes = await Promise.allSettled(twins.map((twin) => integrations().connectIntegration(twin)));
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused).toMatchObject([{ reason: { code: 'CONFLICT', reason: 'REQUEST_ID_REUSED' } }]);
    });

    it('is told by what only the installation can compute', async () => {
      const request = connectRequest();
      await integrations().connectIntegration(request);
      const { rows } = await pool.query<{ digest: Buffer }>(
        'SELECT digest FROM registry.command_request WHERE request_id = $1',
        [request.requestId],
      );
      const { path, requestSerialize } = registryV1.IntegrationServiceService.connectIntegration;
      const serialize = (asked: object) => requestSerialize(asked as never);
      const facts = { path, serialize, secretFields: ['credential'] };
      const under = (secret: Buffer) => new CommandDigest(secret).of(facts, { ...request });
      expect(rows).toEqual([{ digest: under(Buffer.alloc(32, 5)) }]);
      expect(under(Buffer.alloc(32, 6))).not.toEqual(rows[0]?.digest);
    });
  });

  it('tells its events on the bus', async () => {
    const { integration } = await connect();
    await eventually(async () => {
      const { rows } = await pool.query<{ key: string }>('SELECT key FROM bus.message WHERE key = $1', [
        `integration-${integration.id}`,
      ]);
      expect(rows).toHaveLength(1);
    });
  });

  it('renames and describes: list and slug go on as before', async () => {
    const { integration } = await connect();
    const renamed = await rename(integration.id, { name: 'Team A', expectedRevision: 0n });
    expect(renamed.integration).toEqual({ ...integration, name: 'Team A', revision: 1n });
    const described = await describeAs(integration.id, { description: 'For the team.' });
    const whole = { ...integration, name: 'Team A', description: 'For the team.', revision: 2n };
    expect(described.integration).toEqual(whole);
    const query = { integrationId: integration.id, atLeastPosition: described.position };
    expect((await integrations().getIntegration(query)).integration).toEqual(whole);
    const emptied = await describeAs(integration.id, { description: '' });
    expect(emptied.integration).toMatchObject({ description: '', revision: 3n });
    // What changes nothing records nothing.
    expect(await rename(integration.id, { name: 'Team A' })).toEqual(emptied);
    await remove(integration.id);
    await expect(rename(integration.id)).rejects.toMatchObject({ reason: 'INTEGRATION_DELETED' });
  });

  it('disables and enables: nothing is lost, and what is disabled can be changed', async () => {
    const { integration } = await connect();
    const disabled = await disable(integration.id);
    const { DISABLED, CONNECTED, DELETED } = registryV1.IntegrationStatus;
    expect(disabled.integration).toEqual({ ...integration, status: DISABLED, revision: 1n });
    expect(await disable(integration.id)).toEqual(disabled);
    const query = { integrationId: integration.id, atLeastPosition: disabled.position };
    expect((await integrations().getIntegration(query)).integration).toEqual(disabled.integration);
    expect(await openedCredential(integration.id, 1)).toEqual({ api_key: CANARY });
    const rotated = await rotate(integration.id);
    expect(rotated.integration).toMatchObject({ status: DISABLED, credentialVersion: 2 });
    await eventually(async () => expect(await vaultRows(integration.id)).toBe(1));
    const enabled = await enable(integration.id);
    expect(enabled.integration).toMatchObject({ status: CONNECTED, credentialVersion: 2, revision: 3n });
    expect(await openedCredential(integration.id, 2)).toEqual({ api_key: `${CANARY}-next` });
    await disable(integration.id);
    const { position: reached } = await remove(integration.id);
    const gone = { integrationId: integration.id, atLeastPosition: reached };
    await eventually(async () =>
      expect((await integrations().getIntegration(gone)).integration).toMatchObject({ status: DELETED }),
    );
    await expect(enable(integration.id)).rejects.toMatchObject({ reason: 'INTEGRATION_DELETED' });
  });

  it('lets one of many edits at the same revision win, and tells the others where it stands', async () => {
    const { integration } = await connect();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const edits = names.map((name) => rename(integration.id, { name, expectedRevision: 0n }));
    const outcomes = await Promise.allSettled(edits);
    const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const lost = outcomes.flatMap((outcome): unknown[] =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    expect(won).toHaveLength(1);
    expect(lost).toHaveLength(5);
    for (const refusal of lost) {
      expect(refusal).toMatchObject({
        code: 'CONFLICT',
        reason: 'REVISION_MISMATCH',
        metadata: { actual: '1' },
      });
    }
    expect(await store.read(`integration-${integration.id}`)).toHaveLength(2);
  });

  it('lets one of two hundred creates of one slug win', async () => {
    const caller = { ...callerNamed({ apiKey: 'gh_ours' }), deadlineMs: 60_000 };
    const client = grpcClient(registryV1.IntegrationServiceClient, caller);
    /** Said again where its turn did not come in time. */
    const connectFor = async (
      request: registryV1.ConnectIntegrationRequest,
    ): Promise<registryV1.ConnectIntegrationResponse> => {
      for (;;) {
        try {
          return await client.connectIntegration(request);
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'UNAVAILABLE') throw error;
        }
      }
    };
    const creates = Array.from({ length: 200 }, () => connectFor(connectRequest({ slug: 'wanted-by-all' })));
    const outcomes = await Promise.allSettled(creates);
    const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.integration] : []));
    const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    expect({ won: won.length, refusals: [...new Set(refusals)] }).toEqual({
      won: 1,
      refusals: [expect.stringContaining('CONFLICT: SLUG_TAKEN')],
    });
    const stream = await store.read(`slug-${ours}-wanted-by-all`);
    expect(stream.map(({ type, data }) => [type, data['integrationId']])).toEqual([
      ['SlugReserved', won[0]?.id],
    ]);
    const [winner] = won;
    const listed = await integrations().listIntegrations(
      registryV1.ListIntegrationsRequest.fromPartial({
        search: 'wanted-by-all',
        atLeastPosition: String(await store.head()),
      }),
    );
    expect(listed.integrations.map(({ id }) => id)).toEqual([winner?.id]);
  }, 60_000);

  it('is found by its slug, until it is deleted', async () => {
    const { integration, position } = await connect({ slug: 'by-its-slug' });
    const bySlug = (fields: object, key?: string) =>
      integrations(key).getIntegration(
        registryV1.GetIntegrationRequest.fromPartial({ slug: 'by-its-slug', ...fields }),
      );
    expect((await bySlug({ atLeastPosition: position })).integration?.id).toBe(integration.id);
    await expect(bySlug({ integrationId: integration.id })).rejects.toMatchObject({
      violations: [{ field: 'integration_id' }],
    });
    await expect(bySlug({ slug: 'no slug' })).rejects.toMatchObject({ violations: [{ field: 'slug' }] });
    await expect(bySlug({}, 'gh_theirs')).rejects.toMatchObject({ reason: 'INTEGRATION_UNKNOWN' });
    const deleted = await remove(integration.id);
    await expect(bySlug({ atLeastPosition: deleted.position })).rejects.toMatchObject({
      reason: 'INTEGRATION_UNKNOWN',
    });
  });

  it('says who connected it, whoever changed it since', async () => {
    await issueKey(ours, 'gh_colleague', provisioningV1.ApiKeyRole.ADMIN);
    const { integration } = await connect();
    expect(integration.connectedBy).toMatchObject({
      kind: typeV1.ActorKind.API_KEY,
      id: deriveId('key', 'gh_ours'),
    });
    const byAnother = () =>
      integrations('gh_colleague').renameIntegration(
        registryV1.RenameIntegrationRequest.fromPartial({
          requestId: 'by-another',
          integrationId: integration.id,
          name: 'Theirs',
        }),
      );
    await eventually(async () =>
      expect((await byAnother()).integration?.connectedBy).toEqual(integration.connectedBy),
    );
  });

  it('rotates: the next version opens, the old row is destroyed', async () => {
    const { integration } = await connect();
    const rotated = await rotate(integration.id, { expectedRevision: 0n });
    expect(rotated.integration).toMatchObject({ credentialVersion: 2, revision: 1n });
    expect(rotated.integration?.credentialFingerprint).not.toBe(integration.credentialFingerprint);
    expect(await openedCredential(integration.id, 2)).toEqual({ api_key: `${CANARY}-next` });
    const old = vault().getSealedCredential({ integrationId: integration.id, credentialVersion: 1 });
    await expect(old).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'CREDENTIAL_UNKNOWN' });
    await eventually(async () => expect(await vaultRows(integration.id)).toBe(1));
    await expect(rotate(integration.id, { expectedRevision: 0n })).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'REVISION_MISMATCH',
    });
  });

  it('tells how old a credential is, and when it expires, which is said of each anew', async () => {
    const expires = (day: number): Date => new Date(Date.UTC(2031, 0, day));
    const { integration } = await connect({ credentialExpiresAt: expires(1) });
    expect(integration.health).toMatchObject({
      credentialGivenAt: integration.connectedAt,
      credentialExpiresAt: expires(1),
    });
    await rename(integration.id);
    const rotated = await rotate(integration.id, { credentialExpiresAt: expires(2) });
    const { health } = rotated.integration ?? {};
    expect(health?.credentialGivenAt?.getTime()).toBeGreaterThan(Number(integration.connectedAt));
    expect(health?.credentialExpiresAt).toEqual(expires(2));
    const found = { integrationId: integration.id, atLeastPosition: rotated.position };
    expect((await integrations().getIntegration(found)).integration?.health).toEqual(health);
    const late = reconfigure(integration.id, { credentialExpiresAt: expires(3) });
    await expect(late).rejects.toMatchObject({ violations: [{ field: 'credential_expires_at' }] });
    const given = await reconfigure(integration.id, { credential: { api_key: CANARY } });
    expect(given.integration?.health?.credentialExpiresAt).toBeUndefined();
    expect(given.integration?.health?.credentialGivenAt).not.toEqual(health?.credentialGivenAt);
    const shown = { integrationId: integration.id, atLeastPosition: given.position };
    expect((await integrations().getIntegration(shown)).integration).toEqual(given.integration);
  });

  it('reconfigures: the credential comes with another host, and the directory goes along', async () => {
    const { integration } = await connect({ credential: { api_key: 'sk-old' } });
    const elsewhere = { updateMask: ['custom_host'], customHost: 'http://127.0.0.2:9000/v1' };
    await expect(reconfigure(integration.id, elsewhere)).rejects.toMatchObject({
      code: 'REFUSED',
      reason: 'CREDENTIAL_NEEDED',
      metadata: { origins: 'http://127.0.0.2:9000' },
    });
    const moved = await reconfigure(integration.id, {
      ...elsewhere,
      credential: { api_key: 'sk-new' },
      headers: { 'X-Team': 'sk-team' },
    });
    expect(moved.integration).toMatchObject({
      customHost: elsewhere.customHost,
      baseUrl: elsewhere.customHost,
      credentialVersion: 2,
      headerNames: ['x-team'],
      credentialNeeded: false,
      revision: 1n,
    });
    const found = { integrationId: integration.id, atLeastPosition: moved.position };
    expect((await integrations().getIntegration(found)).integration).toEqual(moved.integration);
    const { sealed } = await vault().getSealedCredential({
      integrationId: integration.id,
      credentialVersion: 2,
    });
    expect(sealed).toMatchObject({
      origins: ['http://127.0.0.2:9000'],
      fields: ['api_key', 'header:x-team'],
    });
    const bare = await reconfigure(integration.id, { withoutCredential: true });
    expect(bare.integration).toMatchObject({ headerNames: [], credentialVersion: 3 });
  });

  it('keeps the deployments of an Azure integration', async () => {
    const slow = { ...DEPLOYMENT, alias: 'slow' };
    const { integration } = await connect({
      provider: 'azure-openai',
      customHost: '',
      fields: { resource: 'ours' },
      deployments: [DEPLOYMENT],
    });
    expect(integration.deployments).toEqual([{ ...DEPLOYMENT, isDefault: true }]);
    const command = () => ({
      requestId: `deployment-${++requests}`,
      reason: '',
      integrationId: integration.id,
    });
    await integrations().addDeployment({ ...command(), deployment: slow });
    await integrations().setDefaultDeployment({ ...command(), alias: 'slow' });
    await integrations().changeDeployment({
      ...command(),
      deployment: { ...DEPLOYMENT, apiVersion: 'v1' },
    });
    const refused = integrations().removeDeployment({ ...command(), alias: 'slow' });
    await expect(refused).rejects.toMatchObject({ code: 'REFUSED', reason: 'DEPLOYMENT_IS_DEFAULT' });
    const kept = [
      { ...DEPLOYMENT, apiVersion: 'v1' },
      { ...slow, isDefault: true },
    ];
    const list = async (atLeastPosition: string) => {
      const request = { integrationId: integration.id, atLeastPosition };
      return (await integrations().getIntegration(request)).integration?.deployments;
    };
    expect(await list(String(await store.head()))).toEqual(kept);
    const { position: reached } = await integrations().removeDeployment({ ...command(), alias: 'fast' });
    expect(await list(reached)).toEqual(kept.slice(1));
  });

  it('lists what an Azure integration offers by alias, with what is known of the model behind it', async () => {
    const slow = { ...DEPLOYMENT, alias: 'slow', model: 'o3' };
    const { integration, position: reached } = await connect({
      provider: 'azure-openai',
      customHost: '',
      fields: { resource: 'ours' },
      deployments: [DEPLOYMENT, slow, { ...DEPLOYMENT, alias: 'odd', model: 'our-own' }],
    });
    const list = (atLeastPosition: string) =>
      integrations().listIntegrationModels(
        registryV1.ListIntegrationModelsRequest.fromPartial({
          integrationId: integration.id,
          atLeastPosition,
        }),
      );
    const { models } = await list(reached);
    expect(models).toMatchObject([
      { name: 'fast', allowed: true, contextWindow: 128_000n, unknown: false },
      { name: 'odd', allowed: true, unknown: true, prices: undefined },
      { name: 'slow', allowed: true, capabilities: expect.arrayContaining(['reasoning']) },
    ]);
    const target = { reason: '', integrationId: integration.id, expectedRevision: undefined };
    const prices = typeV1.Prices.fromPartial({ rates: { input: 7n } });
    const price = { ...target, requestId: `override-${++requests}`, model: 'gpt-4o', prices };
    await integrations().overridePrice(price);
    const revoked = await integrations().changeModelAccess(
      registryV1.ChangeModelAccessRequest.fromPartial({
        ...target,
        requestId: `access-${++requests}`,
        revoke: ['slow'],
      }),
    );
    const { OVERRIDE } = registryV1.PriceLayer;
    expect((await list(revoked.position)).models).toMatchObject([
      { name: 'fast', allowed: true, prices: { rates: { input: 7n } }, priceLayer: OVERRIDE },
      { name: 'odd', allowed: true },
      { name: 'slow', allowed: false, accessReason: registryV1.ModelAccessReason.REVOKED },
    ]);
  });

  it('serves a row from before origins with those of the history, and seals the next with its own', async () => {
    const { integration } = await connect();
    // As the version before wrote it: the columns were not there.
    await pool.query(
      "UPDATE registry.sealed_credential SET format = 1, origins = '{}' WHERE integration_id = $1",
      [integration.id],
    );
    const sealedOf = async (credentialVersion: number) => {
      const answer = await vault().getSealedCredential({ integrationId: integration.id, credentialVersion });
      return answer.sealed;
    };
    const origins = ['http://127.0.0.1:9000'];
    expect(await sealedOf(1)).toMatchObject({ format: 1, origins });
    await rotate(integration.id);
    expect(await sealedOf(2)).toMatchObject({ format: 2, origins });
  });

  describe('a data key that is wrapped for a vault key of before', () => {
    const earlier = generateVaultKeyPair();
    const both = new HpkeDataKeyUnwrapper([earlier.privateKey], new KeyProviders([custodian.custody.keys]));
    const fromKeyId = vaultKeyIdOf(earlier.publicKey);

    /** Connects, and seals the credential anew as a registry did that had the earlier key. */
    const connectEarlier = async () => {
      const { integration } = await connect();
      const binding = {
        organizationId: ours,
        integrationId: integration.id,
        credentialVersion: 1,
        origins: ['http://127.0.0.1:9000'],
      };
      const sealed = await new HpkeCredentialSealer(earlier.publicKey).seal(binding, { api_key: CANARY });
      await eventually(async () => {
        const { rowCount } = await pool.query(
          `UPDATE registry.sealed_credential SET key_id = $2, encapsulated_key = $3, wrapped_data_key = $4,
             nonce = $5, ciphertext = $6
           WHERE integration_id = $1 AND confirmed`,
          [
            integration.id,
            sealed.keyId,
            sealed.encapsulatedKey,
            sealed.wrappedDataKey,
            sealed.nonce,
            sealed.ciphertext,
          ],
        );
        expect(rowCount).toBe(1);
      });
      return { integrationId: integration.id, sealed };
    };
    const outdated = async () => {
      const found: { sealed: registryV1.SealedCredential; key: registryV1.IntegrationKey }[] = [];
      for (let afterIntegrationId = ''; ;) {
        const page = await vault().listOutdatedWraps({ afterIntegrationId });
        for (const sealed of page.sealed) {
          const key = page.keys.find(({ integrationId }) => integrationId === sealed.integrationId);
          if (key === undefined) throw new Error('an outdated wrap without a key to move to');
          found.push({ sealed, key });
        }
        if ((afterIntegrationId = page.nextAfterIntegrationId) === '') return found;
      }
    };
    const requestOf = async (sealed: SealedCredential): Promise<registryV1.RewrapDataKeyRequest> => {
      const key = await custodian.custody.create({
        integrationId: sealed.integrationId as IntegrationId,
        epoch: 1,
      });
      const wrapped = await both.rewrap(sealed, key);
      return {
        integrationId: sealed.integrationId,
        credentialVersion: sealed.credentialVersion,
        fromKeyId,
        toKeyId: wrapped.keyId,
        encapsulatedKey: Buffer.from(wrapped.encapsulatedKey),
        wrappedDataKey: Buffer.from(wrapped.wrappedDataKey),
      };
    };

    it('is listed, wrapped anew, and nothing else of its row changes', async () => {
      const { integrationId, sealed } = await connectEarlier();
      const listed = (await outdated()).find((row) => row.sealed.integrationId === integrationId);
      expect(listed?.sealed).toMatchObject({ keyId: fromKeyId, origins: ['http://127.0.0.1:9000'] });
      expect(listed?.key.keyId).toMatch(/^ik_local_/);
      const everythingElse = async () => {
        const { rows } = await pool.query<{ rest: object }>(
          `SELECT to_jsonb(row) - '{key_id,key_custody,encapsulated_key,wrapped_data_key}'::text[] AS rest
           FROM registry.sealed_credential row WHERE integration_id = $1`,
          [integrationId],
        );
        return rows;
      };
      const before = await everythingElse();
      const request = await requestOf(sealed);
      await vault().rewrapDataKey(request);
      await vault().rewrapDataKey(request);
      expect(await everythingElse()).toEqual(before);
      expect(await openedCredential(integrationId, 1)).toEqual({ api_key: CANARY });
      expect((await outdated()).map((row) => row.sealed.integrationId)).not.toContain(integrationId);
    });

    it('is not wrapped anew otherwise', async () => {
      const { integrationId, sealed } = await connectEarlier();
      const request = await requestOf(sealed);
      const refused: [Partial<registryV1.RewrapDataKeyRequest>, string][] = [
        [{ toKeyId: fromKeyId }, 'VAULT_KEY_NOT_CURRENT'],
        [{ fromKeyId: '' }, 'WRAP_CHANGED'],
        [{ fromKeyId: 'vk_0' }, 'WRAP_CHANGED'],
        [{ credentialVersion: 2 }, 'CREDENTIAL_UNKNOWN'],
        [{ integrationId: deriveId('int', 'none') }, 'CREDENTIAL_UNKNOWN'],
        [{ encapsulatedKey: Buffer.alloc(31) }, 'REQUEST_INVALID'],
        [{ wrappedDataKey: Buffer.alloc(49) }, 'REQUEST_INVALID'],
      ];
      for (const [change, reason] of refused) {
        await expect(vault().rewrapDataKey({ ...request, ...change })).rejects.toMatchObject({ reason });
      }
      for (const options of [{ apiKey: 'gh_ours' }, { serviceToken: 'metering-token' }]) {
        const caller = vault(options);
        await expect(caller.rewrapDataKey(request)).rejects.toMatchObject({ code: 'FORBIDDEN' });
        const list = caller.listOutdatedWraps({ afterIntegrationId: '' });
        await expect(list).rejects.toMatchObject({ code: 'FORBIDDEN' });
      }
      const answer = await vault().getSealedCredential({ integrationId, credentialVersion: 1 });
      expect(answer.sealed?.keyId).toBe(fromKeyId);
      await remove(integrationId);
      await expect(vault().rewrapDataKey(request)).rejects.toMatchObject({ reason: 'CREDENTIAL_UNKNOWN' });
    });
  });

  it('deletes: no row remains, the slug is free, the history stays', async () => {
    const { integration } = await connect({ slug: 'reused' });
    const { position: reached } = await remove(integration.id);
    expect(await vaultRows(integration.id)).toBe(0);
    await connect({ slug: 'reused' });
    const gone = { integrationId: integration.id, atLeastPosition: reached };
    const DELETED = registryV1.IntegrationStatus.DELETED;
    await eventually(async () =>
      expect((await integrations().getIntegration(gone)).integration).toMatchObject({
        status: DELETED,
        slug: 'reused',
      }),
    );
    const key = [...custodian.custody.keys.pairs.keys()].filter((name) => name.startsWith(integration.id));
    expect(key).toEqual([]);
    await expect(rotate(integration.id)).rejects.toMatchObject({
      code: 'REFUSED',
      reason: 'INTEGRATION_DELETED',
    });
    const sealed = vault().getSealedCredential({ integrationId: integration.id, credentialVersion: 1 });
    await expect(sealed).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const history = await store.read(`integration-${integration.id}`);
    expect(history.map(({ type }) => type)).toEqual([
      'IntegrationConnected',
      'IntegrationDeleted',
      'IntegrationKeyDestroyed',
    ]);
  });

  describe('what workspaces have', () => {
    const provision = async (integrationId: string, workspace: string) => {
      const provisionId = deriveId('prv', integrationId, workspace);
      const provisioned = eventsV1.IntegrationProvisioned.fromPartial({
        provisionId,
        organizationId: ours,
        integrationId,
        workspaceId: deriveId('ws', workspace),
      });
      const data = eventsV1.IntegrationProvisioned.toJSON(provisioned);
      await publish(ours, 'IntegrationProvisioned', `provision-${provisionId}`, data);
      return provisionId;
    };
    const dependentsOf = (integrationId: string) =>
      integrations().getIntegrationDependents({ integrationId });
    /** With two provisions, and one key of each workspace that was not revoked. */
    const provisioned = async () => {
      const { integration } = await connect();
      const { id } = integration;
      const provisionIds = [await provision(id, `${id}-a`), await provision(id, `${id}-b`)];
      const { WORKSPACE } = provisioningV1.ApiKeyRole;
      for (const key of ['a', 'b']) await issueKey(ours, `${id}-${key}`, WORKSPACE);
      await issueKey(ours, `${id}-elsewhere`, WORKSPACE);
      await eventually(async () =>
        expect(await dependentsOf(id)).toMatchObject({ workspaces: 2n, apiKeys: 2n }),
      );
      return { id, provisionIds: provisionIds.sort() };
    };

    it('is counted for lists, with the models that are offered and how it fares; nothing of another organization', async () => {
      const { id, provisionIds } = await provisioned();
      const [disabled] = provisionIds;
      await publish(ours, 'ProvisionDisabled', `provision-${disabled}`, { provisionId: disabled }, 1n);
      await integrations().changeModelAccess(
        registryV1.ChangeModelAccessRequest.fromPartial({
          ...{ requestId: `${id}-models`, integrationId: id },
          ...{ selection: registryV1.ModelSelection.NONE, allow: ['a', 'b'], revoke: ['c'] },
        }),
      );
      const [other, unknown] = [(await connect()).integration.id, deriveId('int', 'none')];
      const asked = { integrationIds: [other, unknown, id] };
      const counted = { integrationId: id, workspaces: 2, enabledWorkspaces: 1, models: 2 };
      await eventually(async () =>
        expect((await integrations().listIntegrationSurroundings(asked)).surroundings).toEqual([
          expect.objectContaining({ integrationId: other, workspaces: 0, enabledWorkspaces: 0 }),
          { ...counted, health: expect.objectContaining({ credentialGivenAt: expect.any(Date) }) },
        ]),
      );
      expect((await integrations('gh_theirs').listIntegrationSurroundings(asked)).surroundings).toEqual([]);
    });

    it('is told, with what metering has counted, and deleted where it is forced alone', async () => {
      metering.answer = 41n;
      const { id, provisionIds } = await provisioned();
      expect(await dependentsOf(id)).toEqual({ workspaces: 2n, apiKeys: 2n, callsLast7Days: 41n });
      const asked = metering.asked.at(-1);
      expect(asked).toMatchObject({ organizationId: ours, provisionIds });
      expect(metering.tokens.at(-1)).toBe('registry-token');
      const days = (Date.now() - Date.parse(`${asked?.fromDay}T00:00:00Z`)) / 86_400_000;
      expect(Math.floor(days)).toBe(6);
      const refused = remove(id);
      await expect(refused).rejects.toMatchObject({
        code: 'REFUSED',
        reason: 'INTEGRATION_IN_USE',
        metadata: { workspaces: '2', api_keys: '2', calls_last_7_days: '41' },
      });
      expect(await vaultRows(id)).toBe(1);
      await revokeKey(ours, `${id}-a`);
      await eventually(async () => expect(await dependentsOf(id)).toMatchObject({ apiKeys: 1n }));
      await remove(id, { force: true });
      await expect(dependentsOf(id)).rejects.toMatchObject({ reason: 'INTEGRATION_DELETED' });
    });

    it('is not what an archived one had', async () => {
      metering.answer = 0n;
      const { id } = await provisioned();
      for (const name of ['a', 'b']) {
        const workspaceId = deriveId('ws', `${id}-${name}`);
        const created = eventsV1.WorkspaceCreated.fromPartial({ workspaceId, organizationId: ours });
        const stream = `workspace-${workspaceId}`;
        await publish(ours, 'WorkspaceCreated', stream, eventsV1.WorkspaceCreated.toJSON(created));
        await publish(ours, 'WorkspaceArchived', stream, { workspaceId }, 1n);
      }
      await eventually(async () =>
        expect(await dependentsOf(id)).toEqual({ workspaces: 0n, apiKeys: 0n, callsLast7Days: 0n }),
      );
      const { surroundings } = await integrations().listIntegrationSurroundings({ integrationIds: [id] });
      expect(surroundings).toMatchObject([{ workspaces: 0, enabledWorkspaces: 0 }]);
      await remove(id);
    });

    it('is told as far as it is known while metering is away', async () => {
      metering.answer = 'unavailable';
      const { id } = await provisioned();
      expect(await dependentsOf(id)).toEqual({ workspaces: 2n, apiKeys: 2n, callsLast7Days: undefined });
      await expect(remove(id)).rejects.toMatchObject({
        reason: 'INTEGRATION_IN_USE',
        metadata: { workspaces: '2', api_keys: '2' },
      });
      await remove(id, { force: true });
    });

    it('is listed by workspace', async () => {
      const { id } = await provisioned();
      const found = async (workspace: string) => {
        const workspaceId = deriveId('ws', workspace);
        const request = registryV1.ListIntegrationsRequest.fromPartial({ workspaceId, pageSize: 200 });
        const { integrations: listed, totalSize } = await integrations().listIntegrations(request);
        expect(totalSize).toBe(listed.length);
        return listed.map((one) => one.id);
      };
      expect([await found(`${id}-a`), await found(`${id}-elsewhere`)]).toEqual([[id], []]);
      const malformed = registryV1.ListIntegrationsRequest.fromPartial({ workspaceId: 'ours' });
      await expect(integrations().listIntegrations(malformed)).rejects.toMatchObject({
        violations: [{ field: 'workspace_id' }],
      });
    });

    it('is nothing, where nobody has it, and metering is not asked', async () => {
      const { integration } = await connect();
      const before = metering.asked.length;
      const none = { workspaces: 0n, apiKeys: 0n, callsLast7Days: 0n };
      expect(await dependentsOf(integration.id)).toEqual(none);
      await remove(integration.id);
      expect(metering.asked).toHaveLength(before);
    });
  });

  describe('connecting with workspaces', () => {
    const workspaces = ['one-step-a', 'one-step-b'].map((name) => deriveId('ws', name));
    const wanted = workspaces.map((workspaceId) =>
      provisioningV1.WantedProvision.fromPartial({ workspaceId }),
    );
    const createWorkspace = (organization: OrganizationId, workspaceId: string) => {
      const created = eventsV1.WorkspaceCreated.fromPartial({ workspaceId, organizationId: organization });
      const data = eventsV1.WorkspaceCreated.toJSON(created);
      return publish(organization, 'WorkspaceCreated', `workspace-${workspaceId}`, data);
    };
    const tell = (
      type: 'WorkspacesConnected' | 'WorkspaceRefused',
      integrationId: string,
      more: object = {},
    ) => {
      const told = { organizationId: ours, integrationId, ...more };
      return publish(ours, type, `connection-${integrationId}`, told as JsonObject);
    };
    const shown = async (integrationId: string) =>
      (await integrations().getIntegration({ integrationId, atLeastPosition: '' })).integration;
    const { CONNECTING, CONNECTED, DELETED } = registryV1.IntegrationStatus;

    beforeAll(async () => {
      for (const workspaceId of workspaces) await createWorkspace(ours, workspaceId);
      await createWorkspace(theirs, deriveId('ws', 'one-step-theirs'));
      await eventually(async () => {
        const known = await pool.query('SELECT FROM registry_dependents.workspace WHERE NOT archived');
        expect(known.rowCount).toBe(3);
      });
    });

    it('shows it as connecting until provisioning has told that all have it', async () => {
      const { integration } = await connect({ workspaces: wanted });
      expect(integration.status).toBe(CONNECTING);
      const request = registryV1.ListIntegrationsRequest.fromPartial({
        status: CONNECTING,
        atLeastPosition: String(await store.head()),
      });
      const listed = await integrations().listIntegrations(request);
      expect(listed.integrations.map(({ id }) => id)).toEqual([integration.id]);
      await tell('WorkspacesConnected', integration.id);
      await eventually(async () => expect((await shown(integration.id))?.status).toBe(CONNECTED));
      const types = (await store.read(`integration-${integration.id}`)).map(({ type }) => type);
      expect(types).toEqual(['IntegrationConnected', 'IntegrationReady']);
    });

    it(
      'ends it where one cannot have it, and says why',
      async () => {
        const { integration } = await connect({ slug: 'one-step-refused', workspaces: wanted });
        const refusal = { workspaceId: workspaces[1], reason: 'ALREADY_PROVISIONED' };
        await tell('WorkspaceRefused', integration.id, refusal);
        // Its key is destroyed in turn, after those of every create that was refused before.
        await eventually(
          async () =>
            expect(await shown(integration.id)).toMatchObject({ status: DELETED, connectRefusal: refusal }),
          PATIENCE_MS,
        );
        const rows = () =>
          pool.query('SELECT FROM registry.sealed_credential WHERE integration_id = $1', [integration.id]);
        await eventually(async () => expect((await rows()).rowCount).toBe(0));
        await eventually(() => connect({ slug: 'one-step-refused' }));
      },
      2 * PATIENCE_MS,
    );

    it.each([
      ['nobody knows', deriveId('ws', 'one-step-unknown')],
      ['another organization has', deriveId('ws', 'one-step-theirs')],
    ])('refuses the whole with a workspace that %s', async (_what, workspaceId) => {
      const before = await store.head();
      const unknown = provisioningV1.WantedProvision.fromPartial({ workspaceId });
      const refusal = {
        code: 'NOT_FOUND',
        reason: 'WORKSPACE_UNKNOWN',
        metadata: { workspace_id: workspaceId },
      };
      await expect(connect({ workspaces: [...wanted, unknown] })).rejects.toMatchObject(refusal);
      await expect(connect({ ownerWorkspaceId: workspaceId })).rejects.toMatchObject(refusal);
      expect(await store.head()).toBe(before);
    });

    it('waits for a workspace that was just made', async () => {
      const workspaceId = deriveId('ws', 'one-step-late');
      const late = connect({
        workspaces: [provisioningV1.WantedProvision.fromPartial({ workspaceId })],
        atLeastPosition: '1',
      });
      await createWorkspace(ours, workspaceId);
      expect((await late).integration.status).toBe(CONNECTING);
    });

    it('gives it to the workspace whose it is, and lists those of workspaces apart', async () => {
      const ownerWorkspaceId = workspaces[0] ?? '';
      const owned = await connect({ ownerWorkspaceId });
      const own = await connect();
      expect(owned.integration).toMatchObject({ ownerWorkspaceId, status: CONNECTING });
      const [connected] = await store.read(`integration-${owned.integration.id}`, { limit: 1 });
      expect(connected?.data['workspaces']).toEqual([
        { workspaceId: ownerWorkspaceId, models: { all: true } },
      ]);
      await tell('WorkspacesConnected', owned.integration.id);
      await eventually(async () => expect((await shown(owned.integration.id))?.status).toBe(CONNECTED));
      const listed = async (view: registryV1.IntegrationListView) => {
        const request = registryV1.ListIntegrationsRequest.fromPartial({
          view,
          pageSize: 200,
          atLeastPosition: own.position,
        });
        const { integrations: found, totalSize } = await integrations().listIntegrations(request);
        expect(totalSize).toBe(found.length);
        return found.map(({ id }) => id);
      };
      const { UNSPECIFIED, CONNECTED: ORGANIZATION, WORKSPACE_CREATED } = registryV1.IntegrationListView;
      expect(await listed(WORKSPACE_CREATED)).toEqual([owned.integration.id]);
      expect(await listed(ORGANIZATION)).toContain(own.integration.id);
      expect(await listed(ORGANIZATION)).not.toContain(owned.integration.id);
      const all = await listed(UNSPECIFIED);
      expect(all).toEqual(expect.arrayContaining([own.integration.id, owned.integration.id]));
      const foreign = connect({ ownerWorkspaceId, workspaces: wanted });
      await expect(foreign).rejects.toMatchObject({
        violations: [
          { field: 'workspaces[1].workspace_id', description: 'is not the workspace that it belongs to' },
        ],
      });
      // An admin of the organization changes it like any other.
      await rename(owned.integration.id, { name: 'Renamed' });
      await rotate(owned.integration.id);
      await remove(owned.integration.id);
    });

    it('is connected by the admin of a workspace for that alone, unless organization or workspace forbid it', async () => {
      const workspaceId = deriveId('ws', 'gh_of_workspace');
      await createWorkspace(ours, workspaceId);
      await issueKey(ours, 'gh_of_workspace', provisioningV1.ApiKeyRole.WORKSPACE_ADMIN);
      const byWorkspace = (request: Partial<registryV1.ConnectIntegrationRequest> = {}) =>
        connect({ atLeastPosition: '1', ...request }, 'gh_of_workspace');
      const own = await eventually(() => byWorkspace());
      expect(own.integration).toMatchObject({ ownerWorkspaceId: workspaceId, status: CONNECTING });
      for (const [request, reason] of [
        [{ ownerWorkspaceId: workspaces[0] ?? '' }, 'WORKSPACE_FORBIDDEN'],
        [
          { references: { api_key: typeV1.SecretUse.fromPartial({ reference: 'theirs' }) } },
          'OF_THE_ORGANIZATION',
        ],
        [{ draftId: deriveId('dft', 'ours') }, 'OF_THE_ORGANIZATION'],
      ] as const) {
        await expect(byWorkspace(request)).rejects.toMatchObject({ code: 'FORBIDDEN', reason });
      }
      await expect(byWorkspace({ workspaces: wanted })).rejects.toMatchObject({ reason: 'REQUEST_INVALID' });
      const say = (
        type: 'WorkspacesConnectingSet' | 'WorkspaceConnectingSet',
        at: bigint,
        allowed: boolean,
      ) =>
        type === 'WorkspacesConnectingSet'
          ? publish(ours, type, `organization-${ours}`, { organizationId: ours, allowed }, at)
          : publish(ours, type, `workspace-${workspaceId}`, { workspaceId, allowed }, at);
      const forbidden = (by: string) => ({
        code: 'FORBIDDEN',
        reason: 'WORKSPACE_MAY_NOT_CONNECT',
        metadata: { said_by: by },
      });
      const isForbidden = (by: string) =>
        eventually(() => expect(byWorkspace()).rejects.toMatchObject(forbidden(by)));
      await say('WorkspacesConnectingSet', 0n, false);
      await isForbidden('organization');
      // What is there stays, and the organization's admins connect for workspaces as before.
      expect((await shown(own.integration.id))?.status).toBe(CONNECTING);
      await connect({ ownerWorkspaceId: workspaceId });
      await say('WorkspaceConnectingSet', 1n, true);
      await eventually(() => byWorkspace());
      await say('WorkspacesConnectingSet', 1n, true);
      await say('WorkspaceConnectingSet', 2n, false);
      await isForbidden('workspace');
    });

    it('carries a policy for workspaces to come, judged as a provision is', async () => {
      const hourly = typeV1.Limit.fromPartial({
        kind: {
          $case: 'rateLimit',
          value: { unit: typeV1.RateUnit.REQUESTS, window: typeV1.RateWindow.HOUR, quota: 5n },
        },
      });
      const autoProvision = provisioningV1.WantedAutoProvision.fromPartial({
        limits: [hourly],
        models: { all: false, names: ['small'] },
        existing: provisioningV1.ExistingProvisions.KEEP,
      });
      const small = typeV1.Model.fromPartial({ name: 'small', contextWindow: 2n, maxOutputTokens: 1n });
      const { integration } = await connect({ autoProvision, customModels: [small] });
      const [connected] = await store.read(`integration-${integration.id}`, { limit: 1 });
      expect(connected?.data['autoProvision']).toEqual(
        provisioningV1.WantedAutoProvision.toJSON(autoProvision),
      );
      const faulty = { ...autoProvision, limits: [hourly, hourly], models: { all: false, names: ['huge'] } };
      await expect(connect({ autoProvision: faulty, customModels: [small] })).rejects.toMatchObject({
        violations: [
          { field: 'auto_provision.models.names[0]' },
          { field: expect.stringMatching(/^auto_provision\.limits/) as string },
        ],
      });
      const ofWorkspace = connect({
        autoProvision,
        customModels: [small],
        ownerWorkspaceId: workspaces[0] ?? '',
      });
      await expect(ofWorkspace).rejects.toMatchObject({ violations: [{ field: 'auto_provision' }] });
    });

    it('is listed by whoever is behind the key that connected it', async () => {
      const { ADMIN } = provisioningV1.ApiKeyRole;
      const memberId = deriveId('mbr', 'ann');
      await issueKey(ours, 'gh_ann', ADMIN, { memberId });
      await issueKey(ours, 'gh_ann_2', ADMIN, { memberId });
      await issueKey(ours, 'gh_of_ann', ADMIN, { issuer: 'gh_ann' });
      await issueKey(ours, 'gh_of_that', ADMIN, { issuer: 'gh_of_ann' });
      await issueKey(ours, 'gh_nobodys', ADMIN, {});
      const keys = ['gh_ann', 'gh_of_that', 'gh_nobodys'] as const;
      const made = new Map<string, string>();
      let last = '';
      for (const key of keys) {
        const { integration, position } = await eventually(() => connect({}, key));
        made.set(key, integration.id);
        last = position;
      }
      const mine = async (key: string) => {
        const request = { mine: true, pageSize: 200, atLeastPosition: last };
        const { integrations: found, totalSize } = await eventually(() =>
          integrations(key).listIntegrations(registryV1.ListIntegrationsRequest.fromPartial(request)),
        );
        expect(totalSize).toBe(found.length);
        return found.map(({ id }) => id);
      };
      const anns = [made.get('gh_ann'), made.get('gh_of_that')];
      for (const key of ['gh_ann', 'gh_ann_2', 'gh_of_ann', 'gh_of_that'])
        expect(await mine(key)).toEqual(anns);
      expect(await mine('gh_nobodys')).toEqual([made.get('gh_nobodys')]);
    });

    it('answers again what it made, whatever became of it', async () => {
      const request = connectRequest({ workspaces: wanted });
      const first = await integrations().connectIntegration(request);
      await tell('WorkspacesConnected', first.integration?.id ?? '');
      await eventually(async () =>
        expect((await integrations().connectIntegration(request)).integration).toMatchObject({
          id: first.integration?.id,
          status: CONNECTED,
        }),
      );
    });

    it('tells what is wrong with them', async () => {
      const refused = connect({
        workspaces: [
          ...wanted,
          provisioningV1.WantedProvision.fromPartial({
            workspaceId: 'ws_',
            models: { all: false, names: [] },
          }),
        ],
      });
      await expect(refused).rejects.toMatchObject({
        violations: [
          { field: 'workspaces[2].workspace_id', description: 'is not such an id' },
          { field: 'workspaces[2].models', description: 'must allow all models or name at least one' },
        ],
      });
    });
  });

  describe('where a second admin is wanted', () => {
    // At the revisions of the organization's stream that come after those above.
    const want = async (required: boolean, at: bigint) => {
      const told = eventsV1.OrganizationApprovalChanged.fromPartial({ organizationId: ours, required });
      const data = eventsV1.OrganizationApprovalChanged.toJSON(told);
      await publish(ours, 'OrganizationApprovalChanged', `organization-${ours}`, data, at);
      await eventually(async () => {
        const told = await pool.query('SELECT FROM registry_dependents.approval_required');
        expect(told.rowCount).toBe(required ? 1 : 0);
      });
    };

    const proposals = (serviceToken: string) =>
      grpcClient(registryV1.ProposalServiceClient, { address: listen, serviceToken });
    /** As provisioning asks once a proposal is approved. */
    const carryOut = (proposed: provisioningV1.ProposeChangeRequest, serviceToken = 'provisioning-token') =>
      proposals(serviceToken).carryOutProposal({ ...proposed, causationId: 'approval' });
    const proposalOf = async (attempt: Promise<unknown>): Promise<provisioningV1.ProposeChangeRequest> => {
      await expect(attempt).rejects.toMatchObject({
        ...{ code: 'REFUSED', reason: 'APPROVAL_REQUIRED' },
        metadata: { status: 'open' },
      });
      const [last] = desk.proposed.slice(-1);
      if (!last) throw new Error('nothing was proposed');
      return last;
    };
    const end = (type: 'ProposalRejected' | 'ProposalExpired', { requestId }: { requestId: string }) => {
      const proposalId = desk.idOf(requestId);
      const data = eventsV1[type].toJSON({ proposalId });
      return publish(ours, type, `proposal-${proposalId}`, data, 0n);
    };
    const kept = async (integrationId: string): Promise<number[]> => {
      const { rows } = await pool.query<{ credential_version: number }>(
        'SELECT credential_version FROM registry.sealed_credential WHERE integration_id = $1 ORDER BY 1',
        [integrationId],
      );
      return rows.map((row) => row.credential_version);
    };

    it('whatever lets more is proposed, and done once somebody else has approved it', async () => {
      const { integration } = await connect();
      await disable(integration.id);
      await want(true, 2n);
      const at = { integrationId: integration.id };
      const asked = <Fields extends object>(fields: Fields) => ({
        ...{ requestId: `wanted-${++requests}`, reason: 'spec', expectedRevision: undefined },
        ...fields,
      });
      const { ChangeModelAccessRequest, DefineCustomModelRequest, ReconfigureIntegrationRequest } =
        registryV1;
      const prices = typeV1.Prices.fromPartial({ rates: { input: 1n } });
      const model = typeV1.CustomModel.fromPartial({ name: 'mine', contextWindow: 2n, maxOutputTokens: 1n });
      const by = integrations();
      const ways: Readonly<Record<string, () => Promise<unknown>>> = {
        EnableIntegration: () => enable(integration.id),
        RotateCredential: () => rotate(integration.id),
        ReconfigureIntegration: () =>
          by.reconfigureIntegration(
            ReconfigureIntegrationRequest.fromPartial(
              asked({
                ...at,
                updateMask: ['custom_host'],
                customHost: 'http://127.0.0.1:9001/v1',
                credential: { api_key: CANARY },
              }),
            ),
          ),
        ChangeModelAccess: () =>
          by.changeModelAccess(ChangeModelAccessRequest.fromPartial(asked({ ...at, allow: ['first'] }))),
        DefineCustomModel: () =>
          by.defineCustomModel(DefineCustomModelRequest.fromPartial(asked({ ...at, model }))),
        // A model of the catalog may have its name, and be cheaper.
        RemoveCustomModel: () => by.removeCustomModel(asked({ ...at, name: 'mine' })),
        OverridePrice: () => by.overridePrice(asked({ ...at, model: 'first', prices })),
        RemovePriceOverride: () => by.removePriceOverride(asked({ ...at, model: 'first' })),
        SetPriceMultiplier: () => by.setPriceMultiplier(asked({ ...at, priceMultiplier: 5_000n })),
      };
      for (const [way, attempt] of Object.entries(ways)) {
        const before = await store.read(`integration-${integration.id}`);
        const proposed = await proposalOf(attempt());
        expect(await store.read(`integration-${integration.id}`)).toEqual(before);
        expect(proposed).toMatchObject({
          ...{ organizationId: ours, judgedStream: `integration-${integration.id}` },
          judgedRevision: BigInt(before.length - 1),
          command: { name: way },
          proposedBy: { kind: typeV1.ActorKind.API_KEY, id: deriveId('key', 'gh_ours') },
          scopes: ['organisation_integrations.update'],
        });
        await carryOut(proposed);
        await carryOut(proposed);
        const after = await store.read(`integration-${integration.id}`);
        expect([way, after.length]).toEqual([way, before.length + 1]);
        expect(after.at(-1)?.metadata).toMatchObject({
          ...{ requestId: proposed.requestId, command: way, causationId: 'approval' },
          actor: { kind: 'apiKey', id: deriveId('key', 'gh_ours') },
        });
      }
      const locator = (path: string): typeV1.SecretLocator => ({
        manager: { $case: 'hashicorpVault', value: { mount: 'secret', path } },
      });
      await references().defineSecretReference(asked({ slug: 'approved', locator: locator('a') }));
      const led = await proposalOf(
        references().changeSecretReference(asked({ slug: 'approved', locator: locator('b') })),
      );
      expect(led).toMatchObject({
        judgedStream: `secretreference-${ours}-approved`,
        command: { name: 'ChangeSecretReference' },
        scopes: ['secret_references.update'],
      });
      const other = asked({ slug: 'approved', locator: locator('a') });
      const taken = { ...other, requestId: led.requestId };
      await expect(references().changeSecretReference(taken)).rejects.toMatchObject({
        reason: 'REQUEST_ID_REUSED',
      });
      await carryOut(led);
      expect((await store.read(`secretreference-${ours}-approved`)).at(-1)?.type).toBe(
        'SecretReferenceChanged',
      );
      const removal = { requestId: `remove-${++requests}`, reason: '', slug: 'approved' };
      await references().removeSecretReference(removal);
      expect(desk.tokens).toContain('registry-token');
      // No secret is told to whoever decides, and none waits any more.
      expect(JSON.stringify(desk.proposed.map(provisioningV1.ProposeChangeRequest.toJSON))).not.toContain(
        CANARY,
      );
      await eventually(async () => expect(await kept(integration.id)).toEqual([3]));
      await rename(integration.id);
      await want(false, 3n);
      await rotate(integration.id);
    }, 60_000);

    it('nothing is done that nobody approved, and its credential is destroyed with its proposal', async () => {
      const { integration } = await connect();
      await want(true, 4n);
      const rejected = await proposalOf(rotate(integration.id));
      const stale = await proposalOf(rotate(integration.id));
      expect(rejected.command?.credential).toMatchObject({ version: 2, origins: ['http://127.0.0.1:9000'] });
      expect(await kept(integration.id)).toEqual([1, 2, 2]);
      // Only provisioning says what is approved.
      for (const other of ['gateway-token', 'registry-token', 'operator-token'])
        await expect(carryOut(rejected, other)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const foreign = { ...rejected, organizationId: theirs };
      await expect(carryOut(foreign)).rejects.toMatchObject({ reason: 'INTEGRATION_UNKNOWN' });
      await end('ProposalRejected', rejected);
      await eventually(async () => expect(await kept(integration.id)).toEqual([1, 2]));
      await expect(carryOut(rejected)).rejects.toMatchObject({ reason: 'CREDENTIAL_GONE' });
      // What it is called is no part of its credential; that is, whoever was quicker has changed.
      const quicker = await proposalOf(rotate(integration.id, { expectedRevision: integration.revision }));
      await rename(integration.id);
      await carryOut(quicker);
      await expect(carryOut(stale)).rejects.toMatchObject({ reason: 'REVISION_MISMATCH' });
      await eventually(async () => expect(await kept(integration.id)).toEqual([2]));
      const expired = await proposalOf(rotate(integration.id));
      await end('ProposalExpired', expired);
      await eventually(async () => expect(await kept(integration.id)).toEqual([2]));
      // Nobody to decide on it: it is refused, and nothing is done.
      desk.down = true;
      await expect(rotate(integration.id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      desk.down = false;
      await want(false, 5n);
    }, 60_000);

    it('a credential is not approved for one secret and becomes another by its reference', async () => {
      const locator = (path: string): typeV1.SecretLocator => ({
        manager: { $case: 'hashicorpVault', value: { mount: 'secret', path } },
      });
      const asked = (slug: string) => ({ requestId: `led-${++requests}`, reason: 'spec', slug });
      const define = (slug: string, path: string) =>
        references().defineSecretReference({ ...asked(slug), locator: locator(path) });
      const remove = (slug: string) => references().removeSecretReference(asked(slug));
      const lead = async (slug: string, path: string) => {
        await remove(slug);
        await define(slug, path);
      };
      for (const slug of ['led', 'older']) await define(slug, 'shown');
      const ids = [(await connect()).integration.id, (await connect()).integration.id] as const;
      await want(true, 6n);
      const propose = (id: string, reference: string) =>
        proposalOf(rotate(id, { credential: {}, references: { api_key: { reference, member: '' } } }));
      const [first, second] = [await propose(ids[0], 'led'), await propose(ids[0], 'led')];
      const { command, ...earlier } = await propose(ids[1], 'older');
      const locatedReferences = [{ slug: 'led', locator: locator('shown') }];
      expect(first.command?.credential).toMatchObject({ locatedReferences });
      await lead('led', 'elsewhere');
      await expect(carryOut(first)).rejects.toMatchObject({ reason: 'REVISION_MISMATCH' });
      await lead('led', 'shown');
      await carryOut(second);
      // What was proposed before that was told is carried out as it would have been.
      await lead('older', 'elsewhere');
      const untold = { ...command?.credential, locatedReferences: [] };
      await carryOut(
        provisioningV1.ProposeChangeRequest.fromPartial({
          ...earlier,
          command: { ...command, credential: untold },
        }),
      );
      await want(false, 7n);
      for (const id of ids) await rotate(id);
      for (const slug of ['led', 'older']) await eventually(() => remove(slug));
    }, 60_000);
  });

  it('gives up a connection that nobody completed', async () => {
    const lost = { organizationId: ours, slug: 'half-made', integrationId: deriveId('int', 'half-made') };
    await store.append(
      `slug-${ours}-half-made`,
      [
        {
          id: deriveEventId('half-made'),
          type: 'SlugReserved',
          version: 1,
          data: lost,
          metadata: {
            organizationId: ours,
            actor: { kind: 'operator', id: 'operator', address: '' },
            reason: '',
            requestId: 'half-made',
            command: 'ConnectIntegration',
            correlationId: '',
            causationId: '',
          },
        },
      ],
      'none',
    );
    await expect(connect({ slug: 'half-made' })).rejects.toMatchObject({ reason: 'SLUG_TAKEN' });
    // As if it had been made a minute ago.
    const olderBy = `UPDATE registry.open_reservation SET reserved_at = reserved_at - interval '1 minute' WHERE slug = $1`;
    await eventually(async () => expect((await pool.query(olderBy, ['half-made'])).rowCount).toBe(1));
    await eventually(async () => void (await connect({ slug: 'half-made' })));
    const [abandoned] = await store.read(`integration-${lost.integrationId}`);
    expect(abandoned).toMatchObject({
      type: 'IntegrationConnectAbandoned',
      metadata: { organizationId: ours, actor: { kind: 'service', id: 'registry' } },
    });
  });

  it('lists the own organization in order of creation, page by page, without the deleted', async () => {
    const slugs = ['list-1', 'list-2', 'list-3', 'list-4'];
    const made = [];
    for (const slug of slugs) made.push(await connect({ slug }, 'gh_theirs'));
    const second = made[1]?.integration.id ?? '';
    const { position: reached } = await integrations('gh_theirs').deleteIntegration(
      registryV1.DeleteIntegrationRequest.fromPartial({ requestId: 'list-delete', integrationId: second }),
    );
    const pages: string[][] = [];
    let pageToken = '';
    do {
      const page = await integrations('gh_theirs').listIntegrations(
        registryV1.ListIntegrationsRequest.fromPartial({
          pageSize: 2,
          pageToken,
          atLeastPosition: reached,
        }),
      );
      pages.push(page.integrations.map(({ slug }) => slug));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(pages).toEqual([['list-1', 'list-3'], ['list-4']]);
  });

  describe('a list', () => {
    const ORGANIZATION = organizationId(deriveId('org', 'lists'));
    const listed = async (request: Partial<registryV1.ListIntegrationsRequest> = {}) => {
      const page = await integrations('gh_lists').listIntegrations(
        registryV1.ListIntegrationsRequest.fromPartial({ atLeastPosition: reached, ...request }),
      );
      return {
        slugs: page.integrations.map(({ slug }) => slug),
        total: page.totalSize,
        next: page.nextPageToken,
      };
    };
    const slugsOf = async (request: Partial<registryV1.ListIntegrationsRequest>) =>
      (await listed(request)).slugs;
    let reached = '';

    beforeAll(async () => {
      await issueKey(ORGANIZATION, 'gh_lists', provisioningV1.ApiKeyRole.ADMIN);
      await eventually(async () => void (await listed()));
      const made: [slug: string, name: string, provider: string][] = [
        ['delta', 'Beta', 'openai'],
        ['Alpha', 'beta', 'self-hosted'],
        ['charlie', 'alpha 100%', 'self-hosted'],
        ['bravo', 'Äther', 'self-hosted'],
        ['echo', 'Gone', 'self-hosted'],
      ];
      const ids: string[] = [];
      for (const [slug, name, provider] of made) {
        const customHost = provider === 'openai' ? '' : SELF_HOSTED.customHost;
        const answer = await connect({ slug, name, provider, customHost }, 'gh_lists');
        ids.push(answer.integration.id);
      }
      const admin = integrations('gh_lists');
      const [, alpha = '', , , echo = ''] = ids;
      const change = { reason: '', expectedRevision: undefined };
      await admin.disableIntegration({ ...change, requestId: 'lists-off', integrationId: alpha });
      const removal = { ...change, requestId: 'lists-delete', integrationId: echo, force: false };
      reached = (await admin.deleteIntegration(removal)).position;
    });

    it.each<[string, Partial<registryV1.ListIntegrationsRequest>, string[]]>([
      ['everything that is not deleted', {}, ['delta', 'Alpha', 'charlie', 'bravo']],
      ['the newest first', { orderBy: 'connected_at desc' }, ['bravo', 'charlie', 'Alpha', 'delta']],
      ['by name, and those of one name by age', { orderBy: 'name' }, ['charlie', 'delta', 'Alpha', 'bravo']],
      ['by name, turned round', { orderBy: 'name desc' }, ['bravo', 'Alpha', 'delta', 'charlie']],
      ['by slug', { orderBy: 'slug' }, ['Alpha', 'bravo', 'charlie', 'delta']],
      ['of a provider', { provider: 'openai' }, ['delta']],
      ['of no provider', { provider: 'open' }, []],
      ['of a status', { status: registryV1.IntegrationStatus.DISABLED }, ['Alpha']],
      ['connected', { status: registryV1.IntegrationStatus.CONNECTED }, ['delta', 'charlie', 'bravo']],
      ['deleted', { status: registryV1.IntegrationStatus.DELETED }, ['echo']],
      ['found by name', { search: 'BETA' }, ['delta', 'Alpha']],
      ['found by slug or name', { search: 'alpha' }, ['Alpha', 'charlie']],
      ['found by what is no pattern', { search: '0%' }, ['charlie']],
      ['found by all at once', { search: 'beta', provider: 'openai' }, ['delta']],
      ['passed over', { skip: 2 }, ['charlie', 'bravo']],
      ['passed over altogether', { skip: 9 }, []],
    ])('is of what is asked for: %s', async (_what, request, slugs) => {
      const { skip: _skip, ...selection } = request;
      expect(await listed(request)).toEqual({
        slugs,
        total: (await slugsOf(selection)).length,
        next: '',
      });
    });

    it.each(['', 'name', 'name desc', 'slug desc'])('is the same in pages, by %j', async (orderBy) => {
      const whole = await slugsOf({ orderBy });
      const seen: string[] = [];
      let pageToken = '';
      do {
        const page = await listed({ orderBy, pageSize: 1, pageToken });
        expect(page.total).toBe(4);
        seen.push(...page.slugs);
        pageToken = page.next;
      } while (pageToken !== '');
      expect(seen).toEqual(whole);
    });

    it('passes over what follows the page before', async () => {
      const { next } = await listed({ orderBy: 'slug', pageSize: 1 });
      expect(await slugsOf({ orderBy: 'slug', pageToken: next, skip: 1 })).toEqual(['charlie', 'delta']);
    });

    it('refuses a token of another filter or order', async () => {
      const { next: pageToken } = await listed({ orderBy: 'slug', pageSize: 1 });
      for (const other of [{ orderBy: 'name' }, { orderBy: 'slug desc' }, { orderBy: 'slug', search: 'a' }]) {
        await expect(listed({ ...other, pageToken })).rejects.toMatchObject({
          code: 'INVALID',
          reason: 'PAGE_TOKEN_MALFORMED',
        });
      }
    });

    it.each<[string, Partial<registryV1.ListIntegrationsRequest>]>([
      ['order_by', { orderBy: 'revision' }],
      ['order_by', { orderBy: 'name; --' }],
      ['skip', { skip: -1 }],
      ['status', { status: 77 as registryV1.IntegrationStatus }],
      ['search', { search: 'x'.repeat(101) }],
      ['search', { search: 'a\u0000' }],
      ['provider', { provider: 'x'.repeat(65) }],
    ])('refuses what it cannot mean: %s', (field, request) =>
      expect(listed(request)).rejects.toMatchObject({
        code: 'INVALID',
        violations: [expect.objectContaining({ field })],
      }),
    );
  });

  it('keeps organizations apart', async () => {
    const { integration, position: reached } = await connect({ slug: 'same' });
    await connect({ slug: 'same' }, 'gh_theirs');
    const head = await store.head();
    const { id: integrationId, slug } = integration;
    const stranger = integrations('gh_theirs');
    const unknown = { code: 'NOT_FOUND', reason: 'INTEGRATION_UNKNOWN' };
    await expect(stranger.getIntegration({ integrationId, atLeastPosition: reached })).rejects.toMatchObject(
      unknown,
    );
    const command = { requestId: 'connect-1', reason: '', integrationId };
    const rotation = stranger.rotateCredential({
      ...command,
      credential: { api_key: 'x' },
      headers: {},
      references: {},
      credentialExpiresAt: undefined,
    });
    await expect(rotation).rejects.toMatchObject(unknown);
    const deletion = { ...command, force: true };
    await expect(stranger.deleteIntegration(deletion)).rejects.toMatchObject(unknown);
    await expect(stranger.getIntegrationDependents({ integrationId })).rejects.toMatchObject(unknown);
    await expect(stranger.disableIntegration(command)).rejects.toMatchObject(unknown);
    await expect(stranger.enableIntegration(command)).rejects.toMatchObject(unknown);
    await expect(stranger.renameIntegration({ ...command, name: 'x' })).rejects.toMatchObject(unknown);
    await expect(stranger.describeIntegration({ ...command, description: 'x' })).rejects.toMatchObject(
      unknown,
    );
    const own = (await store.read(`integration-${integrationId}`))[0]?.metadata.requestId ?? '';
    await expect(stranger.deleteIntegration({ ...deletion, requestId: own })).rejects.toMatchObject(unknown);
    const listed = await stranger.listIntegrations(
      registryV1.ListIntegrationsRequest.fromPartial({
        pageSize: 200,
        pageToken: '',
        atLeastPosition: reached,
      }),
    );
    expect(listed.integrations.map(({ id }) => id)).not.toContain(integrationId);
    expect(slug).toBe('same');
    expect(await store.head()).toBe(head);
  });

  it('shows the catalog to whoever is known', async () => {
    for (const options of [{ apiKey: 'gh_workspace' }, { serviceToken: 'metering-token' }]) {
      const { providers, nextPageToken } = await catalog(options).listProviders({
        pageSize: 0,
        pageToken: '',
      });
      expect(providers).toHaveLength(50);
      expect(nextPageToken).not.toBe('');
    }
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await catalog().listProviders({ pageSize: 30, pageToken });
      names.push(...page.providers.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(names.length).toBeGreaterThan(80);
    expect(names).toEqual([...names].sort());
  });

  it('shows the form by which a provider is connected, and whether it can be called', async () => {
    const shown = async (name: string) => (await catalog().getProvider({ name })).provider;
    expect(await shown('self-hosted')).toMatchObject({
      customHost: registryV1.CustomHostRule.REQUIRED,
      credentialFields: ['api_key?'],
      dialect: 'openai',
      dialects: [typeV1.Dialect.OPENAI],
      auth: typeV1.AuthScheme.BEARER,
      endpoints: [{ kind: typeV1.EndpointKind.CHAT_COMPLETIONS, path: '/chat/completions' }],
      served: true,
    });
    expect(await shown('vertex-ai')).toMatchObject({ served: false });
    expect(await shown('bedrock')).toMatchObject({
      served: true,
      form: expect.arrayContaining([
        expect.objectContaining({ name: 'aws_secret_access_key', secret: true, required: true }),
        expect.objectContaining({ name: 'region', secret: false, required: true }),
      ]),
    });
    await expect(shown('constructor')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      reason: 'PROVIDER_UNKNOWN',
    });
  });

  it("lists a provider's models in pages, before anything is connected", async () => {
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await catalog().listModels({ provider: 'openai', pageSize: 5, pageToken });
      names.push(...page.models.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toContain('gpt-4o-mini');
    await expect(
      catalog().listModels({ provider: 'nobody', pageSize: 0, pageToken: '' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'PROVIDER_UNKNOWN' });
  });

  it('publishes catalog and price book once, and serves their contents by hash to services', async () => {
    const publications = [
      ...(await store.read('catalog-published')),
      ...(await store.read('pricebook-published')),
    ];
    expect(publications.map(({ type, data }) => [type, data['version']])).toEqual([
      ['CatalogPublished', '1'],
      ['PriceBookPublished', '1'],
    ]);
    for (const { data } of publications) {
      const sha256 = String(data['sha256']);
      const content = await catalog({ serviceToken: 'metering-token' }).getPublishedContent({ sha256 });
      expect(openContent({ sha256, gzip: content.gzip })).toHaveProperty('providers');
    }
    const unknown = 'ab'.repeat(32);
    await expect(
      catalog({ serviceToken: 'metering-token' }).getPublishedContent({ sha256: unknown }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'CONTENT_UNKNOWN' });
    await expect(catalog().getPublishedContent({ sha256: unknown })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const names: string[] = [];
    for (let pageToken = ''; ;) {
      const page = await catalog().listPrices({
        provider: 'openai',
        search: 'GPT-4o',
        pageSize: 2,
        pageToken,
      });
      expect(page).toMatchObject({ priceBookVersion: 1n, source: 'built in', refreshFault: '' });
      names.push(...page.prices.map(({ model }) => model));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toEqual(expect.arrayContaining(['gpt-4o', 'gpt-4o-mini']));
    const models = await catalog().listModels({ provider: 'openai', pageSize: 5, pageToken: '' });
    expect(models).toMatchObject({ catalogVersion: 1n, priceBookVersion: 1n });
    expect(models.facts.map(({ name }) => name)).toEqual(models.models.map(({ name }) => name));
  });

  it('prices models of integrations for metering by the book that it names, own prices first, and for nobody else', async () => {
    const { integration } = await connect({ provider: 'openai', customHost: '' });
    const [integrationId, foreign] = [integration?.id ?? '', deriveId('int', 'of nobody')];
    const prices = { rates: { input: '7', output: '8' } };
    await integrations().overridePrice(
      registryV1.OverridePriceRequest.fromJSON({
        ...{ requestId: 'override to rate by', integrationId, model: 'gpt-4o', prices },
      }),
    );
    const models = ['gpt-4o', 'gpt-4o-mini', 'nobody-knows'].map((model) => ({ integrationId, model }));
    const asked = registryV1.PriceModelsRequest.fromPartial({
      organizationId: ours,
      models: [...models, { integrationId: foreign, model: 'gpt-4o' }],
    });
    const price = (more: Partial<registryV1.PriceModelsRequest>, serviceToken = 'metering-token') =>
      catalog({ serviceToken }).priceModels({ ...asked, ...more });
    const listed = await catalog().listPrices({
      ...{ provider: 'openai', search: 'gpt-4o-mini', pageSize: 0, pageToken: '' },
    });
    const ofBook = listed.prices.find(({ model }) => model === 'gpt-4o-mini');
    const priced = await price({});
    expect(ofBook).toBeDefined();
    expect(priced).toMatchObject({
      priceBookVersion: 1n,
      models: [
        { integrationId, model: 'gpt-4o', prices: { rates: { input: 7n, output: 8n } } },
        { model: 'gpt-4o-mini', prices: ofBook?.prices },
        { model: 'nobody-knows', prices: undefined },
        { integrationId: foreign, prices: undefined },
      ],
    });
    expect(await price({ priceBook: { $case: 'version', value: 1n } })).toEqual(priced);
    expect(await price({ priceBook: { $case: 'at', value: new Date() } })).toEqual(priced);
    const theirsAsk = await price({ organizationId: theirs });
    expect(theirsAsk.models.every(({ prices: none }) => none === undefined)).toBe(true);
    const unknown = { code: 'NOT_FOUND', reason: 'PRICE_BOOK_UNKNOWN' };
    for (const priceBook of [
      { $case: 'version', value: 0n },
      { $case: 'version', value: 2n },
      { $case: 'at', value: new Date(0) },
    ] as const)
      await expect(price({ priceBook })).rejects.toMatchObject(unknown);
    for (const wrong of [
      { organizationId: 'x' },
      { models: Array.from({ length: 2_001 }, () => asked.models[0] as (typeof asked.models)[0]) },
      { models: [{ integrationId: 'x', model: '' }] },
    ])
      await expect(price(wrong)).rejects.toMatchObject({ code: 'INVALID', reason: 'REQUEST_INVALID' });
    await expect(price({}, 'gateway-token')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('keeps the fields of a form in the open, fills the base URL with them, and says what is not served', async () => {
    const { integration, position } = await connect({
      provider: 'vertex-ai',
      customHost: '',
      credential: { service_account_json: '{"private_key":"x"}' },
      fields: { region: 'europe-west4', project_id: 'p-1' },
    });
    expect(integration).toMatchObject({
      fields: { region: 'europe-west4', project_id: 'p-1' },
      served: false,
    });
    const got = await integrations().getIntegration({
      integrationId: integration.id,
      atLeastPosition: position,
    });
    expect(got.integration).toMatchObject({ fields: integration.fields, served: false });
    const [event] = await store.read(`integration-${integration.id}`);
    expect(event?.data).toMatchObject({ baseUrl: 'https://europe-west4-aiplatform.googleapis.com' });
  });

  it('opens the vault to gateways alone', async () => {
    const { integration } = await connect();
    const request = { integrationId: integration.id, credentialVersion: 1 };
    for (const options of [
      { apiKey: 'gh_ours' },
      { apiKey: 'gh_workspace' },
      { serviceToken: 'metering-token' },
      { serviceToken: 'registry-token' },
      { serviceToken: 'operator-token' },
    ]) {
      await expect(vault(options).getSealedCredential(request)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    for (const role of ['provisioning', 'metering', 'gateway', 'audit'] as const) {
      const other = createPool(database.urlAs(role), { name: 'spec-other', max: 1 });
      await expect(other.query('SELECT * FROM registry.sealed_credential')).rejects.toThrow(
        /permission denied/,
      );
      await other.end();
    }
  });

  describe('bad input', () => {
    const model = { name: 'm', maxOutputTokens: 1n, contextWindow: 1n };
    const faults: [string, Partial<registryV1.ConnectIntegrationRequest>, string][] = [
      ['no request id', { requestId: '' }, 'request_id'],
      ['an oversized request id', { requestId: 'x'.repeat(129) }, 'request_id'],
      ['an oversized reason', { reason: 'x'.repeat(513) }, 'reason'],
      ['no name', { name: '' }, 'name'],
      ['an oversized name', { name: 'x'.repeat(101) }, 'name'],
      ['a name with control characters', { name: 'a\u0000b' }, 'name'],
      ['a name turned around', { name: 'a\u202eb' }, 'name'],
      ['no slug', { slug: '' }, 'slug'],
      ['an oversized slug', { slug: 'x'.repeat(65) }, 'slug'],
      ['a malformed slug', { slug: `${CANARY}/` }, 'slug'],
      ['no provider', { provider: '' }, 'provider'],
      ['no credential', { provider: 'openai', customHost: '', credential: {} }, 'credential.api_key'],
      ['an empty credential field', { credential: { api_key: '' } }, 'credential.api_key'],
      ['an oversized credential', { credential: { api_key: CANARY.repeat(1_000) } }, 'credential.api_key'],
      [
        'a credential with line breaks',
        { credential: { api_key: `${CANARY}\r\nx: y` } },
        'credential.api_key',
      ],
      ['an unknown credential field', { credential: { [CANARY]: CANARY } }, 'credential'],
      ['no custom host where it is required', { customHost: '' }, 'custom_host'],
      ['a custom host where it is refused', { provider: 'anthropic' }, 'custom_host'],
      ['a private host that is not allowed', { customHost: 'http://10.0.0.1:8000/v1' }, 'custom_host'],
      ['a local name that is not allowed', { customHost: 'https://vllm.internal' }, 'custom_host'],
      ['plain text to the internet', { customHost: 'http://8.8.8.8/v1' }, 'custom_host'],
      ['a metadata host', { customHost: 'http://169.254.169.254' }, 'custom_host'],
      ['a host with a password', { customHost: `http://u:${CANARY}@a.example` }, 'custom_host'],
      ['a host with a query', { customHost: `http://a.example/?k=${CANARY}` }, 'custom_host'],
      ['an oversized host', { customHost: `http://a.example/${'x'.repeat(3_000)}` }, 'custom_host'],
      ['a model without a name', { customModels: [{ ...model, name: '' }] }, 'custom_models[0].name'],
      ['a model twice', { customModels: [model, model] }, 'custom_models[1].name'],
      [
        'a model without output',
        { customModels: [{ ...model, maxOutputTokens: 0n }] },
        'custom_models[0].max_output_tokens',
      ],
      [
        'a model of negative context',
        { customModels: [{ ...model, contextWindow: -1n }] },
        'custom_models[0].context_window',
      ],
      [
        'a negative price',
        { customModels: [{ ...model, inputNanoUsdPerMillion: -1n }] },
        'custom_models[0].input_nano_usd_per_million',
      ],
      [
        'an absurd price',
        { customModels: [{ ...model, cacheWriteNanoUsdPerMillion: 9_000_000_000_000_000_000n }] },
        'custom_models[0].cache_write_nano_usd_per_million',
      ],
      [
        'too many models',
        { customModels: Array.from({ length: 201 }, (_, index) => ({ ...model, name: `${index}` })) },
        'custom_models',
      ],
    ];

    const refusalOf = async (call: Promise<unknown>): Promise<AppError> => {
      const outcome = await call.catch((error: unknown) => error);
      if (!(outcome instanceof AppError)) throw new Error('was not refused');
      expect(JSON.stringify([outcome.message, outcome.metadata, outcome.violations])).not.toContain('canary');
      return outcome;
    };

    let head: bigint;
    let target: registryV1.Integration;
    beforeAll(async () => {
      ({ integration: target } = await connect({ slug: 'target' }));
      // The cleanup has nothing left to record.
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      head = await store.head();
    });
    afterAll(async () => {
      expect(await store.head()).toBe(head);
      expect(await vaultRows(target.id)).toBe(1);
    });

    it.each(faults)('connect refuses %s', async (_what, request, fieldName) => {
      const refusal = await refusalOf(integrations().connectIntegration(connectRequest(request)));
      expect(refusal).toMatchObject({ code: 'INVALID', reason: 'REQUEST_INVALID' });
      expect(refusal.violations.map(({ field }) => field)).toContain(fieldName);
    });

    it('connect refuses every host of the suite whose text says where it leads', async () => {
      const rows = REFUSED_HOSTS.filter(
        ({ what, addresses }) => addresses === undefined && what !== 'loopback',
      );
      expect(rows.length).toBeGreaterThan(120);
      for (const { url } of rows) {
        const refusal = await refusalOf(
          integrations().connectIntegration(connectRequest({ customHost: url })),
        );
        expect([url, refusal.code, refusal.violations.map(({ field }) => field)]).toEqual([
          url,
          'INVALID',
          ['custom_host'],
        ]);
      }
    });

    it('connect tells all faults at once', async () => {
      const refusal = await refusalOf(
        integrations().connectIntegration(registryV1.ConnectIntegrationRequest.fromPartial({})),
      );
      expect(refusal.violations.map(({ field }) => field)).toEqual([
        'request_id',
        'name',
        'slug',
        'provider',
      ]);
    });

    const id = () => target.id;
    const named = () => ({ requestId: 'deployment', reason: '', integrationId: id() });
    const calls: [string, string, () => Promise<unknown>][] = [
      ['connect with an unknown provider', 'INVALID PROVIDER_UNKNOWN', () => connect({ provider: 'nobody' })],
      ['connect with a taken slug', 'CONFLICT SLUG_TAKEN', () => connect({ slug: 'target' })],
      ['connect with a wrong key', 'UNAUTHENTICATED CREDENTIALS_UNKNOWN', () => connect({}, 'gh_wrong')],
      ['connect with a revoked key', 'UNAUTHENTICATED CREDENTIALS_UNKNOWN', () => connect({}, 'gh_revoked')],
      ['connect with a workspace key', 'FORBIDDEN PERMISSION_DENIED', () => connect({}, 'gh_workspace')],
      [
        'rotate without anything',
        'INVALID REQUEST_INVALID',
        () => rotate('', { requestId: '', credential: {} }),
      ],
      ['rotate a malformed id', 'INVALID REQUEST_INVALID', () => rotate(CANARY)],
      ['rotate an unknown id', 'NOT_FOUND INTEGRATION_UNKNOWN', () => rotate(deriveId('int', 'none'))],
      [
        'rotate to an empty credential',
        'INVALID REQUEST_INVALID',
        () => rotate(id(), { credential: { api_key: '' } }),
      ],
      [
        'rotate to no credential, where there is one and it could do without',
        'INVALID REQUEST_INVALID',
        () => rotate(id(), { credential: {} }),
      ],
      [
        'rotate to unknown fields',
        'INVALID REQUEST_INVALID',
        () => rotate(id(), { credential: { [CANARY]: 'a' } }),
      ],
      [
        'rotate at a negative revision',
        'INVALID REQUEST_INVALID',
        () => rotate(id(), { expectedRevision: -1n }),
      ],
      [
        'rotate at another revision',
        'CONFLICT REVISION_MISMATCH',
        () => rotate(id(), { expectedRevision: 9n }),
      ],
      [
        'reconfigure what the mask does not name',
        'INVALID REQUEST_INVALID',
        () => reconfigure(id(), { customHost: 'http://127.0.0.1:9000/v2' }),
      ],
      [
        'reconfigure by a mask of something else',
        'INVALID REQUEST_INVALID',
        () => reconfigure(id(), { updateMask: ['slug'] }),
      ],
      [
        'reconfigure without a credential and with one',
        'INVALID REQUEST_INVALID',
        () => reconfigure(id(), { withoutCredential: true, credential: { api_key: 'x' } }),
      ],
      [
        'reconfigure to no host',
        'INVALID REQUEST_INVALID',
        () => reconfigure(id(), { updateMask: ['custom_host'] }),
      ],
      [
        'reconfigure an unknown id',
        'NOT_FOUND INTEGRATION_UNKNOWN',
        () => reconfigure(deriveId('int', 'none')),
      ],
      [
        'reconfigure at another revision',
        'CONFLICT REVISION_MISMATCH',
        () => reconfigure(id(), { expectedRevision: 9n }),
      ],
      [
        'a deployment of another language',
        'REFUSED DEPLOYMENTS_NOT_TAKEN',
        () => integrations().addDeployment({ ...named(), deployment: DEPLOYMENT }),
      ],
      [
        'no deployment',
        'INVALID REQUEST_INVALID',
        () => integrations().addDeployment({ ...named(), deployment: undefined }),
      ],
      [
        'to remove no deployment',
        'INVALID REQUEST_INVALID',
        () => integrations().removeDeployment({ ...named(), alias: '' }),
      ],
      ['rename to nothing', 'INVALID REQUEST_INVALID', () => rename(id(), { name: '' })],
      ['rename to too much', 'INVALID REQUEST_INVALID', () => rename(id(), { name: 'x'.repeat(101) })],
      ['rename to a turned name', 'INVALID REQUEST_INVALID', () => rename(id(), { name: 'a\u202eb' })],
      ['rename a malformed id', 'INVALID REQUEST_INVALID', () => rename('int_')],
      ['rename an unknown id', 'NOT_FOUND INTEGRATION_UNKNOWN', () => rename(deriveId('int', 'none'))],
      [
        'rename at another revision',
        'CONFLICT REVISION_MISMATCH',
        () => rename(id(), { expectedRevision: 9n }),
      ],
      [
        'describe at length',
        'INVALID REQUEST_INVALID',
        () => describeAs(id(), { description: 'x'.repeat(513) }),
      ],
      [
        'describe with control characters',
        'INVALID REQUEST_INVALID',
        () => describeAs(id(), { description: 'a\u001b[2Jb' }),
      ],
      [
        'describe at another revision',
        'CONFLICT REVISION_MISMATCH',
        () => describeAs(id(), { description: 'x', expectedRevision: 9n }),
      ],
      ['disable a malformed id', 'INVALID REQUEST_INVALID', () => disable('int_')],
      ['disable an unknown id', 'NOT_FOUND INTEGRATION_UNKNOWN', () => disable(deriveId('int', 'none'))],
      [
        'disable at another revision',
        'CONFLICT REVISION_MISMATCH',
        () => disable(id(), { expectedRevision: 9n }),
      ],
      [
        'enable at a negative revision',
        'INVALID REQUEST_INVALID',
        () => enable(id(), { expectedRevision: -1n }),
      ],
      ['enable an unknown id', 'NOT_FOUND INTEGRATION_UNKNOWN', () => enable(deriveId('int', 'none'))],
      [
        'dependents of a malformed id',
        'INVALID REQUEST_INVALID',
        () => integrations().getIntegrationDependents({ integrationId: 'int_' }),
      ],
      ['delete a malformed id', 'INVALID REQUEST_INVALID', () => remove('int_')],
      ['delete an unknown id', 'NOT_FOUND INTEGRATION_UNKNOWN', () => remove(deriveId('int', 'none'))],
      [
        'delete at another revision',
        'CONFLICT REVISION_MISMATCH',
        () => remove(id(), { expectedRevision: 9n }),
      ],
      [
        'delete with an oversized request id',
        'INVALID REQUEST_INVALID',
        () => remove(id(), { requestId: 'x'.repeat(129) }),
      ],
      [
        'get a malformed id',
        'INVALID REQUEST_INVALID',
        () => integrations().getIntegration({ integrationId: 'x', atLeastPosition: '' }),
      ],
      [
        'get an unknown id',
        'NOT_FOUND INTEGRATION_UNKNOWN',
        () => integrations().getIntegration({ integrationId: deriveId('int', 'none'), atLeastPosition: '' }),
      ],
      [
        'get at a malformed position',
        'INVALID POSITION_MALFORMED',
        () => integrations().getIntegration({ integrationId: id(), atLeastPosition: 'soon' }),
      ],
      [
        'list a negative page',
        'INVALID REQUEST_INVALID',
        () =>
          integrations().listIntegrations(
            registryV1.ListIntegrationsRequest.fromPartial({
              pageSize: -1,
              pageToken: '',
              atLeastPosition: '',
            }),
          ),
      ],
      [
        'list with a foreign token',
        'INVALID PAGE_TOKEN_MALFORMED',
        () =>
          integrations().listIntegrations(
            registryV1.ListIntegrationsRequest.fromPartial({
              pageSize: 0,
              pageToken: CANARY,
              atLeastPosition: '',
            }),
          ),
      ],
      [
        'list with a token out of range',
        'INVALID PAGE_TOKEN_MALFORMED',
        () =>
          integrations().listIntegrations(
            registryV1.ListIntegrationsRequest.fromPartial({
              pageSize: 0,
              pageToken: Buffer.from('["9999999999999999999"]').toString('base64url'),
              atLeastPosition: '',
            }),
          ),
      ],
      [
        'providers with a foreign token',
        'INVALID PAGE_TOKEN_MALFORMED',
        () => catalog().listProviders({ pageSize: 0, pageToken: 'x' }),
      ],
      [
        'providers of a negative page',
        'INVALID REQUEST_INVALID',
        () => catalog().listProviders({ pageSize: -1, pageToken: '' }),
      ],
      [
        'providers without a key',
        'UNAUTHENTICATED CREDENTIALS_MISSING',
        () => catalog({}).listProviders({ pageSize: 0, pageToken: '' }),
      ],
      [
        'a credential of a malformed id',
        'INVALID REQUEST_INVALID',
        () => vault().getSealedCredential({ integrationId: '', credentialVersion: 1 }),
      ],
      [
        'a credential of no version',
        'INVALID REQUEST_INVALID',
        () => vault().getSealedCredential({ integrationId: id(), credentialVersion: 0 }),
      ],
      [
        'a credential of a version to come',
        'NOT_FOUND CREDENTIAL_UNKNOWN',
        () => vault().getSealedCredential({ integrationId: id(), credentialVersion: 2 }),
      ],
      [
        'a credential of an unknown id',
        'NOT_FOUND CREDENTIAL_UNKNOWN',
        () => vault().getSealedCredential({ integrationId: deriveId('int', 'none'), credentialVersion: 1 }),
      ],
      [
        'a credential with a wrong token',
        'UNAUTHENTICATED CREDENTIALS_UNKNOWN',
        () => vault({ serviceToken: 'x' }).getSealedCredential({ integrationId: id(), credentialVersion: 1 }),
      ],
    ];
    it.each(calls)('%s: %s', async (_what, expected, call) => {
      const { code, reason } = await refusalOf(call());
      expect(`${code} ${reason}`).toBe(expected);
    });
  });

  it('rebuilds its directory to the byte while serving', async () => {
    const own = createPool(database.urlAs('registry'), { name: 'spec-rebuild' });
    const { position: reached } = await connect();
    await integrations().listIntegrations(
      registryV1.ListIntegrationsRequest.fromPartial({
        pageSize: 1,
        pageToken: '',
        atLeastPosition: reached,
      }),
    );
    const live = await dumpProjection(pool.pool, integrationDirectory.schema);
    expect(live).toContain('list-3');
    await rebuildProjection({ projection: integrationDirectory, pool: own, schema: 'registry', store });
    expect(await dumpProjection(pool.pool, integrationDirectory.schema)).toBe(live);
    await own.end();
    const after = await connect();
    const got = { integrationId: after.integration.id, atLeastPosition: after.position };
    expect((await integrations().getIntegration(got)).integration).toEqual(after.integration);
  });

  describe('secret references', () => {
    const inVault = (path: string): typeV1.SecretLocator => ({
      manager: { $case: 'hashicorpVault', value: { mount: 'secret', path } },
    });
    const define = async (slug: string, path = 'team-a/openai', apiKey?: string) => {
      const request = { requestId: `define-${++requests}`, reason: '', slug, locator: inVault(path) };
      const answer = await references(apiKey).defineSecretReference(request);
      if (answer.reference === undefined) throw new Error('no reference');
      return { ...answer, reference: answer.reference };
    };
    const removal = (slug: string, apiKey?: string) =>
      references(apiKey).removeSecretReference({ requestId: `remove-${++requests}`, reason: '', slug });

    it('are defined, changed, shown and removed, by their slugs, each organization its own', async () => {
      const { reference } = await define('one');
      expect(reference).toMatchObject({ slug: 'one', locator: inVault('team-a/openai'), integrationIds: [] });
      await expect(define('one')).rejects.toMatchObject({ reason: 'SECRET_REFERENCE_EXISTS' });
      await define('one', 'theirs', 'gh_theirs');
      await define('two');
      const change = { requestId: `change-${++requests}`, reason: '', slug: 'one', locator: inVault('b') };
      await expect(
        references().changeSecretReference({ ...change, expectedRevision: 7n }),
      ).rejects.toMatchObject({ reason: 'REVISION_MISMATCH' });
      const { position: atLeastPosition } = await references().changeSecretReference(change);
      const first = await references().listSecretReferences({ pageSize: 1, pageToken: '', atLeastPosition });
      expect(first.references).toMatchObject([{ slug: 'one', locator: inVault('b'), revision: 1n }]);
      const second = await references().listSecretReferences({
        pageSize: 1,
        pageToken: first.nextPageToken,
        atLeastPosition,
      });
      expect(second).toMatchObject({ references: [{ slug: 'two' }], nextPageToken: '' });
      const { position: removed } = await removal('one');
      const unknown = { code: 'NOT_FOUND', reason: 'SECRET_REFERENCE_UNKNOWN' };
      await expect(
        references().getSecretReference({ slug: 'one', atLeastPosition: removed }),
      ).rejects.toMatchObject(unknown);
      await expect(removal('two', 'gh_theirs')).rejects.toMatchObject(unknown);
      expect(
        (await references('gh_theirs').getSecretReference({ slug: 'one', atLeastPosition: removed }))
          .reference,
      ).toMatchObject({ locator: inVault('theirs') });
    });

    it('refuse locators that lead elsewhere', async () => {
      await expect(define('bad', '../sys/raw')).rejects.toMatchObject({
        code: 'INVALID',
        violations: [{ field: 'locator.hashicorp_vault.path' }],
      });
      await expect(
        references().defineSecretReference({
          requestId: 'none',
          reason: '',
          slug: 'bad',
          locator: undefined,
        }),
      ).rejects.toMatchObject({ violations: [{ field: 'locator' }] });
    });

    it('stand in credentials for secrets that we do not have, and are not taken from under them', async () => {
      await define('used');
      const use = { api_key: { reference: 'used', member: 'key' } };
      const { integration } = await connect({ credential: {}, references: use });
      expect(integration.references).toEqual(use);
      await expect(removal('used')).rejects.toMatchObject({
        reason: 'SECRET_REFERENCE_IN_USE',
        metadata: { integrations: '1' },
      });
      const { reference } = await references().getSecretReference({ slug: 'used', atLeastPosition: '' });
      expect(reference?.integrationIds).toEqual([integration.id]);
      expect(await openedCredential(integration.id, 1)).toEqual({ 'api_key@reference': 'used#key' });
      const rotated = await rotate(integration.id);
      expect(rotated.integration?.references).toEqual({});
      await removal('used');
    });

    it('must be there, and in one place', async () => {
      const other = { api_key: { reference: 'nobody', member: '' } };
      await define('nobody', 'theirs', 'gh_theirs');
      await expect(connect({ credential: {}, references: other })).rejects.toMatchObject({
        code: 'INVALID',
        violations: [{ field: 'references.api_key.reference' }],
      });
      await expect(connect({ references: other })).rejects.toMatchObject({
        violations: [{ field: 'references.api_key' }],
      });
    });

    it('are built anew, to the byte', async () => {
      const own = createPool(database.urlAs('registry'), { name: 'spec-rebuild' });
      const { position } = await define('rebuilt');
      await references().listSecretReferences({ pageSize: 1, pageToken: '', atLeastPosition: position });
      const { schema } = secretReferencesProjection;
      const live = await dumpProjection(pool.pool, schema);
      expect(live).toContain('rebuilt');
      await rebuildProjection({
        projection: secretReferencesProjection,
        pool: own,
        schema: 'registry',
        store,
      });
      expect(await dumpProjection(pool.pool, schema)).toBe(live);
      await own.end();
    });
  });

  it('builds anew who depends on what, to the byte', async () => {
    const own = createPool(database.urlAs('registry'), { name: 'spec-rebuild' });
    const live = await dumpProjection(pool.pool, dependentsProjection.schema);
    expect(live).toContain('prv_');
    const consumer = new PostgresBusConsumer(own);
    await rebuildProjection({ projection: dependentsProjection, pool: own, schema: 'registry', consumer });
    expect(await dumpProjection(pool.pool, dependentsProjection.schema)).toBe(live);
    await own.end();
  });

  it('flags what a provider withdraws, with who may call it and what follows it, and drops it nowhere', async () => {
    const { integration } = await connect({ provider: 'openai', customHost: '' });
    const may = { everything: { all: true }, this: { names: ['gpt-4o'] }, another: { names: ['gpt-5'] } };
    for (const [workspace, models] of Object.entries(may)) {
      const provisionId = deriveId('prv', integration.id, workspace);
      const event = eventsV1.IntegrationProvisioned.fromPartial({
        models,
        provisionId,
        organizationId: ours,
        integrationId: integration.id,
        workspaceId: deriveId('ws', integration.id, workspace),
      });
      const data = eventsV1.IntegrationProvisioned.toJSON(event);
      await publish(ours, 'IntegrationProvisioned', `provision-${provisionId}`, data);
    }
    await eventually(async () => {
      const found = await integrations().getIntegrationDependents({ integrationId: integration.id });
      expect(found.workspaces).toBe(3n);
    });
    const list = (access: registryV1.ModelAccessFilter) =>
      integrations().listIntegrationModels(
        registryV1.ListIntegrationModelsRequest.fromPartial({
          integrationId: integration.id,
          pageSize: 500,
          access,
          atLeastPosition: '',
        }),
      );
    const before = await list(registryV1.ModelAccessFilter.ALLOWED);
    expect(before.models.find(({ name }) => name === 'gpt-4o')).toMatchObject({ withdrawn: false });

    await publishWithout('gpt-4o', 'gpt-5');
    const withdrawn = await list(registryV1.ModelAccessFilter.WITHDRAWN);
    const callers = ['everything', 'this'].map((workspace) => deriveId('ws', integration.id, workspace));
    expect(withdrawn.models.find(({ name }) => name === 'gpt-4o')).toMatchObject({
      allowed: true,
      withdrawn: true,
      successor: 'gpt-5',
      workspaceIds: callers.sort(),
    });
    const after = await list(registryV1.ModelAccessFilter.ALLOWED);
    expect(after.models.map(({ name }) => name)).toEqual(before.models.map(({ name }) => name));
  });

  /** As the registry of a later version does, whose catalog knows a model of OpenAI's no more. */
  const publishWithout = async (gone: string, successor: string): Promise<void> => {
    const contents = new PostgresContents(pool);
    const [last] = await store.read('catalog-published');
    const content = await contents.find(String(last?.data['sha256']));
    if (content === undefined) throw new Error('no catalog was published');
    const models = fromCatalogContent(content).get('openai') ?? new Map<string, ModelFacts>();
    const advised = new Map(
      [...models].map(([name, facts]) => [name, name === gone ? { ...facts, successor } : facts]),
    );
    const known = new Map([...models].filter(([name]) => name !== gone));
    const row = new BuiltInCatalog().find('openai');
    if (row === undefined) throw new Error('no such provider');
    const next = toCatalogContent([{ row, models: nextModels(known, 2n, advised) }]);
    await contents.keep(next);
    await store.append(
      'catalog-published',
      [
        {
          id: deriveEventId('catalog-without', gone),
          type: 'CatalogPublished',
          version: 1,
          data: { ...last?.data, version: '2', sha256: next.sha256 },
          metadata: last?.metadata as RecordedEvent['metadata'],
        },
      ],
      revision(0n),
    );
  };

  it('writes no credential anywhere but sealed', async () => {
    const { rows: tables } = await pool.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(tables.map(({ name }) => name)).toContain('registry.sealed_credential');
    for (const { name } of tables) {
      const { rows } = await pool.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      const hex = Buffer.from(CANARY).toString('hex');
      const telling = rows.filter(({ row }) => row.includes('canary') || row.includes(hex));
      expect([name, telling]).toEqual([name, []]);
    }
    const { events } = await store.readAll({ after: BEFORE_FIRST, limit: 10_000 });
    expect(events.length).toBeGreaterThan(10);
  });
});

describe('the registry on Postgres', () => {
  let database: TestDatabase;
  let pool: PgPool;
  /** The service's own role forgets no key. */
  let owner: Pool;
  beforeAll(async () => {
    database = await testDatabase({ migrations: MIGRATIONS });
    pool = new PgPool(createPool(database.urlAs('registry'), { name: 'spec' }));
    owner = createPool(database.url, { name: 'spec' });
  });
  afterAll(async () => {
    await owner?.end();
    await pool?.pool.end();
    await database?.drop();
  });

  credentialVaultContract('postgres', async () => {
    await pool.query('DELETE FROM registry.sealed_credential');
    return new PostgresCredentialVault(pool);
  });

  integrationKeysContract('postgres', async () => {
    await pool.query('DELETE FROM registry.sealed_credential');
    await owner.query('DELETE FROM registry.integration_key');
    return { keys: new PostgresIntegrationKeys(pool), vault: new PostgresCredentialVault(pool) };
  });

  cleanupMemoryContract('postgres', async () => {
    await pool.query('DELETE FROM registry.open_reservation');
    await pool.query('UPDATE registry.cleanup_checkpoint SET position = 0');
    return new PostgresCleanupMemory(pool);
  });
  draftsContract('postgres', async () => new PostgresDrafts(pool));
  healthsContract('postgres', async () => new PostgresHealths(pool));
});
