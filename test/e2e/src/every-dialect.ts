import { eventually } from '@gatehouse/kernel/testing';
import { meteringV1, provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import { newCommand, requestsPerDay, usdBudget } from './control-plane';
import type { Product } from './product';
import { idOf, modelNamed } from './team';

const { Dialect } = typeV1;

/** Those that the simulator checks signatures of. */
const SIMULATED_AWS_KEYS = {
  aws_access_key_id: 'AKIASIMULATOR0000000',
  aws_secret_access_key: 'simulated/secret/access/key/of/the/simulator',
};

const API_KEY_FIELDS = { api_key: 'simulator-takes-any' };

interface Simulated {
  readonly api: typeV1.Dialect;
  /** Where the simulator speaks it. */
  readonly path: string;
  readonly credential: Record<string, string>;
  readonly fields?: Record<string, string>;
}

/** By the provider whose own language it is. */
const SIMULATED = {
  openai: { api: Dialect.OPENAI, path: '/v1', credential: API_KEY_FIELDS },
  'azure-openai': { api: Dialect.AZURE_OPENAI, path: '/openai', credential: API_KEY_FIELDS },
  anthropic: { api: Dialect.ANTHROPIC, path: '/v1', credential: API_KEY_FIELDS },
  bedrock: {
    api: Dialect.BEDROCK,
    path: '',
    credential: SIMULATED_AWS_KEYS,
    fields: { region: 'eu-central-1' },
  },
} as const satisfies Record<string, Simulated>;

export type SimulatedDialect = keyof typeof SIMULATED;

export const SIMULATED_DIALECTS = Object.keys(SIMULATED) as readonly SimulatedDialect[];

/** Keys by what becomes of their calls. `stranger` was never issued. */
export type KeyUse = 'good' | 'spent' | 'hasty' | 'stranger';

/** More than any call of the features may cost; what is left after one of the spending model is less. */
const SMALL_BUDGET = 2_500_000n;
const SPENDING_TOKENS = 1_100;
const SPENDING = `sim-small;first=0;interval=0;completion=${SPENDING_TOKENS}`;

/** As a deployment of Azure's may be called: the simulator takes both spellings. */
const asDeployment = (model: string): string => model.replaceAll(';', '__').replaceAll('=', '.');

/** A workspace of a product, with the simulator as every provider: an integration for each dialect, whose slug is its name. */
export class EveryDialect {
  private readonly keys = new Map<KeyUse, string>();

  private constructor(
    private readonly product: Product,
    readonly workspaceId: string,
  ) {}

  /** @param models to be had of each: names that the simulator understands. */
  static async connect(product: Product, models: readonly string[]): Promise<EveryDialect> {
    const { workspace } = await product
      .control()
      .workspaces.createWorkspace(
        provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name: 'Of every dialect' }),
      );
    const made = new EveryDialect(product, idOf(workspace));
    const offered = [...models, SPENDING];
    for (const dialect of SIMULATED_DIALECTS) await made.connectDialect(dialect, offered);
    await made.issueKeys(offered);
    return made;
  }

  /** `@slug/model`, as clients call it. */
  modelOf(dialect: SimulatedDialect, model: string): string {
    return `@${dialect}/${dialect === 'azure-openai' ? asDeployment(model) : model}`;
  }

  keyOf(use: KeyUse): string {
    return this.keys.get(use) ?? '';
  }

  /** How many calls clients have left, as metering knows. */
  async callsLeft(): Promise<number> {
    const { records } = await this.product.control().usage.listUsageRecords(
      meteringV1.ListUsageRecordsRequest.fromPartial({
        workspaceId: this.workspaceId,
        outcome: meteringV1.UsageOutcome.CLIENT_LEFT,
        pageSize: 1_000,
      }),
    );
    return records.length;
  }

  private async connectDialect(dialect: SimulatedDialect, models: readonly string[]): Promise<void> {
    const { path, ...said }: Simulated = SIMULATED[dialect];
    const connected = await this.product.control().integrations.connectIntegration(
      registryV1.ConnectIntegrationRequest.fromPartial({
        ...newCommand(),
        ...{ name: dialect, slug: dialect, provider: dialect, local: true },
        ...said,
        customHost: this.product.first.simulator + path,
        customModels: (dialect === 'azure-openai' ? ['behind-all'] : models).map(modelNamed),
        deployments: (dialect === 'azure-openai' ? models : []).map((model) => ({
          alias: asDeployment(model),
          deploymentName: asDeployment(model),
          apiVersion: '2024-10-21',
          model: 'behind-all',
        })),
      }),
    );
    await this.product.control().provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial({
        ...newCommand(),
        integrationId: idOf(connected.integration),
        workspaceId: this.workspaceId,
        atLeastPosition: connected.position,
      }),
    );
  }

  private async issueKeys(models: readonly string[]): Promise<void> {
    const good = await this.issue('good');
    await this.issue('spent', usdBudget(SMALL_BUDGET));
    await this.issue('hasty', requestsPerDay(1n));
    // The last character belongs to its check value.
    this.keys.set('stranger', good.slice(0, -1) + (good.endsWith('a') ? 'b' : 'a'));
    await eventually(async () => {
      const known = await this.product.gateway(good).models();
      for (const dialect of SIMULATED_DIALECTS)
        for (const model of models) expect(known).toContain(this.modelOf(dialect, model));
    });
    await this.use('spent', SPENDING_TOKENS, 412);
    await this.use('hasty', 1, 429);
  }

  private async issue(use: KeyUse, ...limits: typeV1.Limit[]): Promise<string> {
    const { secret } = await this.product.control().apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({
        ...newCommand(),
        name: use,
        role: provisioningV1.ApiKeyRole.WORKSPACE,
        workspaceId: this.workspaceId,
        limits,
      }),
    );
    this.keys.set(use, secret);
    return secret;
  }

  /** Calls with a key until its limit has nothing more. */
  private async use(use: KeyUse, tokens: number, refusal: number): Promise<void> {
    const gateway = this.product.gateway(this.keyOf(use));
    const messages = [{ role: 'user', content: 'More.' }];
    const model = this.modelOf('openai', SPENDING);
    await eventually(async () => {
      const answer = await gateway.chat({ model, messages, max_tokens: tokens });
      expect(answer?.status).toBe(refusal);
    });
  }
}
