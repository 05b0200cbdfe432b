import type { registryV1 } from '@gatehouse/proto-gen';
import type { SealedCredential } from '@gatehouse/sealing';

export const toProtoSealedCredential = (sealed: SealedCredential): registryV1.SealedCredential => ({
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
  keyId: sealed.keyId,
  keyCustody: Buffer.from(sealed.keyCustody),
});
