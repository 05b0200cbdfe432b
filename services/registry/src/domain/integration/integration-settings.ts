/** How an integration is called: everything that its admin says of it but the credential, and where it leads. */
export interface IntegrationSettings {
  readonly dialect: string;
  /** Where requests go, without a trailing slash. */
  readonly baseUrl: string;
  /** Empty when the provider's own base URL is used. */
  readonly customHost: string;
  /** The fields of the provider's form that are not secret. */
  readonly fields: Readonly<Record<string, string>>;
  /** A server of the organization's own, whatever the provider. */
  readonly local: boolean;
  /** Base URLs of models that are somewhere else, by name. */
  readonly modelHosts: Readonly<Record<string, string>>;
  /** Of the headers that are sealed with the credential, in small letters, in order. */
  readonly headerNames: readonly string[];
  /** As the catalog names it; empty for the one of the provider's form. */
  readonly credentialKind: string;
  /** Who makes tokens of the credential, which is shown to them as well; empty where nobody does. */
  readonly issuer: string;
}

/** The settings of whatever has them, and nothing else of it. */
export const settingsOf = ({
  dialect,
  baseUrl,
  customHost,
  fields,
  local,
  modelHosts,
  headerNames,
  credentialKind,
  issuer,
}: IntegrationSettings): IntegrationSettings => ({
  dialect,
  baseUrl,
  customHost,
  fields,
  local,
  modelHosts,
  headerNames,
  credentialKind,
  issuer,
});

const byName = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : 1);

const canonical = (settings: IntegrationSettings): string =>
  JSON.stringify(settingsOf(settings), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value as Record<string, string>).sort(byName))
      : value,
  );

/** Whether two say the same, in whatever order their maps are. */
export const sameSettings = (some: IntegrationSettings, others: IntegrationSettings): boolean =>
  canonical(some) === canonical(others);

/** Every URL that the credential is shown to: where calls go, and who makes tokens of it. */
export const calledUrls = ({ baseUrl, modelHosts, issuer }: IntegrationSettings): readonly string[] => [
  baseUrl,
  ...Object.values(modelHosts),
  ...(issuer === '' ? [] : [issuer]),
];
