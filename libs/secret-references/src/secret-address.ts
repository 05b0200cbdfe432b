/** Where a secret is that Gatehouse does not keep. Nothing of it is secret. */
export type SecretLocator =
  /** A variable of the gateway's environment. */
  | { readonly kind: 'environment'; readonly variable: string }
  /** A file on the gateway's machine: an absolute path without detours. */
  | { readonly kind: 'file'; readonly path: string }
  /** By its friendly name, in the account of the gateway's own AWS role. */
  | { readonly kind: 'aws-secrets-manager'; readonly region: string; readonly name: string }
  /** In version 2 of HashiCorp Vault's key/value engine. */
  | { readonly kind: 'hashicorp-vault'; readonly mount: string; readonly path: string };

export type SecretManager = SecretLocator['kind'];

/** What the operator's list calls it: the text that a grant must match. */
export const addressOf = (locator: SecretLocator): string => {
  switch (locator.kind) {
    case 'environment':
      return locator.variable;
    case 'file':
      return locator.path;
    case 'aws-secrets-manager':
      return `${locator.region}:${locator.name}`;
    case 'hashicorp-vault':
      return `${locator.mount}/${locator.path}`;
  }
};

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;
const REGION = /^[a-z]{2,8}(-[a-z]{2,16}){1,2}-[0-9]{1,2}$/;
/** No colon: an ARN would lead into any account. */
const AWS_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const SEGMENT = /^(?!\.{1,2}$)[\w.-]+$/;
const PATH_LENGTH_MAX = 1_024;

/**
 * Whether it can name a secret at all. Its parts become paths of a file system or of a URL, so nothing in them may lead
 * elsewhere than its text says.
 */
export const isWellFormed = (locator: SecretLocator): boolean => {
  switch (locator.kind) {
    case 'environment':
      return VARIABLE.test(locator.variable);
    case 'file':
      return locator.path.startsWith('/') && isPath(locator.path.slice(1));
    case 'aws-secrets-manager':
      return REGION.test(locator.region) && AWS_NAME.test(locator.name);
    case 'hashicorp-vault':
      return isPath(locator.mount) && isPath(locator.path);
  }
};

const isPath = (path: string): boolean =>
  path.length <= PATH_LENGTH_MAX && path.split('/').every((segment) => SEGMENT.test(segment));
