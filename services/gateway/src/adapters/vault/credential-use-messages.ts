import {
  CREDENTIAL_KINDS,
  type CredentialKind,
  type CredentialUse,
  KEY_SCHEMES,
  type KeyScheme,
} from '@gatehouse/provider-auth';
import { enumWords, typeV1 } from '@gatehouse/proto-gen';

/** Undefined for a kind that this gateway does not know. */
export const fromProtoCredentialUse = (use: typeV1.CredentialUse): CredentialUse | undefined => {
  const kind = CREDENTIAL_KINDS.find((known) => KINDS[known] === use.kind);
  return (
    kind && {
      kind,
      // What is no key's scheme is its kind's own.
      scheme: KEY_SCHEMES.find((known) => SCHEMES[known] === use.auth) ?? 'bearer',
      fields: use.fields,
      audience: use.audience,
      externalId: use.externalId,
    }
  );
};

export const toProtoCredentialUse = (use: CredentialUse): typeV1.CredentialUse => ({
  kind: KINDS[use.kind],
  auth: SCHEMES[use.scheme],
  fields: { ...use.fields },
  audience: use.audience,
  externalId: use.externalId,
});

const KINDS: Readonly<Record<CredentialKind, typeV1.CredentialKind>> = enumWords(typeV1.CredentialKind);
const SCHEMES: Readonly<Record<KeyScheme, typeV1.AuthScheme>> = enumWords(typeV1.AuthScheme);
