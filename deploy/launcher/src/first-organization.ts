import { setTimeout as sleep } from 'node:timers/promises';
import { provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import { type Caller, callPatiently, type Operator, plaintext } from './control-plane';
import { newRequestId, type StateFile } from './launcher-state';
import type { Ports } from './ports';
import { gatewayUrl, simulatorUrl } from './process-specs';
import type { Secrets } from './secrets';

/** What the first request can call: the simulator's. */
export const MODEL = '@simulator/sim-small';

const { ApiKeyRole, ApiKeyStatus } = provisioningV1;

const REASON = 'first start';
const ADMIN_KEY_NAME = 'First admin key';
const WORKSPACE_KEY_NAME = 'First workspace key';
const MONTHLY_BUDGET_NANO_USD = 1_000_000_000n;
const GATEWAY_PATIENCE_MS = 30_000;

/** The simulator's models: the default one, and those that fail in a known way (deploy/simulator/README.md). */
const MODEL_NAMES = [
  'sim-small',
  'sim-429',
  'sim-500',
  'sim-cut',
  'sim-no-usage',
  'sim-slow',
  'sim-echo-credential',
] as const;

/** Shown once, kept nowhere. */
export interface FirstKeys {
  readonly adminKey: string;
  readonly apiKey: string;
}

export interface FirstOrganizationInput {
  readonly ports: Ports;
  /** `host:port` of the services that are asked. */
  readonly grpc: Readonly<Record<'provisioning' | 'registry', string>>;
  readonly secrets: Pick<Secrets, 'simulatorCredential'>;
  /** Over TLS where it has a certificate. */
  readonly operator: Operator;
  readonly state: StateFile;
  readonly signal: AbortSignal;
}

/**
 * Makes the first organization through the same APIs that everybody uses. Each call's request id is on disk before the
 * call, so that a start that was cut off anywhere is taken up where it was: what is there is found, not made twice.
 * Only keys cannot be found again: those of an attempt that did not get to show them are revoked and issued anew.
 */
export class FirstOrganization {
  private readonly organizations: provisioningV1.OrganizationServiceClient;
  private readonly workspaces: provisioningV1.WorkspaceServiceClient;
  private readonly provisions: provisioningV1.ProvisionServiceClient;
  private readonly keys: provisioningV1.ApiKeyServiceClient;
  private readonly integrations: registryV1.IntegrationServiceClient;

  constructor(private readonly input: FirstOrganizationInput) {
    const { operator } = input;
    const { provisioning, registry } = input.grpc;
    const credentials = 'certificate' in operator ? operator.certificate : plaintext();
    this.organizations = new provisioningV1.OrganizationServiceClient(provisioning, credentials);
    this.workspaces = new provisioningV1.WorkspaceServiceClient(provisioning, credentials);
    this.provisions = new provisioningV1.ProvisionServiceClient(provisioning, credentials);
    this.keys = new provisioningV1.ApiKeyServiceClient(provisioning, credentials);
    this.integrations = new registryV1.IntegrationServiceClient(registry, credentials);
  }

  async create(report: (text: string) => void): Promise<FirstKeys> {
    report('organization');
    const organizationId = await this.createOrganization();
    const attempt = this.beginKeyAttempt();
    report('admin key');
    const adminKey = await this.issueAdminKey(organizationId, attempt.adminRequestId);
    this.input.state.updateSetup({ adminKeyId: adminKey.id });
    const admin = { apiKey: adminKey.secret };
    report('workspace');
    const workspaceId = await this.createWorkspace(admin);
    report('integration with the simulator');
    const integration = await this.connectSimulator(admin);
    report('provision with 1 USD a month');
    await this.provision(admin, workspaceId, integration);
    report('workspace key');
    await this.revokeLostKeys(admin, adminKey);
    const apiKey = await this.issueWorkspaceKey(admin, workspaceId, attempt.workspaceRequestId);
    report('gateway');
    await this.waitForGateway(apiKey);
    return { adminKey: adminKey.secret, apiKey };
  }

  close(): void {
    for (const client of [
      this.organizations,
      this.workspaces,
      this.provisions,
      this.keys,
      this.integrations,
    ]) {
      client.close();
    }
  }

  private get setup() {
    return this.input.state.state.setup;
  }

  private async createOrganization(): Promise<string> {
    const { organization } = await callPatiently(
      this.organizations.createOrganization.bind(this.organizations),
      provisioningV1.CreateOrganizationRequest.fromPartial({
        requestId: this.setup.requestIds.organization,
        reason: REASON,
        name: 'First organization',
      }),
      this.input.operator,
      this.input.signal,
    );
    const organizationId = present(organization?.id, 'organization');
    this.input.state.updateSetup({ organizationId });
    return organizationId;
  }

  private beginKeyAttempt() {
    const attempt = {
      adminRequestId: newRequestId('admin-key'),
      workspaceRequestId: newRequestId('workspace-key'),
    };
    this.input.state.updateSetup({ keyAttempts: [...this.setup.keyAttempts, attempt] });
    return attempt;
  }

  private async issueAdminKey(organizationId: string, requestId: string): Promise<IssuedKey> {
    const { apiKey, secret, position } = await this.issueKey(this.input.operator, {
      requestId,
      name: ADMIN_KEY_NAME,
      role: ApiKeyRole.ADMIN,
      organizationId,
    });
    return { id: present(apiKey?.id, 'admin key'), secret: present(secret, 'admin key'), position };
  }

  private async issueWorkspaceKey(admin: Caller, workspaceId: string, requestId: string): Promise<string> {
    const { secret } = await this.issueKey(admin, {
      requestId,
      name: WORKSPACE_KEY_NAME,
      role: ApiKeyRole.WORKSPACE,
      workspaceId,
    });
    return present(secret, 'workspace key');
  }

  private issueKey(caller: Caller, request: Partial<provisioningV1.IssueApiKeyRequest>) {
    return callPatiently(
      this.keys.issueApiKey.bind(this.keys),
      provisioningV1.IssueApiKeyRequest.fromPartial({ ...request, reason: REASON }),
      caller,
      this.input.signal,
    );
  }

  private async createWorkspace(admin: Caller): Promise<string> {
    const { workspace } = await callPatiently(
      this.workspaces.createWorkspace.bind(this.workspaces),
      provisioningV1.CreateWorkspaceRequest.fromPartial({
        requestId: this.setup.requestIds.workspace,
        reason: REASON,
        name: 'First workspace',
      }),
      admin,
      this.input.signal,
    );
    const workspaceId = present(workspace?.id, 'workspace');
    this.input.state.updateSetup({ workspaceId });
    return workspaceId;
  }

  private async connectSimulator(admin: Caller): Promise<{ id: string; position: string }> {
    const url = this.setup.simulatorUrl ?? simulatorUrl(this.input.ports);
    this.input.state.updateSetup({ simulatorUrl: url });
    const { integration, position } = await callPatiently(
      this.integrations.connectIntegration.bind(this.integrations),
      registryV1.ConnectIntegrationRequest.fromPartial({
        requestId: this.setup.requestIds.integration,
        reason: REASON,
        name: 'Simulator',
        slug: 'simulator',
        provider: 'self-hosted',
        credential: { api_key: this.input.secrets.simulatorCredential },
        customHost: `${url}/v1`,
        customModels: MODEL_NAMES.map(simulatedModel),
      }),
      admin,
      this.input.signal,
    );
    return { id: present(integration?.id, 'integration'), position };
  }

  private async provision(
    admin: Caller,
    workspaceId: string,
    integration: { id: string; position: string },
  ): Promise<void> {
    await callPatiently(
      this.provisions.provisionIntegration.bind(this.provisions),
      provisioningV1.ProvisionIntegrationRequest.fromPartial({
        requestId: this.setup.requestIds.provision,
        reason: REASON,
        integrationId: integration.id,
        workspaceId,
        limits: [monthlyBudget()],
        atLeastPosition: integration.position,
      }),
      admin,
      this.input.signal,
    );
  }

  /** Keys of earlier attempts: nobody has seen them, so nobody can miss them. */
  private async revokeLostKeys(admin: Caller, current: IssuedKey): Promise<void> {
    if (this.setup.keyAttempts.length === 1) return;
    const lost = (await this.listKeys(admin, current.position)).filter(
      ({ id, name, status }) =>
        id !== current.id &&
        status === ApiKeyStatus.ACTIVE &&
        (name === ADMIN_KEY_NAME || name === WORKSPACE_KEY_NAME),
    );
    for (const { id } of lost) {
      const request = {
        requestId: `first-start-revoke-${id}`,
        reason: 'issued but never shown',
        apiKeyId: id,
      };
      const revoke = this.keys.revokeApiKey.bind(this.keys);
      await callPatiently(
        revoke,
        provisioningV1.RevokeApiKeyRequest.fromPartial(request),
        admin,
        this.input.signal,
      );
    }
  }

  private async listKeys(admin: Caller, atLeastPosition: string): Promise<provisioningV1.ApiKey[]> {
    const found: provisioningV1.ApiKey[] = [];
    let pageToken = '';
    do {
      const page = await callPatiently(
        this.keys.listApiKeys.bind(this.keys),
        provisioningV1.ListApiKeysRequest.fromPartial({ pageSize: 200, pageToken, atLeastPosition }),
        admin,
        this.input.signal,
      );
      found.push(...page.apiKeys);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return found;
  }

  /** What is printed must work when it is pasted: the gateway hears of the key and the provision a moment later. */
  private async waitForGateway(apiKey: string): Promise<void> {
    for (const start = Date.now(); Date.now() - start < GATEWAY_PATIENCE_MS; await sleep(50)) {
      this.input.signal.throwIfAborted();
      if (await this.gatewayOffers(apiKey)) return;
    }
    throw new Error(`the gateway does not offer ${MODEL}`);
  }

  private async gatewayOffers(apiKey: string): Promise<boolean> {
    try {
      const response = await fetch(`${gatewayUrl(this.input.ports)}/v1/models`, {
        headers: { authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(2_000),
      });
      const body = (await response.json()) as { data?: { id?: string }[] };
      return response.ok && (body.data ?? []).some(({ id }) => id === MODEL);
    } catch {
      return false;
    }
  }
}

interface IssuedKey {
  readonly id: string;
  readonly secret: string;
  readonly position: string;
}

const monthlyBudget = (): typeV1.Limit =>
  typeV1.Limit.fromPartial({
    kind: {
      $case: 'budget',
      value: {
        amount: { $case: 'nanoUsd', value: MONTHLY_BUDGET_NANO_USD },
        reset: { period: typeV1.ResetPeriod.MONTHLY },
      },
    },
  });

const simulatedModel = (name: string): typeV1.Model =>
  typeV1.Model.fromPartial({
    name,
    inputNanoUsdPerMillion: 500_000_000n,
    outputNanoUsdPerMillion: 2_000_000_000n,
    maxOutputTokens: 4_096n,
    contextWindow: 131_072n,
  });

const present = (value: string | undefined, what: string): string => {
  if (!value) throw new Error(`the ${what} was answered without what was asked for`);
  return value;
};
