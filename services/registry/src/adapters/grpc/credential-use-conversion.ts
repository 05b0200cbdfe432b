import type { typeV1 } from '@gatehouse/proto-gen';
import type { CredentialUse } from '../../domain/integration/credential-kind';
import { AUTH_SCHEME, CREDENTIAL_KIND } from './provider-conversion';

export const toProtoCredentialUse = (use: CredentialUse): typeV1.CredentialUse => ({
  kind: CREDENTIAL_KIND[use.kind],
  auth: AUTH_SCHEME[use.auth],
  fields: use.fields,
  audience: use.audience,
  externalId: use.externalId,
});
