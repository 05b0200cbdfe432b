import type { Promised } from '@gatehouse/grpc';
import { AppError, type OrganizationId, type ProvisionId } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { CallCounts } from '../../app/integration/integration.ports';

/** As many as metering takes in one request. */
const PROVISIONS_MAX = 10_000;

/** Asks metering. That it cannot be asked keeps nobody from deleting what is forced, nor from being told the rest. */
export class GrpcCallCounts extends CallCounts implements OnApplicationShutdown {
  constructor(
    private readonly usage: Pick<Promised<meteringV1.UsageServiceClient>, 'countCalls' | 'close'>,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.usage.close();
  }

  async since(
    day: string,
    organizationId: OrganizationId,
    provisionIds: readonly ProvisionId[],
  ): Promise<bigint | undefined> {
    let sum = 0n;
    try {
      for (let begin = 0; begin < provisionIds.length; begin += PROVISIONS_MAX) {
        const part = provisionIds.slice(begin, begin + PROVISIONS_MAX);
        const { calls } = await this.usage.countCalls({ organizationId, provisionIds: part, fromDay: day });
        sum += calls;
      }
      return sum;
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) throw error;
      this.log.warn({ err: error }, 'metering could not be asked for calls');
      return undefined;
    }
  }
}
