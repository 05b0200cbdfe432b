import {
  type CredentialUse,
  type OutgoingRequest,
  type ProviderAuthenticator,
  type ProviderCredential,
  providerCredentialOf,
  tokenOriginOf,
} from '@gatehouse/provider-auth';
import { CredentialMisdirected, leadsTo, type SealedCredential } from '@gatehouse/sealing';
import type { Proof } from '../../app/gateway.ports';
import { secretValuesIn } from '../../domain/secrets';

/** A credential as the vault gives it. */
export interface KeptCredential {
  readonly sealed: SealedCredential;
  /** Absent where a registry of before did not tell. */
  readonly use?: CredentialUse;
}

/** An opened credential: its secret fields, out of which seal they came, and how they are used. */
export interface OpenedCredential {
  readonly sealed: SealedCredential;
  readonly fields: Readonly<Record<string, string>>;
  readonly use: CredentialUse;
}

/** At once where the authenticator has nothing to ask for. Errors: CredentialMisdirected; those of `ProviderAuthenticator`, and of `providerCredentialOf`. */
export const proofOf = (
  authenticator: ProviderAuthenticator,
  { sealed, fields, use }: OpenedCredential,
  request: OutgoingRequest,
): Proof | Promise<Proof> => {
  const credential = providerCredentialOf(use, fields);
  assertIssuerBound(credential, sealed);
  const headers = authenticator.headersFor(sealed, credential, request);
  return headers instanceof Promise
    ? headers.then((made) => proofBy(made, fields))
    : proofBy(headers, fields);
};

const proofBy = (headers: Proof['headers'], fields: OpenedCredential['fields']): Proof => {
  const secrets = secretValuesIn(fields);
  for (const name of Object.keys(headers)) secrets.push(withoutScheme(headers[name] as string));
  return { headers, secrets };
};

/** Of a header's value: the token after `Bearer` and its like, by which a provider would quote it. */
const withoutScheme = (value: string): string => value.slice(value.indexOf(' ') + 1);

/** The issuer of its tokens is shown the credential too: it has to be among the origins that it is sealed for. */
const assertIssuerBound = (credential: ProviderCredential, { origins }: SealedCredential): void => {
  const issuer = tokenOriginOf(credential);
  if (issuer !== undefined && !leadsTo(issuer, origins)) throw new CredentialMisdirected();
};
