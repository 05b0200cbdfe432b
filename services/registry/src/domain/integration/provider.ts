import {
  dialectFacts,
  type DialectName,
  type EndpointKind,
  isServed as isServedDialect,
  type Probes,
} from '@gatehouse/offering';

/** What a credential can be. */
export type CredentialKindName =
  | 'none'
  | 'api-key'
  | 'organization-key'
  | 'azure-key'
  | 'entra-client-secret'
  | 'entra-managed-identity'
  | 'entra-workload-identity'
  | 'aws-access-key'
  | 'aws-assumed-role'
  | 'bedrock-api-key'
  | 'google-service-account'
  | 'google-api-key'
  | 'custom-headers';

/** One of the ways in which a provider can be shown whose a request is, with the fields that it takes. */
export interface CredentialKind {
  readonly name: CredentialKindName;
  /** For people. */
  readonly label: string;
  /** Beside those of the provider's form that are not secret. */
  readonly fields: readonly FormField[];
  /** What it is shown for: the scope of an Entra token, the service of an AWS signature; empty where it needs none. */
  readonly audience: string;
  /** Who makes tokens of it: an origin, with `{region}` for the form's field; empty where nobody does. */
  readonly issuer: string;
  /** Who makes them instead in regions whose names begin so: those of a cloud apart from the rest. */
  readonly issuerApart?: { readonly regions: string; readonly issuer: string };
}

/** Whether an integration names a host of its own. */
export type CustomHostRule = 'refused' | 'optional' | 'required';

/** How a request proves whose it is. */
export type AuthScheme =
  /** `Authorization: Bearer …`, left away where the credential has no key. */
  | 'bearer'
  /** `Authorization: Key …` and `Authorization: Token …`. */
  | 'key'
  | 'token'
  /** A header of this name. */
  | 'x-api-key'
  | 'api-key'
  | 'x-goog-api-key'
  /** AWS Signature Version 4. */
  | 'aws-sigv4'
  /** An access token of a Google service account. */
  | 'google-oauth'
  /** Oracle Cloud's request signature. */
  | 'oci-signature';

/** A call that the provider takes. */
export interface Endpoint {
  readonly kind: EndpointKind;
  /** What follows the base URL; begins with a slash. */
  readonly path: string;
}

/** A field of the form by which an admin connects the provider. */
export interface FormField {
  /** `snake_case`; a field of this name in the base URL's template is filled in with it. */
  readonly name: string;
  /** For people. */
  readonly label: string;
  /** Where to find it, or an example; may be empty. */
  readonly help: string;
  /** Secret fields are the credential: sealed, never shown. The others are kept and shown as they are. */
  readonly secret: boolean;
  readonly required: boolean;
  /** The field without which this one is of no use, where it has such a one. */
  readonly needs?: string;
  /** What the whole value matches; absent: anything printable. */
  readonly pattern?: RegExp;
}

/** The name under which earlier versions of an API honour an output limit. */
export interface OutputLimitBefore {
  /** The first that knows the name of today, as its date: `2024-09-01`. */
  readonly apiVersion: string;
  readonly name: string;
}

/** Where a provider departs from what its dialect says, as far as the bill depends on it. */
export interface Quirks {
  /** The name under which it honours an output limit. */
  readonly outputLimit: string;
  /** Other names that it may read as an output limit: removed beside the honoured one, or refused. */
  readonly outputLimitSynonyms: readonly string[];
  /** Parameters that multiply what is generated, unknown to the bound: refused. */
  readonly outputMultipliers: readonly string[];
  /** It takes `stream_options.include_usage`. Others tell the usage of a stream unasked, or never. */
  readonly streamOptions: boolean;
  /** Where the usage lies in an answer or an event, as dotted paths; the first that is there counts. */
  readonly usagePaths: readonly string[];
  /** Where inside the usage the cached input tokens lie, beside where the dialect has them. */
  readonly cachedInputPaths: readonly string[];
  /** Reasoning tokens come on top of the output tokens. */
  readonly reasoningOutsideOutput: boolean;
  /** A generation that is cancelled is generated to its end, and billed so. */
  readonly cancelledBilledInFull: boolean;
  /** Whatever it is told becomes a setting of the generation: what nobody here knows is kept from it. */
  readonly strict: boolean;
  /** What it takes beside the parameters of its dialect; matters where it is strict. */
  readonly parameters: readonly string[];
  /** The fastest that it is known to write an answer, in tokens a second; 0: nobody says. */
  readonly tokensPerSecondMax: number;
  /** Absent: whatever the version of its API, it honours the same name. */
  readonly outputLimitBefore?: OutputLimitBefore | undefined;
}

/** A vendor or a kind of server: a row of the catalog, pure data. */
export interface Provider {
  /** What callers call it, e.g. `azure-openai`. */
  readonly name: string;
  readonly displayName: string;
  /**
   * Without a trailing slash; `{field}` stands for a field of the form that is not secret. Empty where a custom host is
   * required.
   */
  readonly baseUrl: string;
  readonly customHost: CustomHostRule;
  readonly auth: AuthScheme;
  /** The first is what the gateway speaks to it. */
  readonly dialects: readonly [DialectName, ...DialectName[]];
  readonly endpoints: readonly Endpoint[];
  readonly form: readonly FormField[];
  /** Its facts are stale, or the vendor has ended it: still connectable, no longer advised. */
  readonly deprecated: boolean;
  readonly quirks: Quirks;
  /** So many of its models are others' or fine-tuned ones that an explicit list of those to be offered is advised. */
  readonly explicitModelsAdvised: boolean;
  /** Other kinds of credential than the one whose fields are in the form. */
  readonly otherKinds?: readonly CredentialKind[];
  /** What the credential of the form is shown for: the service of an AWS signature. */
  readonly audience?: string;
  /** The cheapest endpoints, where they are others than its dialect has. */
  readonly probes?: Probes;
}

/** The fields that are sealed. */
export const secretFieldsOf = ({ form }: Pick<Provider, 'form'>): readonly FormField[] =>
  form.filter(({ secret }) => secret);

/** The fields that are kept in the open. */
export const openFieldsOf = ({ form }: Pick<Provider, 'form'>): readonly FormField[] =>
  form.filter(({ secret }) => !secret);

/** Whether it is a kind of server that everybody runs for themselves: it has no host, and needs nothing. */
export const isSelfHosted = ({ customHost, form }: Pick<Provider, 'customHost' | 'form'>): boolean =>
  customHost === 'required' && form.every(({ required }) => !required);

type ServedFacts = Pick<Provider, 'auth' | 'audience' | 'dialects' | 'endpoints'>;

/** Whether gateways can call it today: they speak its dialect, and can prove to it whose a call is. */
export const isServed = ({ auth, audience, dialects, endpoints }: ServedFacts): boolean => {
  const [dialect] = dialects;
  if (!isServedDialect(dialect) || auth === 'oci-signature') return false;
  // A signature names the service that it is for.
  if (auth === 'aws-sigv4' && audience === undefined) return false;
  const { needs = [] } = dialectFacts(dialect);
  return needs.every((kind) => endpoints.some((endpoint) => endpoint.kind === kind));
};

/** The same of an integration: a local one is called in what its admin says that it speaks, whatever its provider does. */
export const isIntegrationServed = (
  { local, dialect }: { readonly local: boolean; readonly dialect: string },
  provider: ServedFacts,
): boolean => (local ? isServedDialect(dialect) : isServed(provider));

/** What an integration is called in. While it cannot be called it is nothing that gateways speak: they would try. */
export const calledDialect = (provider: Provider): DialectName =>
  isServed(provider)
    ? provider.dialects[0]
    : (provider.dialects.find((dialect) => !isServedDialect(dialect)) ?? 'other');

/** The base URL with its fields filled in. Every field that it names has a value: `openFieldFaults` has seen to that. */
export const filledBaseUrl = (
  { baseUrl }: Pick<Provider, 'baseUrl'>,
  fields: ReadonlyMap<string, string>,
): string => baseUrl.replaceAll(/\{(\w+)\}/g, (_all, name: string) => fields.get(name) ?? '');
