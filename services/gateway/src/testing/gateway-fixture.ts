import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashApiKey } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { BusProducer, type BusMessage, type Topic } from '@gatehouse/bus';
import { freePort } from '@gatehouse/embedded-postgres';
import { deriveId } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { eventsV1, type meteringV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import {
  generateVaultKeyPair,
  HpkeCredentialSealer,
  originsOf,
  type VaultKeyPair,
  vaultKeyIdOf,
} from '@gatehouse/sealing';
import type { RunningGateway } from '../gateway-app';
import { readGatewayConfig } from '../gateway.config';
import { ChildGateway } from './child-gateway';
import { FakeControlPlane } from './fake-control-plane';
import { FakeProvider } from './fake-provider';
import { startAlone } from './gateway-alone';

export const ORGANIZATION = deriveId('org', 'test');
export const WORKSPACE = deriveId('ws', 'test');
export const INTEGRATION = deriveId('int', 'test');
export const PROVISION = deriveId('prv', 'test');
export const KEY_ID = deriveId('key', 'test');
export const CREDENTIAL = 'sk-canary-0123456789abcdef';
export const MODEL = '@acme/small';
/** What the registry proves itself with to the gateway. */
export const REGISTRY_TOKEN = 'token-of-the-registry';
export const PEPPER = Buffer.alloc(32, 7);
export const API_KEY = keyNamed(PEPPER, 'test');

/** Remembers what was published; can be told to fail. */
export class RecordingBus extends BusProducer {
  readonly records: meteringV1.UsageRecord[] = [];
  readonly messages: BusMessage[] = [];
  failing = false;

  async publish(_topic: Topic, messages: readonly BusMessage[]): Promise<void> {
    if (this.failing) throw new Error('the bus is down');
    for (const message of messages) {
      this.messages.push(message);
      const { record } = eventsV1.UsageRecorded.decode(message.value);
      if (record) this.records.push(record);
    }
  }

  async close(): Promise<void> {}
}

/** 0.50 and 2.00 USD per million tokens. */
export const SMALL_PRICES = typeV1.Prices.fromPartial({
  rates: { input: 500_000_000n, output: 2_000_000_000n },
});
/** How much fits. */
export const SMALL_LIMITS = { maxOutputTokens: 1_000n, contextWindow: 128_000n };
const PROVIDER = 'self-hosted';

const integration = (baseUrl: string): provisioningV1.IntegrationConfig => ({
  organizationId: ORGANIZATION,
  slug: 'acme',
  provider: PROVIDER,
  dialect: 'openai',
  baseUrl,
  credentialVersion: 1,
  models: [],
  modelDecisions: typeV1.ModelDecisions.fromPartial({ access: { selectedAt: 1n } }),
  disabled: false,
  deployments: [],
  connecting: false,
  modelHosts: {},
  local: false,
});

const provision: provisioningV1.ProvisionConfig = {
  organizationId: ORGANIZATION,
  workspaceId: WORKSPACE,
  integrationId: INTEGRATION,
  enabled: true,
  allModels: false,
  modelNames: ['small', 'free'],
  revision: 1n,
  limited: true,
};

/** A gateway with everything around it faked, on real sockets. */
export class GatewayFixture {
  readonly control = new FakeControlPlane();
  readonly provider = new FakeProvider();
  readonly bus = new RecordingBus();
  readonly directory = mkdtempSync(join(tmpdir(), 'gatehouse-gateway-'));
  readonly vault = generateVaultKeyPair();
  /** Where the gateway answers other services. */
  grpcAddress = '';
  readonly keyDirectory = join(this.directory, 'keys');
  private running: RunningGateway | undefined;

  async start(overrides: NodeJS.ProcessEnv = {}): Promise<void> {
    await this.startSurroundings();
    await this.startGateway(overrides);
  }

  async startSurroundings(): Promise<void> {
    this.grpcAddress = `127.0.0.1:${await freePort()}`;
    await this.control.start();
    await this.provider.start();
    await this.configure();
  }

  get url(): string {
    return this.running?.url ?? '';
  }

  env(overrides: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      GATEHOUSE_HTTP_LISTEN: '127.0.0.1:0',
      GATEHOUSE_LOG_LEVEL: 'error',
      GATEHOUSE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
      GATEHOUSE_KEY_PEPPER: PEPPER.toString('base64'),
      GATEHOUSE_SERVICE_TOKEN: 'token-of-the-gateway',
      GATEHOUSE_GRPC_LISTEN: this.grpcAddress,
      GATEHOUSE_SERVICE_TOKEN_HASHES: `registry=${createHash('sha256').update(REGISTRY_TOKEN).digest('hex')}`,
      GATEHOUSE_REGISTRY_ADDRESS: this.control.address,
      GATEHOUSE_PROVISIONING_ADDRESS: this.control.address,
      GATEHOUSE_METERING_ADDRESS: this.control.address,
      GATEHOUSE_VAULT_PRIVATE_KEY_FILE: this.keyFiles(this.vault),
      GATEHOUSE_KEY_DIR: this.keyDirectory,
      GATEHOUSE_DATA_DIR: join(this.directory, 'data'),
      GATEHOUSE_PRIVATE_HOSTS: '127.0.0.0/8',
      GATEHOUSE_WAIT_MS: '300',
      GATEHOUSE_DRAIN_MS: '500',
      ...overrides,
    };
  }

  /** The files of these vault keys, as the gateway's setting names them. */
  keyFiles(...pairs: readonly VaultKeyPair[]): string {
    return pairs
      .map(({ publicKey, privateKey }) => {
        const file = join(this.directory, `${vaultKeyIdOf(publicKey)}.key`);
        writeFileSync(file, privateKey.toString('base64'), { mode: 0o600 });
        return file;
      })
      .join(',');
  }

  async startGateway(overrides: NodeJS.ProcessEnv = {}): Promise<void> {
    const config = readGatewayConfig(this.env(overrides));
    this.running = await startAlone(config, async () => ({
      producer: this.bus,
      close: async () => undefined,
    }));
    const look = this.control.fault === 'down' ? 'healthz' : 'readyz';
    await until(async () => (await fetch(`${this.url}/${look}`)).status === 200);
  }

  /** In a process of its own, so that it can be killed. What it publishes is in `bus.records`. */
  async startChild(overrides: NodeJS.ProcessEnv = {}): Promise<ChildGateway> {
    const child = this.beginChild(overrides);
    this.running = { url: await child.serving, stop: () => child.end('SIGTERM') };
    await until(async () => (await fetch(`${this.url}/healthz`)).status === 200, 'the gateway to be ready');
    return child;
  }

  /** Not waited for: whoever begins it ends it. */
  beginChild(overrides: NodeJS.ProcessEnv = {}): ChildGateway {
    return new ChildGateway(this.env(overrides), this.bus.records);
  }

  async stopGateway(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }

  async stop(): Promise<void> {
    await this.stopGateway();
    this.control.stop();
    await this.provider.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  chat(body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  /** Seals a credential in the fake vault, for the fake provider unless another base URL is given. */
  seal(version: number, fields: Record<string, string>, baseUrl = this.provider.baseUrl): Promise<void> {
    return this.sealFor(version, fields, [baseUrl]);
  }

  /** The same for all of these. */
  async sealFor(
    version: number,
    fields: Record<string, string>,
    urls: readonly string[],
    integrationId = INTEGRATION,
  ): Promise<void> {
    const binding = {
      organizationId: ORGANIZATION,
      integrationId,
      credentialVersion: version,
      origins: originsOf(urls),
    };
    const sealed = await new HpkeCredentialSealer(this.vault.publicKey).seal(binding, fields);
    this.control.sealed.set(`${integrationId}.${version}`, sealed as never);
  }

  setIntegration(change: Partial<provisioningV1.IntegrationConfig>, id = INTEGRATION): void {
    const value = { ...integration(this.provider.baseUrl), ...change };
    this.control.set({ id, value: { $case: 'integration', value } });
  }

  /** Without prices it is unpriced; without limits nothing is known of it any more. */
  setModel(name: string, limits?: typeof SMALL_LIMITS, prices?: typeV1.Prices): void {
    const facts = limits && typeV1.ModelFacts.fromPartial({ ...limits, listedSince: 1n });
    const of = `${PROVIDER}/${name}`;
    this.control.set({ id: `model:${of}`, value: facts && { $case: 'model', value: facts } });
    this.control.set({ id: `price:${of}`, value: prices && { $case: 'price', value: prices } });
  }

  setProvision(change: Partial<provisioningV1.ProvisionConfig>, id = PROVISION): void {
    this.control.set({ id, value: { $case: 'provision', value: { ...provision, ...change } } });
  }

  setWorkspace(change: Partial<provisioningV1.WorkspaceConfig>): void {
    const value = provisioningV1.WorkspaceConfig.fromPartial({
      organizationId: ORGANIZATION,
      revision: 1n,
      ...change,
    });
    this.control.set({ id: WORKSPACE, value: { $case: 'workspace', value } });
  }

  setKey(key = API_KEY, change: Partial<provisioningV1.KeyConfig> = {}): void {
    this.control.set({ id: KEY_ID, value: { $case: 'key', value: this.keyConfig(key, change) } });
  }

  keyConfig(key: string, change: Partial<provisioningV1.KeyConfig> = {}): provisioningV1.KeyConfig {
    return {
      organizationId: ORGANIZATION,
      workspaceId: WORKSPACE,
      hash: hashApiKey(PEPPER, key),
      revision: 1n,
      limited: false,
      scopes: [],
      ...change,
    };
  }

  private async configure(): Promise<void> {
    await this.seal(1, { api_key: CREDENTIAL });
    this.setModel('small', SMALL_LIMITS, SMALL_PRICES);
    this.setModel('free', SMALL_LIMITS);
    this.setModel('secret', SMALL_LIMITS, SMALL_PRICES);
    this.setIntegration({});
    this.setProvision({});
    this.setWorkspace({});
    const unlimited = { revision: 0n, limited: false };
    this.control.set({ id: ORGANIZATION, value: { $case: 'organization', value: unlimited } });
    this.setKey();
    // Another integration of the organization, which this workspace was not given.
    const other = { ...integration(this.provider.baseUrl), slug: 'other' };
    this.control.set({ id: deriveId('int', 'other'), value: { $case: 'integration', value: other } });
  }
}
