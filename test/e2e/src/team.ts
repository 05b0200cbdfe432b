import { randomBytes } from 'node:crypto';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import { newCommand } from './control-plane';
import type { GatewayClient } from './gateway-client';
import type { Product } from './product';

export interface TeamOptions {
  /** The simulator's model names, with their settings: `sim-small;completion=500`. */
  readonly models: readonly string[];
  /** Besides, with prices of their own. */
  readonly pricedModels?: readonly typeV1.Model[];
  readonly limits?: readonly typeV1.Limit[];
  readonly credential?: string;
  /** The base URL of its provider, in place of the simulator's. */
  readonly customHost?: string;
  /** Whose language is spoken there; OpenAI's where it is absent. */
  readonly provider?: string;
}

/** A workspace with a provision of an integration of its own, and a key: what one test plays with. */
export interface Team {
  readonly slug: string;
  readonly integrationId: string;
  readonly workspaceId: string;
  readonly provisionId: string;
  readonly apiKeyId: string;
  readonly key: string;
  readonly gateway: GatewayClient;
  /** `@slug/model` of the first model, or of the named one. */
  model(name?: string): string;
}

const MAX_OUTPUT_TOKENS = 4_096n;

/** Connects, provisions and issues a key as an admin does, and waits until the gateway knows. */
export const newTeam = async (product: Product, options: TeamOptions): Promise<Team> => {
  const control = product.control();
  const slug = `team-${randomBytes(4).toString('hex')}`;
  const connected = await control.integrations.connectIntegration(
    registryV1.ConnectIntegrationRequest.fromPartial({
      ...newCommand(),
      name: slug,
      slug,
      provider: options.provider ?? 'self-hosted',
      local: options.provider !== undefined,
      credential: { api_key: options.credential ?? 'simulator-takes-any' },
      customHost: options.customHost ?? `${product.first.simulator}/v1`,
      customModels: [...options.models.map(modelNamed), ...(options.pricedModels ?? [])],
    }),
  );
  const integrationId = idOf(connected.integration);
  const { workspace } = await control.workspaces.createWorkspace(
    provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name: slug }),
  );
  const workspaceId = idOf(workspace);
  const { provision } = await control.provisions.provisionIntegration(
    provisioningV1.ProvisionIntegrationRequest.fromPartial({
      ...newCommand(),
      integrationId,
      workspaceId,
      limits: [...(options.limits ?? [])],
      atLeastPosition: connected.position,
    }),
  );
  const issued = await control.apiKeys.issueApiKey(
    provisioningV1.IssueApiKeyRequest.fromPartial({
      ...newCommand(),
      name: slug,
      role: provisioningV1.ApiKeyRole.WORKSPACE,
      workspaceId,
    }),
  );
  const gateway = product.gateway(issued.secret);
  const model = (name = options.models[0] ?? options.pricedModels?.[0]?.name): string => `@${slug}/${name}`;
  await eventually(async () => {
    if (!(await gateway.models()).includes(model())) throw new Error(`the gateway does not know ${model()}`);
  });
  return {
    slug,
    integrationId,
    workspaceId,
    provisionId: idOf(provision),
    apiKeyId: idOf(issued.apiKey),
    key: issued.secret,
    gateway,
    model,
  };
};

/** At the simulator's prices: 0.50 USD per million input tokens, 2.00 per million output tokens. */
export const modelNamed = (name: string): typeV1.Model => ({
  name,
  inputNanoUsdPerMillion: 500_000_000n,
  outputNanoUsdPerMillion: 2_000_000_000n,
  maxOutputTokens: MAX_OUTPUT_TOKENS,
  contextWindow: 131_072n,
});

/** The id of what an answer says was made. */
export const idOf = (made: { readonly id: string } | undefined): string => {
  if (!made) throw new Error('the answer lacks what was made');
  return made.id;
};
