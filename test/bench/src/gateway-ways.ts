import { newCommand, processTree, type Product, type Team } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import {
  cheapUpstream,
  chatBody,
  chatCall,
  governedTeam,
  keyLimits,
  sharedLimitsTeam,
  unlimitedTeam,
} from './governed-team';
import { type Calls, type Case, MANY_KEYS } from './gateway-cases';
import type { Asked } from './load-callers';
import {
  connectMany,
  createWorkspaces,
  each,
  manySlug,
  numbers,
  PATIENCE_MS,
  provisionAll,
} from './many-provisions';
import type { NginxProxy, ProviderPorts } from './nginx-proxy';
import { telling } from './telling';

/** Whose processor time is counted with a way to the provider, by name. */
export type Counted = Readonly<Record<string, () => readonly number[]>>;

export interface Way {
  readonly name: 'direct' | 'nginx' | 'gateway' | 'no limits';
  /** The process in the way, as it is counted. */
  readonly own?: 'nginx' | 'gateway';
  readonly port: number;
  readonly tls?: boolean;
  readonly asked: readonly Asked[];
  readonly counted: Counted;
  /** The share of a processor that all of these take together when nothing is left to do. */
  readonly calm: number;
}

export interface Loaded {
  readonly workspaces: number;
  readonly integrations: number;
}

interface Asker {
  readonly key: string;
  readonly model: string;
}

const MODEL = 'bench';
/** Beside what is taken when nobody calls. */
const CALM = 0.1;

export const treeOf = (pid: number | undefined): readonly number[] =>
  pid === undefined ? [] : processTree(pid).map((entry) => entry.pid);

const CHILDREN = [...(['metering', 'registry', 'provisioning', 'audit', 'console', 'simulator'] as const)];

/** Every process that the product starts, none left out. */
export const PROCESSES: readonly string[] = ['gateway', 'postgres', ...CHILDREN, 'launcher'];

/** What is of none of its children is the launcher's. */
export const countedOf = (product: Product): Counted => {
  const named: Counted = {
    postgres: () => treeOf(product.postgresPid),
    ...Object.fromEntries(
      (['gateway', ...CHILDREN] as const).map((name) => [name, () => treeOf(product.pidOf(name))]),
    ),
  };
  const launcher = (): readonly number[] => {
    const known = new Set(Object.values(named).flatMap((pids) => pids()));
    return treeOf(product.pid).filter((pid) => !known.has(pid));
  };
  return { ...named, launcher };
};

/** The ways to the provider; who calls is made when he is first needed. */
export class Ways {
  private readonly askers = new Map<Calls, Promise<readonly Asker[]>>();
  private readonly product: Product;

  constructor(
    private readonly running: {
      readonly product: Product;
      readonly provider: ProviderPorts;
      readonly nginx?: NginxProxy;
      /** Milliseconds a second of each process when nobody calls. */
      readonly idle: Readonly<Record<string, number>>;
    },
    private readonly loaded: Loaded,
  ) {
    this.product = running.product;
  }

  async of(its: Case): Promise<readonly Way[]> {
    const { provider, nginx } = this.running;
    const tls = its.calls === 'tls';
    const plain: readonly Asked[] = [{ headers: {}, body: chatBody({ ...its, model: MODEL }) }];
    const throughNginx = (proxy: NginxProxy): Way => ({
      ...{ name: 'nginx', own: 'nginx', port: tls ? proxy.tlsPort : proxy.port, asked: plain },
      counted: { nginx: () => treeOf(proxy.pid) },
      calm: CALM,
    });
    return [
      {
        name: 'direct',
        port: tls ? provider.tlsPort : provider.port,
        tls,
        asked: plain,
        counted: {},
        calm: CALM,
      },
      ...(nginx ? [throughNginx(nginx)] : []),
      await this.throughGateway('gateway', its, its.calls),
      ...(its.withoutLimits ? [await this.throughGateway('no limits', its, 'no limits')] : []),
    ];
  }

  private async throughGateway(name: Way['name'], its: Case, calls: Calls): Promise<Way> {
    const askers = await (this.askers.get(calls) ?? this.make(calls));
    return {
      ...{ name, own: 'gateway', port: Number(new URL(this.product.gatewayUrl).port) },
      asked: askers.map(({ key, model }) => chatCall(key, { ...its, model })),
      counted: countedOf(this.product),
      calm: CALM + Object.values(this.running.idle).reduce((sum, its) => sum + its, 0) / 1_000,
    };
  }

  private make(calls: Calls): Promise<readonly Asker[]> {
    const { product } = this;
    const { port, tlsPort } = this.running.provider;
    const plain = cheapUpstream(port);
    const one = async (making: Promise<Team>): Promise<readonly Asker[]> => {
      const team = await making;
      return [{ key: team.key, model: team.model() }];
    };
    const makers: Readonly<Record<Calls, () => Promise<readonly Asker[]>>> = {
      plain: () => one(governedTeam(product, plain)),
      'no limits': () => one(unlimitedTeam(product, plain)),
      tls: () => one(governedTeam(product, { customHost: `https://localhost:${tlsPort}/v1` })),
      translation: () => one(governedTeam(product, { ...plain, provider: 'anthropic' })),
      keys: async () => keysOf(product, await sharedLimitsTeam(product, plain)),
      'limited keys': async () => keysOf(product, await sharedLimitsTeam(product, plain), keyLimits()),
      provisions: () => keyOfEach(product, plain.customHost, this.loaded),
    };
    const made = makers[calls]();
    this.askers.set(calls, made);
    return made;
  }
}

/** Keys of one team's workspace, which all its provision and share its limits. */
const keysOf = async (product: Product, team: Team, limits: readonly typeV1.Limit[] = []) => {
  const keys = await issueKeys(product, Array<string>(MANY_KEYS).fill(team.workspaceId), limits);
  const askers = keys.map((key) => ({ key, model: team.model() }));
  await untilKnown(product, askers);
  return askers;
};

/** Many workspaces, each with every one of many integrations and a key. */
const keyOfEach = async (
  product: Product,
  customHost: string,
  { workspaces, integrations }: Loaded,
): Promise<readonly Asker[]> => {
  const ids = await connectMany(product, integrations, { customHost, model: MODEL });
  const workspaceIds = await createWorkspaces(product, workspaces);
  await provisionAll(product, ids, workspaces);
  const keys = await issueKeys(product, workspaceIds);
  const askers = keys.map((key, index) => ({ key, model: `@${manySlug(index % integrations)}/${MODEL}` }));
  await untilKnown(product, askers);
  return askers;
};

const issueKeys = async (
  product: Product,
  workspaceIds: readonly string[],
  limits: readonly typeV1.Limit[] = [],
): Promise<readonly string[]> => {
  const { apiKeys } = product.control();
  const keys: string[] = [];
  await telling(
    'keys',
    workspaceIds.length,
    () => Object.keys(keys).length,
    () =>
      each(numbers(workspaceIds.length), async (index) => {
        const { secret } = await apiKeys.issueApiKey(
          provisioningV1.IssueApiKeyRequest.fromPartial({
            ...newCommand(),
            ...{ name: `bench ${index}`, role: provisioningV1.ApiKeyRole.WORKSPACE },
            workspaceId: workspaceIds[index] ?? '',
            limits: [...limits],
          }),
        );
        keys[index] = secret;
      }),
  );
  return keys;
};

/** The gateway is told of changes in their order: who knows those that were made last, and a few before, knows all. */
const LOOKED_AT = 64;

const untilKnown = async (product: Product, askers: readonly Asker[]): Promise<void> => {
  for (const { key, model } of askers.slice(-LOOKED_AT)) {
    const gateway = product.gateway(key);
    await eventually(async () => {
      if (!(await gateway.models()).includes(model)) throw new Error(`the gateway does not know ${model}`);
    }, PATIENCE_MS);
    await gateway.close();
  }
};
