import { hashApiKey } from '@gatehouse/access';
import { PostgresBusConsumer } from '@gatehouse/bus-postgres';
import { deriveId } from '@gatehouse/kernel';
import { eventually, until } from '@gatehouse/kernel/testing';
import { createPool } from '@gatehouse/postgres';
import { rebuildProjection } from '@gatehouse/projections';
import { dumpProjection } from '@gatehouse/projections/testing';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import type { EventType } from '@gatehouse/topology';
import {
  GATEWAY_CONFIG_SCHEMA,
  gatewayConfigProjection,
} from './adapters/postgres/gateway-config.projection';
import {
  asked,
  issueRequest,
  PEPPER,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const budget: typeV1.Limit = typeV1.Limit.fromPartial({
  kind: {
    $case: 'budget',
    value: { amount: { $case: 'nanoUsd', value: 5n }, reset: { period: typeV1.ResetPeriod.NEVER } },
  },
});

/** A gateway as far as its configuration goes. */
class Watcher {
  readonly entries = new Map<string, provisioningV1.ConfigEntry>();
  readonly messages: provisioningV1.WatchResponse[] = [];
  version = 0n;
  private readonly call;

  constructor(bench: ProvisioningBench, afterVersion = 0n) {
    this.call = bench.as('gateway').config.watch({ afterVersion });
    this.call.on('error', () => undefined);
    this.call.on('data', (message: provisioningV1.WatchResponse) => this.take(message));
  }

  private take(message: provisioningV1.WatchResponse): void {
    this.messages.push(message);
    if (message.reset) this.entries.clear();
    for (const entry of message.entries) {
      if (entry.value) this.entries.set(entry.id, entry);
      else this.entries.delete(entry.id);
    }
    this.version = message.version;
  }

  valueOf(id: string): object | undefined {
    return this.entries.get(id)?.value?.value;
  }

  /** Milliseconds until it holds. */
  sees(what: () => boolean): Promise<number> {
    return until(what);
  }

  leave(): void {
    this.call.cancel();
  }
}

describe('the gateway configuration', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;
  let watcher: Watcher;

  const callable = async (slug: string) => {
    const integrationId = await bench.connect(acme.organizationId, slug);
    const { workspace } = await acme.admin.workspaces.createWorkspace(
      workspaceRequest({ name: slug, limits: [budget] }),
    );
    const workspaceId = workspace?.id ?? '';
    const { provision } = await acme.admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(
        asked({ integrationId, workspaceId, atLeastPosition: '1' }),
      ),
    );
    const { apiKey, secret } = await acme.admin.keys.issueApiKey(
      issueRequest({ role: provisioningV1.ApiKeyRole.WORKSPACE, workspaceId, name: slug }),
    );
    const ids = { integrationId, workspaceId, provisionId: provision?.id ?? '', apiKeyId: apiKey?.id ?? '' };
    await watcher.sees(() => Object.values(ids).every((id) => watcher.entries.has(id)));
    return { ...ids, secret };
  };
  const caughtUp = async () => {
    const { rows } = await bench.pool.query<{ version: bigint }>(
      'SELECT version FROM provisioning.config_head',
    );
    return rows[0]?.version === watcher.version;
  };

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    watcher = new Watcher(bench);
    await watcher.sees(() => watcher.messages.length > 0);
    acme = await bench.tenant('Acme');
  }, 120_000);
  afterAll(async () => {
    watcher.leave();
    await bench.close();
  });

  it('begins with a snapshot, if of nothing', () => {
    expect(watcher.messages[0]).toEqual({ version: 0n, reset: true, complete: true, entries: [] });
  });

  it('tells all that a call needs: integration, workspace, provision and key', async () => {
    const { integrationId, workspaceId, provisionId, apiKeyId, secret } = await callable('whole');
    const organizationId = acme.organizationId;
    expect(watcher.valueOf(integrationId)).toMatchObject({
      organizationId,
      slug: 'whole',
      provider: 'openai',
      baseUrl: 'https://api.example.com/v1',
      credentialVersion: 1,
      modelDecisions: { access: { selectedAt: 1n, allowed: ['small', 'large'] } },
    });
    expect(watcher.valueOf(workspaceId)).toEqual({
      organizationId,
      revision: 0n,
      limited: true,
      usdBudget: true,
      archived: false,
      defaultMetadata: {},
    });
    expect(watcher.valueOf(provisionId)).toEqual({
      organizationId,
      workspaceId,
      integrationId,
      enabled: true,
      allModels: true,
      modelNames: [],
      revision: 0n,
      limited: false,
      usdBudget: false,
    });
    expect(watcher.valueOf(apiKeyId)).toEqual({
      organizationId,
      workspaceId,
      hash: hashApiKey(PEPPER, secret),
      revision: 0n,
      limited: false,
      usdBudget: false,
      scopes: [],
    });
    const keys = [...watcher.entries.values()].filter(({ value }) => value?.$case === 'key');
    expect(keys.map(({ id }) => id)).toEqual([apiKeyId]);
  });

  it('tells that a workspace is archived, under the revision of its limits', async () => {
    const { workspaceId } = await callable('archived');
    await acme.admin.workspaces.archiveWorkspace(asked({ workspaceId }));
    await watcher.sees(
      () => (watcher.valueOf(workspaceId) as provisioningV1.WorkspaceConfig | undefined)?.archived === true,
    );
    expect(watcher.valueOf(workspaceId)).toMatchObject({ revision: 0n, limited: true });
  });

  it('tells what a workspace’s usage is counted by where a request says nothing, as it was first and is since', async () => {
    const { workspace } = await acme.admin.workspaces.createWorkspace(
      workspaceRequest({ name: 'Described', limits: [budget], defaultMetadata: { team: 'r', cost: '4711' } }),
    );
    const workspaceId = workspace?.id ?? '';
    const told = () => watcher.valueOf(workspaceId) as provisioningV1.WorkspaceConfig | undefined;
    await watcher.sees(() => told() !== undefined);
    expect(told()?.defaultMetadata).toEqual({ team: 'r', cost: '4711' });
    await acme.admin.workspaces.updateWorkspace(
      provisioningV1.UpdateWorkspaceRequest.fromPartial(
        asked({ workspaceId, updateMask: ['default_metadata'], defaultMetadata: { team: 'l' } }),
      ),
    );
    await watcher.sees(() => told()?.defaultMetadata['team'] === 'l');
    expect(told()).toMatchObject({ defaultMetadata: { team: 'l' }, revision: 0n, limited: true });
  });

  it('tells whose limits apply to more than one provision', async () => {
    const { integrationId, workspaceId } = await callable('capped');
    const { organizationId, admin } = acme;
    expect(watcher.valueOf(organizationId)).toEqual({ revision: 0n, limited: false, usdBudget: false });
    expect(watcher.valueOf(`limits:${integrationId}`)).toBeUndefined();
    const change = (holder: provisioningV1.LimitHolder['holder'], limits = [budget]) =>
      admin.limits.changeLimits(asked({ atLeastPosition: '', holder: { holder }, limits }));
    await change({ $case: 'organization', value: {} });
    await change({ $case: 'integrationId', value: integrationId });
    await change({ $case: 'keysOfWorkspaceId', value: workspaceId });
    const template = () => (watcher.valueOf(workspaceId) as provisioningV1.WorkspaceConfig).keyTemplate;
    await watcher.sees(() => template() !== undefined && watcher.entries.has(`limits:${integrationId}`));
    expect(template()).toEqual({ revision: 1n, limited: true, usdBudget: true });
    expect(watcher.valueOf(workspaceId)).toMatchObject({ revision: 0n, limited: true });
    const limits = { organizationId, integrationId, revision: 0n, limited: true, usdBudget: true };
    expect(watcher.valueOf(`limits:${integrationId}`)).toEqual(limits);
    const organization = () => watcher.valueOf(organizationId) as provisioningV1.OrganizationConfig;
    await watcher.sees(() => organization().limited);
    expect(organization().revision).toBe(1n);
    await change({ $case: 'keysOfWorkspaceId', value: workspaceId }, []);
    await watcher.sees(() => template()?.limited === false);
    await change({ $case: 'organization', value: {} }, []);
    await watcher.sees(() => !organization().limited);
  });

  it('tells what is decided of models, as it is decided', async () => {
    const { integrationId } = await callable('decided');
    const told = (type: EventType, message: object) =>
      bench.publish(acme.organizationId, `integration-${integrationId}`, type, { integrationId, ...message });
    const decisions = () =>
      (watcher.valueOf(integrationId) as provisioningV1.IntegrationConfig | undefined)?.modelDecisions;
    await told('IntegrationModelsRevoked', { names: ['large'] });
    await watcher.sees(() => decisions()?.access?.revoked[0] === 'large');
    await told('AutoEnableModelsTurnedOn', {});
    await told('CustomModelDefined', { model: typeV1.CustomModel.fromPartial({ name: 'mine' }) });
    const prices = typeV1.Prices.fromPartial({ rates: { input: 0n } });
    await told('PriceOverridden', { model: 'small', prices });
    await told('PriceMultiplierSet', { priceMultiplier: 8_000n });
    await watcher.sees(() => decisions()?.priceMultiplier === 8_000n);
    expect(decisions()).toMatchObject({
      access: { selectedAt: 1n, autoEnable: true, allowed: ['small'], revoked: ['large'] },
      customModels: [{ name: 'mine' }],
      priceOverrides: [{ model: 'small', prices: { rates: { input: 0n } } }],
    });
  });

  it('tells changes well within a second', async () => {
    const { workspaceId, provisionId, apiKeyId, integrationId } = await callable('changes');
    const { workspaces, provisions, keys } = acme.admin;
    const provision = () => watcher.valueOf(provisionId) as provisioningV1.ProvisionConfig | undefined;

    await provisions.disableProvision(asked({ provisionId }));
    expect(await watcher.sees(() => provision()?.enabled === false)).toBeLessThan(900);
    // Neither this nor the models concern the limits: their revision stays.
    await provisions.allowModels({ ...asked({ provisionId }), models: { all: false, names: ['small'] } });
    expect(await watcher.sees(() => provision()?.modelNames[0] === 'small')).toBeLessThan(900);
    expect(provision()).toMatchObject({ revision: 0n, limited: false });
    await provisions.changeProvisionLimits({ ...asked({ provisionId }), limits: [budget] });
    expect(await watcher.sees(() => provision()?.limited === true)).toBeLessThan(900);
    expect(provision()).toMatchObject({ revision: 3n, enabled: false });
    const expiresAt = new Date('2030-01-01T00:00:00Z');
    await provisions.changeProvisionExpiry(asked({ provisionId, expiresAt }));
    expect(await watcher.sees(() => provision()?.expiresAt?.getTime() === expiresAt.getTime())).toBeLessThan(
      900,
    );
    expect(provision()).toMatchObject({ revision: 4n, limited: true });

    await workspaces.changeWorkspaceLimits({ ...asked({ workspaceId }), limits: [] });
    await watcher.sees(
      () => (watcher.valueOf(workspaceId) as provisioningV1.WorkspaceConfig).limited === false,
    );
    expect(watcher.valueOf(workspaceId)).toMatchObject({ revision: 1n });

    await keys.revokeApiKey(asked({ apiKeyId }));
    expect(await watcher.sees(() => !watcher.entries.has(apiKeyId))).toBeLessThan(900);

    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'CredentialRotated', {
      integrationId,
      credentialVersion: 2,
      credentialFingerprint: 'f',
    });
    const integration = () => watcher.valueOf(integrationId) as provisioningV1.IntegrationConfig | undefined;
    expect(await watcher.sees(() => integration()?.credentialVersion === 2)).toBeLessThan(900);
    expect(integration()).toMatchObject({ disabled: false });
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationDisabled', {
      integrationId,
    });
    expect(await watcher.sees(() => integration()?.disabled === true)).toBeLessThan(900);
    expect(integration()).toMatchObject({ slug: 'changes', credentialVersion: 2 });
    expect(watcher.entries.has(provisionId)).toBe(true);
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationEnabled', {
      integrationId,
    });
    expect(await watcher.sees(() => integration()?.disabled === false)).toBeLessThan(900);
    const settings = {
      integrationId,
      dialect: 'anthropic',
      baseUrl: 'https://b.example.com',
      customHost: 'https://b.example.com',
      local: true,
      modelHosts: { small: 'https://c.example.com' },
      fields: {},
      headerNames: [],
    };
    const { dialect, baseUrl, modelHosts } = settings;
    for (const credentialVersion of [3, 0]) {
      await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationReconfigured', {
        ...settings,
        dialect: credentialVersion === 0 ? 'openai' : dialect,
        credentialVersion,
        credentialFingerprint: 'f',
      });
    }
    expect(await watcher.sees(() => integration()?.dialect === 'openai')).toBeLessThan(900);
    expect(integration()).toMatchObject({ baseUrl, modelHosts, local: true, credentialVersion: 3 });
    const deployment = {
      alias: 'fast',
      deploymentName: 'd',
      apiVersion: 'v1',
      model: 'small',
      isDefault: true,
    };
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'DeploymentAdded', {
      integrationId,
      deployment,
    });
    expect(await watcher.sees(() => integration()?.deployments.length === 1)).toBeLessThan(900);
    expect(integration()?.deployments).toEqual([deployment]);
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'DeploymentRemoved', {
      integrationId,
      alias: 'fast',
    });
    expect(await watcher.sees(() => integration()?.deployments.length === 0)).toBeLessThan(900);
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationDeleted', {
      integrationId,
    });
    const ended = () => !watcher.entries.has(integrationId) && !watcher.entries.has(provisionId);
    expect(await watcher.sees(ended)).toBeLessThan(900);
  });

  it('carries out a connection with workspaces, and shows it to gateways when the registry says so', async () => {
    const { workspaces, provisions } = acme.admin;
    const made = await Promise.all(
      ['step-a', 'step-b'].map((name) => workspaces.createWorkspace(workspaceRequest({ name }))),
    );
    const wanted = made.map(({ workspace }): provisioningV1.WantedProvision => ({
      workspaceId: workspace?.id ?? '',
      limits: [budget],
      models: undefined,
      disabled: true,
    }));
    const integrationId = await bench.connect(acme.organizationId, 'one-step', ['small'], {
      workspaces: wanted,
    });
    const connection = `connection-${integrationId}`;
    await eventually(async () =>
      expect((await bench.store.read(connection)).map(({ type }) => type)).toEqual(['WorkspacesConnected']),
    );
    const integration = () => watcher.valueOf(integrationId) as provisioningV1.IntegrationConfig | undefined;
    await watcher.sees(() => integration() !== undefined);
    expect(integration()).toMatchObject({ connecting: true });
    const own = () =>
      [...watcher.entries.values()].flatMap(({ value }) =>
        value?.$case === 'provision' && value.value.integrationId === integrationId ? [value.value] : [],
      );
    await watcher.sees(() => own().length === 2 && own().every(({ enabled }) => !enabled));
    expect(own().every(({ limited }) => limited)).toBe(true);

    // Nobody else provisions it meanwhile, and nobody sees its provisions.
    const third = await workspaces.createWorkspace(workspaceRequest({ name: 'step-c' }));
    const more = provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial({
        ...asked({ integrationId }),
        workspaceId: third.workspace?.id ?? '',
      }),
    );
    expect(await refusalOf(more)).toBe('REFUSED INTEGRATION_CONNECTING');
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationReady', {
      integrationId,
    });
    expect(await watcher.sees(() => integration()?.connecting === false)).toBeLessThan(900);
    expect(await bench.store.read(connection)).toHaveLength(1);
  });

  it('provisions an integration of a workspace to no other', async () => {
    const { workspaces, provisions } = acme.admin;
    const [owner, other] = await Promise.all(
      ['owner', 'other'].map((name) => workspaces.createWorkspace(workspaceRequest({ name }))),
    );
    const ownerWorkspaceId = owner?.workspace?.id ?? '';
    const integrationId = await bench.connect(acme.organizationId, 'owned', ['small'], { ownerWorkspaceId });
    const provision = (workspaceId: string) =>
      refusalOf(
        provisions.provisionIntegration(
          provisioningV1.ProvisionIntegrationRequest.fromPartial({
            ...asked({ integrationId, workspaceId }),
            atLeastPosition: '1',
          }),
        ),
      );
    expect(await provision(other?.workspace?.id ?? '')).toBe('REFUSED INTEGRATION_OF_ANOTHER_WORKSPACE');
    expect(await provision(ownerWorkspaceId)).toBe('accepted');
  });

  it('does not bring back a provision of a deleted integration', async () => {
    const { provisionId, integrationId, workspaceId } = await callable('ended');
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationDeleted', {
      integrationId,
    });
    await watcher.sees(() => !watcher.entries.has(provisionId));
    await acme.admin.provisions.disableProvision(asked({ provisionId }));
    await acme.admin.provisions.enableProvision(asked({ provisionId }));
    await acme.admin.workspaces.changeWorkspaceLimits({ ...asked({ workspaceId }), limits: [] });
    await watcher.sees(
      () => (watcher.valueOf(workspaceId) as provisioningV1.WorkspaceConfig).limited === false,
    );
    expect(watcher.entries.has(provisionId)).toBe(false);
  });

  it('goes on from a version, and gives a snapshot for one that never was', async () => {
    await until(caughtUp);
    const { version } = watcher;
    const late = new Watcher(bench, version - 2n);
    const lost = new Watcher(bench, version + 1_000n);
    await until(() => late.version === version && lost.version === version);
    expect(late.messages).toMatchObject([{ reset: false, complete: true }]);
    expect(late.messages[0]?.entries).toHaveLength(2);
    expect(lost.messages[0]).toMatchObject({ reset: true });
    expect(lost.entries).toEqual(watcher.entries);
    late.leave();
    lost.leave();
  });

  it('has dense versions, and none is given twice', async () => {
    const { rows } = await bench.pool.query<{ dense: boolean }>(
      `SELECT count(*) = count(DISTINCT version) AND max(version) <= (SELECT version FROM provisioning.config_head) AS dense
       FROM provisioning.config_entry`,
    );
    expect(rows).toEqual([{ dense: true }]);
  });

  it('comes out of a rebuild as it was, and says nothing new to those who watch', async () => {
    await callable('rebuilt');
    await until(caughtUp);
    const before = await dumpProjection(bench.pool, GATEWAY_CONFIG_SCHEMA);
    const { version } = watcher;
    const pool = createPool(bench.database.urlAs('provisioning'), { name: 'rebuild' });
    const consumer = new PostgresBusConsumer(pool);
    await rebuildProjection({ projection: gatewayConfigProjection, pool, schema: 'provisioning', consumer });
    await consumer.close();
    await pool.end();
    expect(await dumpProjection(bench.pool, GATEWAY_CONFIG_SCHEMA)).toBe(before);
    const next = await callable('after-rebuild');
    expect(watcher.messages.at(-1)?.reset).toBe(false);
    // One entry each: integration, workspace, provision and key.
    expect(watcher.version).toBe(version + 4n);
    expect(watcher.entries.has(next.apiKeyId)).toBe(true);
  });

  it('never takes back a revocation while the projection is built anew', async () => {
    const { apiKeyId } = await callable('revoked');
    await acme.admin.keys.revokeApiKey(asked({ apiKeyId }));
    await watcher.sees(() => !watcher.entries.has(apiKeyId));
    await bench.stop();
    await bench.pool.query(`DROP SCHEMA ${GATEWAY_CONFIG_SCHEMA} CASCADE`);
    await bench.start();
    watcher = new Watcher(bench, watcher.version);
    const { apiKeyId: later } = await callable('built-anew');
    expect(watcher.entries.has(later)).toBe(true);
    const told = watcher.messages.flatMap(({ entries }) => entries.filter(({ id }) => id === apiKeyId));
    expect(told).toEqual([]);
    expect(watcher.entries.has(apiKeyId)).toBe(false);
  }, 60_000);

  it('goes on when every connection to Postgres was cut', async () => {
    const { provisionId } = await callable('cut');
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE usename = 'gatehouse_provisioning' AND datname = current_database()`;
    const refusals = new Set<string>();
    for (let round = 0; round < 3; round++) {
      await bench.pool.query(cut);
      for (let call = 0; call < 5; call++) {
        const change = call % 2 === 0 ? 'disableProvision' : 'enableProvision';
        const answer = await refusalOf(acme.admin.provisions[change](asked({ provisionId })));
        refusals.add(answer.split(' ')[0] ?? '');
      }
    }
    refusals.delete('accepted');
    expect([...refusals].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
    await until(async () => {
      const call = acme.admin.provisions.disableProvision(asked({ provisionId }));
      return (await refusalOf(call)) === 'accepted';
    });
    // A watch may end with what it read by; a gateway then asks again from what it has.
    const { entries, version } = watcher;
    watcher.leave();
    watcher = new Watcher(bench, version);
    for (const [id, entry] of entries) watcher.entries.set(id, entry);
    const provisionNow = () => watcher.valueOf(provisionId) as provisioningV1.ProvisionConfig | undefined;
    await watcher.sees(() => provisionNow()?.enabled === false);
  }, 60_000);

  it('is for gateways only', async () => {
    const refused = (clients: ReturnType<ProvisioningBench['as']>) =>
      new Promise((resolve) => {
        const call = clients.config.watch({ afterVersion: 0n });
        call.on('error', (error: { details?: string }) => resolve(error.details));
        call.on('data', () => resolve('accepted'));
      });
    expect(await refused(bench.as('metering'))).toBe('FORBIDDEN: PERMISSION_DENIED');
    expect(await refused(acme.admin)).toBe('FORBIDDEN: PERMISSION_DENIED');
    expect(await refused(bench.withKey(`gh_${deriveId('key', 'x').slice(4)}_${'A'.repeat(43)}`))).toBe(
      'UNAUTHENTICATED: CREDENTIALS_UNKNOWN',
    );
  });

  it('refuses a version below zero', async () => {
    const answer = await new Promise((resolve) => {
      const call = bench.as('gateway').config.watch({ afterVersion: -1n });
      call.on('error', (error: { details?: string }) => resolve(error.details));
      call.on('data', () => resolve('accepted'));
    });
    expect(answer).toBe('INVALID: REQUEST_INVALID; after_version: must not be negative');
  });
});
