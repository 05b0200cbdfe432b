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

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;
const REGION = /^[a-z]{2,8}(-[a-z]{2,16}){1,2}-[0-9]{1,2}$/;
/** No colon: an ARN would lead into any account. */
const AWS_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const SEGMENT = /^(?!\.{1,2}$)[\w.-]+$/;
/** Characters of a path. */
export const LOCATOR_PATH_LENGTH_MAX = 1_024;

/** The parts of locators. */
export type LocatorPart = 'variable' | 'path' | 'region' | 'name' | 'mount';

/**
 * The parts of a locator that can name no secret. They become paths of a file system or of a URL, so nothing in them may
 * lead elsewhere than its text says.
 */
export const malformedParts = (locator: SecretLocator): readonly LocatorPart[] => {
  switch (locator.kind) {
    case 'environment':
      return VARIABLE.test(locator.variable) ? [] : ['variable'];
    case 'file':
      return locator.path.startsWith('/') && isPath(locator.path.slice(1)) ? [] : ['path'];
    case 'aws-secrets-manager':
      return [
        ...(REGION.test(locator.region) ? [] : (['region'] as const)),
        ...(AWS_NAME.test(locator.name) ? [] : (['name'] as const)),
      ];
    case 'hashicorp-vault':
      return (['mount', 'path'] as const).filter((part) => !isPath(locator[part]));
  }
};

const isPath = (path: string): boolean =>
  path.length <= LOCATOR_PATH_LENGTH_MAX && path.split('/').every((segment) => SEGMENT.test(segment));
