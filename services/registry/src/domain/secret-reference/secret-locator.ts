import {
  type FieldViolation,
  LOCATOR_PATH_LENGTH_MAX,
  type LocatorPart,
  malformedParts,
  type SecretLocator,
} from '@gatehouse/kernel';

const PATH = `segments of a-z, A-Z, 0-9, _, . and -, joined by slashes, up to ${LOCATOR_PATH_LENGTH_MAX} characters`;

/** What is wrong with a locator; fields are in the proto's spelling. The gateway looks again. */
export const locatorFaults = (locator: SecretLocator): readonly FieldViolation[] =>
  malformedParts(locator).map((part) => faultOf(locator.kind, part));

const faultOf = (kind: SecretLocator['kind'], part: LocatorPart): FieldViolation => {
  switch (kind) {
    case 'environment':
      return { field: 'locator.environment', description: 'must name a variable' };
    case 'file':
      return { field: 'locator.file', description: `must begin with a slash and be ${PATH}` };
    case 'aws-secrets-manager':
      return {
        field: `locator.aws_secrets_manager.${part}`,
        description:
          part === 'region'
            ? 'must be a region of AWS'
            : 'must be the friendly name of a secret, not its ARN',
      };
    case 'hashicorp-vault':
      return { field: `locator.hashicorp_vault.${part}`, description: `must be ${PATH}` };
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
