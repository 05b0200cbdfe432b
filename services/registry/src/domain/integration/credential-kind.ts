import { dialectFacts } from '@gatehouse/offering';
import type { IntegrationSettings } from './integration-settings';
import {
  type AuthScheme,
  type CredentialKind,
  type CredentialKindName,
  openFieldsOf,
  type Provider,
  secretFieldsOf,
} from './provider';

/** What it takes, beside the secret, to use a credential. None of it is secret. */
export interface CredentialUse {
  readonly kind: CredentialKindName;
  /** Where an API key goes. */
  readonly auth: AuthScheme;
  readonly fields: Readonly<Record<string, string>>;
  readonly audience: string;
  readonly externalId: string;
}

type KindFacts = Pick<Provider, 'form' | 'auth' | 'audience' | 'otherKinds'>;

/** Where Google's service accounts are given tokens. */
const GOOGLE_ISSUER = 'https://oauth2.googleapis.com';

/** The kinds that a provider takes; the first is the one of its form, and where none is named. */
export const kindsOf = (provider: KindFacts): readonly [CredentialKind, ...CredentialKind[]] => {
  const name = firstKindOf(provider);
  const fields = secretFieldsOf(provider);
  const issuer = name === 'google-service-account' ? GOOGLE_ISSUER : '';
  const first = { name, label: LABELS[name], fields, audience: provider.audience ?? '', issuer };
  return [first, ...(provider.otherKinds ?? [])];
};

/** The provider as it is with a credential of a kind: with the form of that kind. Undefined where it takes none such. */
export const withKind = <P extends KindFacts>(provider: P, name: string): P | undefined => {
  const [first, ...others] = kindsOf(provider);
  if (name === '' || name === first.name) return provider;
  const kind = others.find((other) => other.name === name);
  return kind && { ...provider, form: [...kind.fields, ...openFieldsOf(provider)] };
};

/** The kind of that name; undefined where the provider takes none such. */
const kindNamed = (provider: KindFacts, name: string): CredentialKind | undefined => {
  const kinds = kindsOf(provider);
  return name === '' ? kinds[0] : kinds.find((kind) => kind.name === name);
};

/** Who makes tokens of a credential of that kind: an origin, or empty. */
export const issuerOf = (provider: KindFacts, name: string, fields: ReadonlyMap<string, string>): string => {
  const { issuer = '', issuerApart: apart } = kindNamed(provider, name) ?? {};
  const isApart = apart !== undefined && (fields.get('region') ?? '').startsWith(apart.regions);
  return (isApart ? apart.issuer : issuer).replaceAll(
    /\{(\w+)\}/g,
    (_all, field: string) => fields.get(field) ?? '',
  );
};

/** How an integration's credential is used. Undefined for one whose kind its provider takes no more, or not yet. */
export const credentialUseOf = (
  provider: KindFacts,
  settings: Pick<IntegrationSettings, 'local' | 'dialect' | 'fields' | 'credentialKind'>,
  externalId: string,
): CredentialUse | undefined => {
  const kind = kindNamed(provider, settings.credentialKind);
  if (kind === undefined || provider.auth === 'oci-signature') return undefined;
  return {
    kind: kind.name,
    auth: (settings.local ? dialectFacts(settings.dialect).localAuth : undefined) ?? provider.auth,
    fields: settings.fields,
    audience: kind.audience,
    externalId: kind.name === 'aws-assumed-role' ? externalId : '',
  };
};

/** The kinds that a provider's form can be of; others have a form of their own. */
type FormKind = Extract<
  CredentialKindName,
  'api-key' | 'organization-key' | 'aws-access-key' | 'google-service-account' | 'google-api-key'
>;

const firstKindOf = ({ form, auth }: KindFacts): FormKind => {
  switch (auth) {
    case 'aws-sigv4':
      return 'aws-access-key';
    case 'google-oauth':
      return 'google-service-account';
    case 'x-goog-api-key':
      return 'google-api-key';
    case 'bearer':
      return form.some(({ name, secret }) => secret && name === 'organization')
        ? 'organization-key'
        : 'api-key';
    case 'key':
    case 'token':
    case 'x-api-key':
    case 'api-key':
    case 'oci-signature':
      return 'api-key';
  }
};

const LABELS: Readonly<Record<FormKind, string>> = {
  'api-key': 'API key',
  'organization-key': 'API key, for an organization and a project',
  'aws-access-key': 'AWS access key',
  'google-service-account': 'Google service account',
  'google-api-key': 'Google API key',
};
