import type { Promised } from '@gatehouse/grpc';
import { type ApiKeyId, apiKeyId, type OrganizationId } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { KeyUses } from '../../app/api-key/api-key.ports';

/** When keys last called is told by metering. That it cannot be asked keeps nobody from seeing the keys. */
export class GrpcKeyUses extends KeyUses implements OnApplicationShutdown {
  constructor(
    private readonly usage: Pick<Promised<meteringV1.UsageServiceClient>, 'listLastCalls' | 'close'>,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.usage.close();
  }

  async lastOf(
    organizationId: OrganizationId,
    apiKeyIds: readonly ApiKeyId[],
  ): Promise<ReadonlyMap<ApiKeyId, Date> | undefined> {
    if (apiKeyIds.length === 0) return new Map();
    try {
      const { lastCalls } = await this.usage.listLastCalls({ organizationId, apiKeyIds: [...apiKeyIds] });
      return new Map(
        lastCalls.flatMap(({ apiKeyId: id, minute }) => (minute ? [[apiKeyId(id), minute] as const] : [])),
      );
    } catch (error) {
      this.log.warn({ err: error }, 'metering does not say when keys last called');
      return undefined;
    }
  }
}

/** Where metering has no address, nobody knows. */
export class UnknownKeyUses extends KeyUses {
  async lastOf(): Promise<undefined> {
    return undefined;
  }
}
