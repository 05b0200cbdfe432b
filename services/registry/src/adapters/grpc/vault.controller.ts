import { type GrpcController, GrpcService, RequestChecks, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { registryV1 } from '@gatehouse/proto-gen';
import type { SealedCredential } from '@gatehouse/sealing';
import { QueryBus } from '@nestjs/cqrs';
import { GetSealedCredentialQuery } from '../../app/vault/get-sealed-credential.handler';
import { fromProtoIntegrationId } from './integration-conversion';

@GrpcService('VaultService', registryV1.VaultServiceService)
export class VaultController implements GrpcController<typeof registryV1.VaultServiceService> {
  constructor(private readonly queries: QueryBus) {}

  @Requires('service.gateway', SMALL_REQUEST)
  async getSealedCredential(
    request: registryV1.GetSealedCredentialRequest,
  ): Promise<registryV1.GetSealedCredentialResponse> {
    const query = fromProtoGetSealedCredentialRequest(request);
    return { sealed: toProtoSealedCredential(await this.queries.execute(query)) };
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

const toProtoSealedCredential = (sealed: SealedCredential): registryV1.SealedCredential => ({
  organizationId: sealed.organizationId,
  integrationId: sealed.integrationId,
  credentialVersion: sealed.credentialVersion,
  fields: [...sealed.fields],
  encapsulatedKey: Buffer.from(sealed.encapsulatedKey),
  wrappedDataKey: Buffer.from(sealed.wrappedDataKey),
  nonce: Buffer.from(sealed.nonce),
  ciphertext: Buffer.from(sealed.ciphertext),
  format: sealed.format,
  origins: [...sealed.origins],
});
