import { idOf, modelNamed, newCommand, type Product } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';

/** Faults are under way while admins work: what is not done yet is asked again, under its request id. */
const WITHIN_MS = 120_000;
const UNBOUNDED = 4_096;

/** A workspace whose calls can be told in the provider's book: it has models of its own, one for each gateway. */
export interface ChaosTeam {
  /** In the names of its models. */
  readonly name: string;
  readonly slug: string;
  readonly workspaceId: string;
  readonly key: string;
  /** What has limits that govern it, by id. */
  readonly scopes: ReadonlyMap<string, ScopeWords>;
}

export interface ScopeWords {
  /** Whose limits they are. */
  readonly of: string;
  /** All of them are. */
  readonly strict: boolean;
}

export interface TeamPlan {
  readonly name: string;
  readonly limits: readonly typeV1.Limit[];
}

export const modelOf = (team: string, gateway: number): string =>
  `${team}-g${gateway};first=15;interval=3;completion=${UNBOUNDED}`;

/** Whose attempt it is, and through which gateway it came, by the model in the provider's book; undefined for a stranger's. */
export const ownerOf = (model: string): { readonly team: string; readonly gateway: number } | undefined => {
  const [, team, gateway] = /^([a-z0-9]+)-g(\d+);/.exec(model) ?? [];
  return team === undefined ? undefined : { team, gateway: Number(gateway) };
};

/** What admins set up for clients. */
export class Admins {
  constructor(
    private readonly product: Product,
    private readonly simulator: string,
    private readonly gateways: readonly number[],
  ) {}

  /** Binds all teams together. */
  async limitOrganization(limits: readonly typeV1.Limit[]): Promise<void> {
    await this.changeLimits({ $case: 'organization', value: {} }, limits);
  }

  /**
   * One integration for several workspaces.
   * @param limits of the integration: they bind its teams together.
   */
  async newTeams(
    slug: string,
    plans: readonly TeamPlan[],
    limits: readonly typeV1.Limit[],
  ): Promise<ChaosTeam[]> {
    const models = plans.flatMap(({ name }) =>
      this.gateways.map((number) => modelNamed(modelOf(name, number))),
    );
    const connection = registryV1.ConnectIntegrationRequest.fromPartial({
      ...newCommand(),
      name: slug,
      slug,
      provider: 'self-hosted',
      credential: { api_key: 'simulator-takes-any' },
      customHost: `${this.simulator}/v1`,
      customModels: models,
    });
    const { integration, position } = await eventually(
      () => this.control.integrations.connectIntegration(connection),
      WITHIN_MS,
    );
    const integrationId = idOf(integration);
    if (limits.length > 0) await this.changeLimits({ $case: 'integrationId', value: integrationId }, limits);
    const teams: ChaosTeam[] = [];
    for (const plan of plans) teams.push(await this.newTeam(plan, { integrationId, slug, position }));
    return teams;
  }

  private get control(): ReturnType<Product['control']> {
    return this.product.control();
  }

  private async newTeam(
    { name, limits }: TeamPlan,
    { integrationId, slug, position }: { integrationId: string; slug: string; position: string },
  ): Promise<ChaosTeam> {
    const { workspaces, provisions, apiKeys } = this.control;
    const creation = provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name });
    const { workspace } = await eventually(() => workspaces.createWorkspace(creation), WITHIN_MS);
    const workspaceId = idOf(workspace);
    const provisioning = provisioningV1.ProvisionIntegrationRequest.fromPartial({
      ...newCommand(),
      integrationId,
      workspaceId,
      limits: [...limits],
      atLeastPosition: position,
    });
    const { provision } = await eventually(() => provisions.provisionIntegration(provisioning), WITHIN_MS);
    const key = provisioningV1.IssueApiKeyRequest.fromPartial({
      name,
      role: provisioningV1.ApiKeyRole.WORKSPACE,
      workspaceId,
    });
    // A secret is shown once: a key whose answer was lost is followed by another.
    const issued = await eventually(() => apiKeys.issueApiKey({ ...key, ...newCommand() }), WITHIN_MS);
    const scopes = new Map([
      [idOf(provision), { of: `provision of ${name}`, strict: limits.every(isStrict) }],
      [integrationId, { of: `integration ${slug}`, strict: false }],
    ]);
    return { name, slug, workspaceId, key: issued.secret, scopes };
  }

  private async changeLimits(
    holder: provisioningV1.LimitHolder['holder'],
    limits: readonly typeV1.Limit[],
  ): Promise<void> {
    const change = { ...newCommand(), holder: { holder }, limits: [...limits], atLeastPosition: '' };
    await eventually(() => this.control.limits.changeLimits(change), WITHIN_MS);
  }
}

const isStrict = ({ kind }: typeV1.Limit): boolean => kind?.$case === 'budget' && kind.value.strict;

const USD = 1_000_000_000n;

/** None is reset: what was spent in a run is in one period. */
const budget = (amount: typeV1.Budget['amount'], strict = false): typeV1.Limit => ({
  id: '',
  kind: {
    $case: 'budget',
    value: { amount, reset: { period: typeV1.ResetPeriod.NEVER, everyDays: 0 }, strict },
  },
});
const usd = (value: bigint, strict?: boolean): typeV1.Limit => budget({ $case: 'nanoUsd', value }, strict);
const tokens = (value: bigint): typeV1.Limit => budget({ $case: 'tokens', value });

/** One team with more than it can spend. */
export const ROOMY = { name: 'roomy', limits: [usd(1_000n * USD)] } satisfies TeamPlan;

/** Large, and of all teams together. */
export const OF_ALL: readonly typeV1.Limit[] = [usd(5_000n * USD), tokens(10_000_000_000n)];

/** Two teams that soon have nothing left: each has a budget, and both have one together that is less than these. */
export const waveOf = (
  number: number,
): {
  readonly slug: string;
  readonly plans: readonly TeamPlan[];
  readonly limits: readonly typeV1.Limit[];
} => ({
  slug: `wave-${number}`,
  plans: [
    { name: `w${number}a`, limits: [usd(USD / 10n, true)] },
    { name: `w${number}b`, limits: [usd(USD / 8n), tokens(60_000n)] },
  ],
  limits: [usd(USD / 6n)],
});
