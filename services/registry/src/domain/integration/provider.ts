import type { Model } from './model';

/** Whether an integration names a host of its own. */
export type CustomHostRule = 'refused' | 'optional' | 'required';

/** A secret field of a credential. */
export interface CredentialFieldSpec {
  readonly name: string;
  readonly optional: boolean;
}

/** A vendor or server kind: an entry of the catalog, pure data. */
export interface Provider {
  /** What callers call it, e.g. `azure-openai`. */
  readonly name: string;
  readonly displayName: string;
  /** Without a trailing slash; empty where a custom host is required. */
  readonly baseUrl: string;
  readonly customHost: CustomHostRule;
  readonly credentialFields: readonly CredentialFieldSpec[];
  /** The wire dialect it speaks. */
  readonly dialect: string;
  readonly models: readonly Model[];
}
