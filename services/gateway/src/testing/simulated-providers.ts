import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { deriveId } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { type provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import type { DialectName } from '../domain/dialects/dialect';
import { CREDENTIAL, GatewayFixture, SMALL_LIMITS, SMALL_PRICES } from './gateway-fixture';
import { SimulatorProcess } from './simulator-process';

const { AuthScheme, CredentialKind } = typeV1;

/** Those that the simulator checks signatures of. */
export const SIMULATED_AWS_KEYS = {
  aws_access_key_id: 'AKIASIMULATOR0000000',
  aws_secret_access_key: 'simulated/secret/access/key/of/the/simulator',
};

interface Simulated {
  /** Where the simulator speaks it. */
  readonly path: string;
  readonly use: Partial<typeV1.CredentialUse>;
  readonly fields: Record<string, string>;
}

/** More than the smallest that can be thought. */
const LIMITS = { ...SMALL_LIMITS, maxOutputTokens: 8_000n };

const API_KEY_FIELDS = { api_key: CREDENTIAL };

const SIMULATED: Readonly<Record<DialectName, Simulated>> = {
  openai: { path: '/v1', use: { kind: CredentialKind.API_KEY }, fields: API_KEY_FIELDS },
  'azure-openai': { path: '/openai', use: { kind: CredentialKind.AZURE_KEY }, fields: API_KEY_FIELDS },
  anthropic: {
    path: '/v1',
    use: { kind: CredentialKind.API_KEY, auth: AuthScheme.X_API_KEY },
    fields: API_KEY_FIELDS,
  },
  bedrock: {
    path: '',
    use: { kind: CredentialKind.AWS_ACCESS_KEY, fields: { region: 'eu-central-1' }, audience: 'bedrock' },
    fields: SIMULATED_AWS_KEYS,
  },
};

export const SIMULATED_DIALECTS = Object.keys(SIMULATED) as readonly DialectName[];

/** The models as the dialect's integrations offer them: Azure's are called by deployments. */
const offerOf = (
  dialect: DialectName,
  models: readonly string[],
): Partial<provisioningV1.IntegrationConfig> => {
  if (dialect === 'azure-openai') {
    const deployment = { model: 'roomy', apiVersion: '2024-10-21', isDefault: false };
    return { deployments: models.map((name) => ({ alias: name, deploymentName: name, ...deployment })) };
  }
  const customModels = models.map((name) => ({ name, ...LIMITS, prices: SMALL_PRICES }));
  return { modelDecisions: typeV1.ModelDecisions.fromPartial({ customModels }) };
};

/** A gateway of which the simulator is every provider: an integration for each dialect, whose slug is its name. */
export class SimulatedProviders {
  private constructor(
    readonly gateway: GatewayFixture,
    readonly simulator: SimulatorProcess,
  ) {}

  /** @param models to be had of each: names that the simulator understands. */
  static async start(models: readonly string[]): Promise<SimulatedProviders> {
    const gateway = new GatewayFixture();
    await gateway.startSurroundings();
    const data = join(gateway.directory, 'simulator');
    mkdirSync(data);
    const simulator = await SimulatorProcess.start(data);
    const providers = new SimulatedProviders(gateway, simulator);
    gateway.setModel('roomy', LIMITS, SMALL_PRICES);
    for (const dialect of SIMULATED_DIALECTS) await providers.connect(dialect, models);
    await gateway.startGateway();
    await until(() => gateway.control.vaultCalls >= SIMULATED_DIALECTS.length);
    return providers;
  }

  get url(): string {
    return this.gateway.url;
  }

  async stop(): Promise<void> {
    await this.simulator.stop();
    await this.gateway.stop();
  }

  private async connect(dialect: DialectName, models: readonly string[]): Promise<void> {
    const { gateway } = this;
    const { path, use, fields } = SIMULATED[dialect];
    const baseUrl = this.simulator.url + path;
    const id = deriveId('int', dialect);
    await gateway.sealFor(1, fields, [baseUrl], id);
    gateway.control.uses.set(id, typeV1.CredentialUse.fromPartial(use as typeV1.CredentialUse));
    gateway.setIntegration({ slug: dialect, dialect, baseUrl, ...offerOf(dialect, models) }, id);
    gateway.setProvision({ integrationId: id, allModels: true, modelNames: [] }, deriveId('prv', dialect));
  }
}
