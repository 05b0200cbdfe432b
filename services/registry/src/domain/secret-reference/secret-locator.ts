import type { FieldViolation } from '@gatehouse/kernel';

/** Where a secret is that Gatehouse does not keep. Whether the organization may name it is the operator's to say. */
export type SecretLocator =
  /** A variable of the gateway's environment. */
  | { readonly kind: 'environment'; readonly variable: string }
  /** A file on the gateway's machine. */
  | { readonly kind: 'file'; readonly path: string }
  /** By its friendly name, in the account of the gateway's own AWS role. */
  | { readonly kind: 'aws-secrets-manager'; readonly region: string; readonly name: string }
  /** In version 2 of HashiCorp Vault's key/value engine. */
  | { readonly kind: 'hashicorp-vault'; readonly mount: string; readonly path: string };

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;
const REGION = /^[a-z]{2,8}(-[a-z]{2,16}){1,2}-[0-9]{1,2}$/;
const AWS_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const SEGMENT = /^(?!\.{1,2}$)[\w.-]+$/;
const PATH_LENGTH_MAX = 1_024;
const PATH_FAULT = `must be segments of a-z, A-Z, 0-9, _, . and -, joined by slashes, up to ${PATH_LENGTH_MAX} characters`;

/**
 * What is wrong with a locator; fields are in the proto's spelling. Its parts become paths of files and URLs in the
 * gateway, so none of them may lead elsewhere than its text says; the gateway looks again.
 */
export const locatorFaults = (locator: SecretLocator): readonly FieldViolation[] => {
  switch (locator.kind) {
    case 'environment':
      return faultUnless(VARIABLE.test(locator.variable), 'locator.environment', 'must name a variable');
    case 'file': {
      const isFine = locator.path.startsWith('/') && isPath(locator.path.slice(1));
      return faultUnless(
        isFine,
        'locator.file',
        `must begin with a slash and ${PATH_FAULT.slice('must '.length)}`,
      );
    }
    case 'aws-secrets-manager':
      return [
        ...faultUnless(
          REGION.test(locator.region),
          'locator.aws_secrets_manager.region',
          'must be a region of AWS',
        ),
        ...faultUnless(
          AWS_NAME.test(locator.name),
          'locator.aws_secrets_manager.name',
          'must be the friendly name of a secret, not its ARN',
        ),
      ];
    case 'hashicorp-vault':
      return [
        ...faultUnless(isPath(locator.mount), 'locator.hashicorp_vault.mount', PATH_FAULT),
        ...faultUnless(isPath(locator.path), 'locator.hashicorp_vault.path', PATH_FAULT),
      ];
  }
};

/** Whether two lead to the same place. */
export const isSameLocator = (one: SecretLocator, other: SecretLocator): boolean => {
  switch (one.kind) {
    case 'environment':
      return other.kind === one.kind && other.variable === one.variable;
    case 'file':
      return other.kind === one.kind && other.path === one.path;
    case 'aws-secrets-manager':
      return other.kind === one.kind && other.region === one.region && other.name === one.name;
    case 'hashicorp-vault':
      return other.kind === one.kind && other.mount === one.mount && other.path === one.path;
  }
};

const isPath = (path: string): boolean =>
  path.length <= PATH_LENGTH_MAX && path.split('/').every((segment) => SEGMENT.test(segment));

const faultUnless = (isFine: boolean, field: string, description: string): readonly FieldViolation[] =>
  isFine ? [] : [{ field, description }];
