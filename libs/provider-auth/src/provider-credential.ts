/** One of the sealed fields' owner and version: what a token that came of a credential belongs to. */
export interface CredentialHolder {
  readonly organizationId: string;
  readonly integrationId: string;
  /** Counts from 1. */
  readonly credentialVersion: number;
}

/** The keys that sign requests to AWS. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys only. */
  readonly sessionToken?: string;
}

/** What a signature is made for. */
export interface AwsScope {
  /** E.g. `eu-central-1`. */
  readonly region: string;
  /** AWS's name for signing, from the row: `bedrock`, not the host's `bedrock-runtime`. */
  readonly service: string;
}

/** Which of Microsoft's clouds knows the tenant; each has its own authority. */
export type EntraCloud = 'public' | 'us-government' | 'china';

/** What an Entra token is for: `https://…/.default`, from the row. */
interface EntraScope {
  readonly scope: string;
}

interface EntraApplication extends EntraScope {
  readonly cloud: EntraCloud;
  /** A GUID or a domain of the tenant. */
  readonly tenantId: string;
  readonly clientId: string;
}

/**
 * An opened credential with what of its integration and its catalog row it takes to use it. It says nothing about
 * where tokens are asked for: those places are constants (`tokenOriginOf`).
 */
export type ProviderCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer-key'; readonly key: string }
  | {
      readonly kind: 'header-key';
      readonly header: string;
      /** Before the key, with a space after it: `Token`, `Key`. */
      readonly scheme?: string;
      readonly key: string;
    }
  | {
      readonly kind: 'organization-key';
      readonly key: string;
      /** What tells organization and project, under the names that the row has for them. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | ({ readonly kind: 'entra-client-secret'; readonly clientSecret: string } & EntraApplication)
  | ({
      readonly kind: 'entra-managed-identity';
      /** Of a user-assigned identity; absent for the machine's own. */
      readonly clientId?: string;
    } & EntraScope)
  | ({ readonly kind: 'entra-workload-identity' } & EntraApplication)
  | ({ readonly kind: 'aws-access-key' } & AwsKeys & AwsScope)
  | ({
      readonly kind: 'aws-assumed-role';
      readonly roleArn: string;
      /** Minted by us, never typed by an admin: it is what keeps an organization from another's roles. */
      readonly externalId: string;
      /** Who assumes it: keys of the credential, or the gateway itself. */
      readonly source: AwsKeys | 'gateway-role';
    } & AwsScope)
  | {
      readonly kind: 'google-service-account';
      /** The key file as it was pasted. */
      readonly json: string;
    }
  | { readonly kind: 'static-headers'; readonly headers: Readonly<Record<string, string>> };

/** One kind of credential. */
export type CredentialOf<Kind extends ProviderCredential['kind']> = Extract<
  ProviderCredential,
  { kind: Kind }
>;

/** Credentials of which a token, or temporary keys, are made first. */
export type TokenCredential = CredentialOf<
  | 'entra-client-secret'
  | 'entra-managed-identity'
  | 'entra-workload-identity'
  | 'google-service-account'
  | 'aws-assumed-role'
>;
