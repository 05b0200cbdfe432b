import type { ApiKeyUses } from '@gatehouse/access';
import type { Promised } from '@gatehouse/grpc';
import { type ApiKeyId, apiKeyId, type OrganizationId } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1, operationsV1 } from '@gatehouse/proto-gen';
import type { ServiceName } from '@gatehouse/topology';
import type { OnApplicationShutdown } from '@nestjs/common';
import { KeyUses, type ServiceUses } from '../../app/api-key/api-key.ports';

type UsageClient = Pick<Promised<meteringV1.UsageServiceClient>, 'listLastCalls' | 'close'>;
type KeyUseClient = Pick<Promised<operationsV1.KeyUseServiceClient>, 'listKeyUses' | 'close'>;

/** Who is asked when keys last called; undefined for whoever has no address. */
export interface AskedOfUses {
  /** Provisioning's own. */
  readonly own: Pick<ApiKeyUses, 'find'>;
  /** Metering, of what gateways were called for. */
  readonly usage: UsageClient | undefined;
  readonly others: readonly { readonly service: ServiceName; readonly client: KeyUseClient | undefined }[];
}

/** When keys last called is told by the services that they called. That one cannot be asked keeps nobody from seeing the keys. */
export class GrpcKeyUses extends KeyUses implements OnApplicationShutdown {
  constructor(
    private readonly asked: AskedOfUses,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.asked.usage?.close();
    for (const { client } of this.asked.others) client?.close();
  }

  of(organizationId: OrganizationId, apiKeyIds: readonly ApiKeyId[]): Promise<readonly ServiceUses[]> {
    const { own, usage, others } = this.asked;
    return Promise.all([
      this.told('gateway', usage && callsIn(usage, organizationId, apiKeyIds)),
      this.told(
        'provisioning',
        own.find(apiKeyIds).then(({ hours, since }) => ({ last: hours, since })),
      ),
      ...others.map(({ service, client }) => this.told(service, client && usesIn(client, apiKeyIds))),
    ]);
  }

  private async told(
    service: ServiceName,
    answer: Promise<ServiceUses['known']> | undefined,
  ): Promise<ServiceUses> {
    try {
      return { service, known: await answer };
    } catch (error) {
      this.log.warn({ err: error, service }, 'it is not told when keys last called');
      return { service };
    }
  }
}

/** Usage is kept from the first call on. */
const EVER = new Date(0);

const callsIn = async (
  usage: UsageClient,
  organizationId: OrganizationId,
  apiKeyIds: readonly ApiKeyId[],
): Promise<ServiceUses['known']> => {
  const { lastCalls } = await usage.listLastCalls({ organizationId, apiKeyIds: [...apiKeyIds] });
  return { since: EVER, last: lastOf(lastCalls.map(({ apiKeyId: id, minute }) => [id, minute])) };
};

const usesIn = async (
  client: KeyUseClient,
  apiKeyIds: readonly ApiKeyId[],
): Promise<ServiceUses['known']> => {
  const { uses, since } = await client.listKeyUses({ apiKeyIds: [...apiKeyIds] });
  return since && { since, last: lastOf(uses.map(({ apiKeyId: id, hour }) => [id, hour])) };
};

const lastOf = (uses: readonly (readonly [string, Date | undefined])[]): ReadonlyMap<ApiKeyId, Date> =>
  new Map(uses.flatMap(([id, at]) => (at ? [[apiKeyId(id), at] as const] : [])));
