import type { Promised } from '@gatehouse/grpc';
import type { gatewayV1 } from '@gatehouse/proto-gen';
import type { Destruction, IntegrationKey } from '@gatehouse/sealing';
import type { OnApplicationShutdown } from '@nestjs/common';
import { KeyCustody, type KeyName } from '../../app/vault/integration-keys.ports';

export type CustodyRpc = Pick<
  Promised<gatewayV1.KeyCustodyServiceClient>,
  'createIntegrationKey' | 'destroyIntegrationKey' | 'close'
>;

/** Asks a gateway, any of them. */
export class GrpcKeyCustody extends KeyCustody implements OnApplicationShutdown {
  constructor(private readonly rpc: CustodyRpc) {
    super();
  }

  onApplicationShutdown(): void {
    this.rpc.close();
  }

  create({ integrationId, epoch }: KeyName): Promise<IntegrationKey> {
    return this.rpc.createIntegrationKey({ integrationId, epoch });
  }

  async destroy(
    { integrationId, epoch }: KeyName,
    keyId: string,
    wasScheduled: boolean,
  ): Promise<Destruction> {
    const request = { integrationId, epoch, keyId, wasScheduled };
    const { scheduledFor } = await this.rpc.destroyIntegrationKey(request);
    return scheduledFor === undefined ? { state: 'destroyed' } : { state: 'scheduled', until: scheduledFor };
  }
}
