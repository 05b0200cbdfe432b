import { type GrpcController, GrpcService, RequestChecks, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { registryV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { GetSealedCredentialQuery } from '../../app/vault/get-sealed-credential.handler';
import { ListOutdatedWrapsQuery } from '../../app/vault/list-outdated-wraps.handler';
import { RewrapDataKeyCommand } from '../../app/vault/rewrap-data-key.handler';
import { toProtoCredentialUse } from './credential-use-conversion';
import { fromProtoIntegrationId } from './integration-target';
import { toProtoSealedCredential } from './sealed-credential-conversion';

@GrpcService('VaultService', registryV1.VaultServiceService)
export class VaultController implements GrpcController<typeof registryV1.VaultServiceService> {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
  ) {}

  @Requires('service.gateway', SMALL_REQUEST)
  async getSealedCredential(
    request: registryV1.GetSealedCredentialRequest,
  ): Promise<registryV1.GetSealedCredentialResponse> {
    const query = fromProtoGetSealedCredentialRequest(request);
    const { sealed, use } = await this.queries.execute(query);
    return { sealed: toProtoSealedCredential(sealed), ...(use && { use: toProtoCredentialUse(use) }) };
  }

  @Requires('service.gateway', SMALL_REQUEST)
  async listOutdatedWraps({
    afterIntegrationId,
  }: registryV1.ListOutdatedWrapsRequest): Promise<registryV1.ListOutdatedWrapsResponse> {
    const page = await this.queries.execute(new ListOutdatedWrapsQuery(afterIntegrationId));
    return {
      sealed: page.sealed.map(toProtoSealedCredential),
      keyId: '',
      nextAfterIntegrationId: page.nextAfterIntegrationId,
      keys: [...page.keys].map(([integrationId, { keyId, publicKey, custody }]) => ({
        integrationId,
        keyId,
        publicKey: Buffer.from(publicKey),
        custody: Buffer.from(custody),
      })),
    };
  }

  @Requires('service.gateway', SMALL_REQUEST)
  async rewrapDataKey(request: registryV1.RewrapDataKeyRequest): Promise<registryV1.RewrapDataKeyResponse> {
    await this.commands.execute(fromProtoRewrapDataKeyRequest(request));
    return {};
  }
}

const fromProtoGetSealedCredentialRequest = (
  request: registryV1.GetSealedCredentialRequest,
): GetSealedCredentialQuery => {
  const checks = new RequestChecks();
  const id = fromProtoIntegrationId(request.integrationId, checks);
  if (request.credentialVersion < 1) checks.fault('credential_version', 'must be at least 1');
  checks.done();
  return new GetSealedCredentialQuery(id, request.credentialVersion);
};

const ENCAPSULATED_KEY_BYTES = 32;
const WRAPPED_DATA_KEY_BYTES = 48;

const fromProtoRewrapDataKeyRequest = (request: registryV1.RewrapDataKeyRequest): RewrapDataKeyCommand => {
  const { credentialVersion, fromKeyId, toKeyId: keyId, encapsulatedKey, wrappedDataKey } = request;
  const checks = new RequestChecks();
  const id = fromProtoIntegrationId(request.integrationId, checks);
  if (credentialVersion < 1) checks.fault('credential_version', 'must be at least 1');
  if (encapsulatedKey.length !== ENCAPSULATED_KEY_BYTES) {
    checks.fault('encapsulated_key', `must have ${ENCAPSULATED_KEY_BYTES} bytes`);
  }
  if (wrappedDataKey.length !== WRAPPED_DATA_KEY_BYTES) {
    checks.fault('wrapped_data_key', `must have ${WRAPPED_DATA_KEY_BYTES} bytes`);
  }
  checks.done();
  const wrapped = { keyId, encapsulatedKey, wrappedDataKey };
  return new RewrapDataKeyCommand(id, credentialVersion, fromKeyId, wrapped);
};
