import { connect, constants } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { AUTHORIZATION_KEY } from '@gatehouse/grpc';
import { auditV1, meteringV1, operationsV1, provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import type { ServiceName } from '@gatehouse/topology';
import { Product } from './product';

const START_MS = 120_000;
const ATTACK_MS = 60_000;
const MEBIBYTE = 1024 * 1024;
/** By itself Node's client sends no message above 10 MB. */
const CLIENT_MEGABYTES = 64;
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

/** Of a message as it travels. */
interface Bomb {
  readonly compressed: boolean;
  readonly bytes: Buffer;
}

describe('nobody crashes a service', () => {
  let product: Product;

  beforeAll(async () => {
    product = await Product.start();
  }, START_MS);

  afterAll(() => product?.stop(), START_MS);

  /** The gRPC status of a call with this message, or `no answer`. */
  const statusOf = (service: Edge, path: string, key: string | undefined, bomb: Bomb): Promise<string> =>
    new Promise((resolve) => {
      const session = connect(`http://${product.first.grpc[service]}`, {
        maxSessionMemory: CLIENT_MEGABYTES,
      });
      const ended = (outcome: string): void => {
        resolve(outcome);
        session.destroy();
      };
      const call = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: path,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        [constants.HTTP2_HEADER_TE]: 'trailers',
        ...(key !== undefined && { [AUTHORIZATION_KEY]: `Bearer ${key}` }),
        ...(bomb.compressed && { 'grpc-encoding': 'gzip' }),
      });
      const told = (headers: Readonly<Record<string, unknown>>): void => {
        const code = headers['grpc-status'];
        if (code !== undefined) ended(status[Number(code)] ?? String(code));
      };
      // A refusal comes as headers alone, an answer has it in its trailers.
      call.on('response', told).on('trailers', told);
      call.on('close', () => ended('no answer')).on('error', () => undefined);
      session.on('error', () => ended('no answer'));
      const prefix = Buffer.alloc(5);
      prefix.writeUInt8(bomb.compressed ? 1 : 0, 0);
      prefix.writeUInt32BE(bomb.bytes.length, 1);
      call.end(Buffer.concat([prefix, bomb.bytes]));
      call.resume();
    });

  /** Every RPC of `EDGES` with one message; `path: status` of each. */
  const attack = async (key: string | undefined, bomb: Bomb): Promise<string[]> => {
    const calls = SERVICES.flatMap((service) =>
      EDGES[service].map(async (path) => `${path}: ${await statusOf(service, path, key, bomb)}`),
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
          integrations.listIntegrations(page),
          workspaces.listWorkspaces(page),
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
