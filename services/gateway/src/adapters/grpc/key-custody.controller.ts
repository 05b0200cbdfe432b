import { type GrpcController, GrpcService, RequestChecks, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { integrationId as parseIntegrationId } from '@gatehouse/kernel';
import { ServiceLog } from '@gatehouse/platform';
import { gatewayV1 } from '@gatehouse/proto-gen';
import { type IntegrationKeyName, KeyProviders } from '@gatehouse/sealing';
import { VaultCredentials } from '../vault/vault-credentials';

/** Makes and destroys keys of integrations for the registry, which never sees a private half. */
@GrpcService('KeyCustodyService', gatewayV1.KeyCustodyServiceService)
export class KeyCustodyController implements GrpcController<typeof gatewayV1.KeyCustodyServiceService> {
  constructor(
    private readonly keys: KeyProviders,
    private readonly credentials: VaultCredentials,
    private readonly log: ServiceLog,
  ) {}

  @Requires('service.registry', SMALL_REQUEST)
  async createIntegrationKey(
    request: gatewayV1.CreateIntegrationKeyRequest,
  ): Promise<gatewayV1.CreateIntegrationKeyResponse> {
    const { keyId, publicKey, custody } = await this.keys.create(fromProtoKeyName(request));
    return { keyId, publicKey: Buffer.from(publicKey), custody: Buffer.from(custody) };
  }

  @Requires('service.registry', SMALL_REQUEST)
  async destroyIntegrationKey(
    request: gatewayV1.DestroyIntegrationKeyRequest,
  ): Promise<gatewayV1.DestroyIntegrationKeyResponse> {
    const name = fromProtoKeyName(request);
    const { keyId, wasScheduled } = request;
    const outcome = await this.keys.destroy(name, keyId, wasScheduled);
    this.credentials.forget(name.integrationId, keyId);
    this.log.info({ ...name, keyId, ...outcome }, 'an integration key is taken away');
    return { scheduledFor: outcome.state === 'scheduled' ? outcome.until : undefined };
  }
}

const EPOCH_MAX = 999_999_999;

const fromProtoKeyName = ({
  integrationId,
  epoch,
}: Pick<gatewayV1.CreateIntegrationKeyRequest, 'integrationId' | 'epoch'>): IntegrationKeyName => {
  const checks = new RequestChecks();
  checks.parse('integration_id', 'must be the id of an integration', () => parseIntegrationId(integrationId));
  if (epoch < 1 || epoch > EPOCH_MAX) checks.fault('epoch', `must be from 1 to ${EPOCH_MAX}`);
  checks.done();
  return { integrationId, epoch };
};
