import { gzipSync } from 'node:zlib';
import { eventually } from '@gatehouse/kernel/testing';
import { auditV1, meteringV1, operationsV1, provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import type { ServiceName } from '@gatehouse/topology';
import type { Product } from './product';
import { rawCall, type RawCall } from './raw-call';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const ATTACK_MS = 60_000;
const MEBIBYTE = 1024 * 1024;
/** A field that every decoder has to step over, or to build an element of. */
const EMPTY_ELEMENT = Buffer.from([0x22, 0x00]);
const elements = (count: number): Buffer => Buffer.alloc(count * EMPTY_ELEMENT.length, EMPTY_ELEMENT);

/** One RPC of each gRPC service; where there is one with a repeated field, that. */
const EDGES = {
  registry: [
    registryV1.IntegrationServiceService.connectIntegration.path,
    registryV1.CatalogServiceService.listProviders.path,
    registryV1.VaultServiceService.getSealedCredential.path,
    operationsV1.ProjectionServiceService.rebuildProjection.path,
  ],
  provisioning: [
    provisioningV1.OrganizationServiceService.createOrganization.path,
    provisioningV1.WorkspaceServiceService.createWorkspace.path,
    provisioningV1.ProvisionServiceService.provisionIntegration.path,
    provisioningV1.ApiKeyServiceService.issueApiKey.path,
    provisioningV1.GatewayConfigServiceService.watch.path,
  ],
  metering: [
    meteringV1.LedgerServiceService.renewLeases.path,
    meteringV1.UsageServiceService.getUsage.path,
    meteringV1.BudgetServiceService.listLimitStates.path,
  ],
  audit: [auditV1.EventServiceService.listEvents.path],
} as const;
type Edge = keyof typeof EDGES;
const SERVICES = Object.keys(EDGES) as (Edge & ServiceName)[];

/** A line of a log. */
interface Denied {
  readonly msg: string;
  readonly address: string;
  readonly leftOut?: number;
}

/** Of today's form, with a check value that is wrong. */
const NEVER_ISSUED = `gh_${'0'.repeat(26)}_${'c'.repeat(43)}_${'x'.repeat(12)}`;
const keyIdOf = (key: string): string => `key_${key.split('_')[1]}`;

type Bomb = Required<Pick<RawCall, 'bytes' | 'compressed'>>;

let product: Product;

beforeAll(async () => {
  product = await sharedProduct();
}, START_MS);

describe('who is turned away leaves a trace', () => {
  /** The path of an RPC that a workspace key may not call. */
  const FORBIDDEN = {
    registry: registryV1.IntegrationServiceService.listIntegrations.path,
    provisioning: provisioningV1.WorkspaceServiceService.listWorkspaces.path,
    metering: meteringV1.LedgerServiceService.renewLeases.path,
    audit: auditV1.EventServiceService.listEvents.path,
  } satisfies Record<Edge, string>;
  const denialsOf = (service: Edge): Denied[] =>
    product.logOf<Denied>(service).filter(({ msg }) => msg === 'a call was denied');

  describe.each(SERVICES)('%s', (service) => {
    it.each([
      ['nobody', (): string | undefined => undefined, 'UNAUTHENTICATED', 'CREDENTIALS_MISSING'],
      ['a key that was never issued', () => NEVER_ISSUED, 'UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN'],
      ['a key that may not', () => product.first.apiKey, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    ] as const)('one line with caller, address, RPC and reason: %s', async (_, key, outcome, reason) => {
      const path = FORBIDDEN[service];
      const answer = await rawCall(product.first.grpc[service], { path, key: key() });
      expect(answer.outcome).toBe(outcome);
      const caller = reason === 'PERMISSION_DENIED' ? `key ${keyIdOf(product.first.apiKey)}` : 'unknown';
      const line = { level: 40, service, rpc: path, address: answer.from, caller, reason };
      await eventually(() =>
        expect(denialsOf(service).filter(({ address }) => address === answer.from)).toEqual([
          expect.objectContaining(line),
        ]),
      );
      expect(JSON.stringify(denialsOf(service))).not.toContain(key() ?? NEVER_ISSUED);
    });
  });

  it('a flood of them is no flood of lines, and none goes uncounted', async () => {
    const path = FORBIDDEN.registry;
    const before = denialsOf('registry').length;
    const start = performance.now();
    let denied = 0;
    const deny = async (): Promise<void> => {
      // Of a caller who is known: connections of others would be ended, which are lines too.
      await rawCall(product.first.grpc.registry, { path, key: product.first.apiKey });
      denied++;
    };
    for (let batch = 0; batch < 10; batch++) await Promise.all(Array.from({ length: 50 }, deny));
    // One more has to come when there is a line for it again, to tell of those that had none.
    await eventually(async () => {
      await deny();
      const lines = denialsOf('registry').slice(before);
      expect(lines.reduce((sum, { leftOut = 0 }) => sum + 1 + leftOut, 0)).toBe(denied);
    });
    const seconds = (performance.now() - start) / 1_000;
    expect(denialsOf('registry').length - before).toBeLessThanOrEqual(20 + 5 * Math.ceil(seconds));
  });
});

describe('nobody crashes a service', () => {
  /** Every RPC of `EDGES` with one message; `path: status` of each. */
  const attack = async (key: string | undefined, bomb: Bomb): Promise<string[]> => {
    const calls = SERVICES.flatMap((service) =>
      EDGES[service].map(async (path) => {
        const { outcome } = await rawCall(product.first.grpc[service], { path, key, ...bomb });
        return `${path}: ${outcome}`;
      }),
    );
    return Promise.all(calls);
  };

  const pids = (): unknown => SERVICES.map((service) => [service, product.pidOf(service)]);

  /** Makes calls of an innocent admin until told to stop; answers how many, and rejects with the first that failed. */
  const innocentCalls = (): { stop(): Promise<number> } => {
    const { integrations, workspaces, budgets, events } = product.control();
    const page = { pageSize: 1, pageToken: '', atLeastPosition: '' };
    let stopped = false;
    const calling = (async () => {
      let rounds = 0;
      do {
        await Promise.all([
          integrations.listIntegrations(registryV1.ListIntegrationsRequest.fromPartial(page)),
          workspaces.listWorkspaces(provisioningV1.ListWorkspacesRequest.fromPartial(page)),
          budgets.listLimitStates(meteringV1.ListLimitStatesRequest.fromPartial({})),
          events.listEvents(auditV1.ListEventsRequest.fromPartial({ pageSize: 1 })),
        ]);
        rounds++;
      } while (!stopped);
      return rounds;
    })();
    calling.catch(() => undefined);
    return {
      stop: () => {
        stopped = true;
        return calling;
      },
    };
  };

  const gzipped = gzipSync(elements(8_000_000), { level: 9 });
  const bombs: [string, Bomb][] = [
    ['16 kB of gzip that unpack to 8 million elements', { compressed: true, bytes: gzipped }],
    ['16 MB of empty elements', { compressed: false, bytes: elements(8 * MEBIBYTE) }],
    ['as many elements as the transport takes', { compressed: false, bytes: elements(MEBIBYTE / 2) }],
    ['as many elements as the bytes of an RPC allow', { compressed: false, bytes: elements(32 * 1024) }],
  ];
  const callers: [string, () => string | undefined][] = [
    ['nobody', () => undefined],
    ['a workspace key', () => product.first.apiKey],
    ['an admin key', () => product.first.adminKey],
  ];
  const REFUSED = /: (UNAUTHENTICATED|PERMISSION_DENIED|INVALID_ARGUMENT|RESOURCE_EXHAUSTED)$/;

  describe.each(bombs)('%s', (_bomb, bomb) => {
    it.each(callers)(
      'by %s',
      async (caller, key) => {
        const before = pids();
        const innocent = innocentCalls();
        const outcomes = await attack(key(), bomb);
        await expect(innocent.stop()).resolves.toBeGreaterThan(0);
        expect(outcomes.filter((outcome) => !REFUSED.test(outcome))).toEqual([]);
        if (caller === 'nobody') {
          expect(
            outcomes.filter((outcome) => !/: (UNAUTHENTICATED|INVALID_ARGUMENT)$/.test(outcome)),
          ).toEqual([]);
        }
        expect(pids()).toEqual(before);
      },
      ATTACK_MS,
    );
  });
});
