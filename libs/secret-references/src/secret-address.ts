import type { SecretLocator } from '@gatehouse/kernel';

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
