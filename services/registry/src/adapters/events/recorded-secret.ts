import type { typeV1 } from '@gatehouse/proto-gen';
import type { SecretUses } from '../../domain/integration/secret-uses';
import type { SecretLocator } from '@gatehouse/kernel';
import { slug } from '../../domain/slug/slug';

export const toProtoLocator = (locator: SecretLocator): typeV1.SecretLocator => ({
  manager: toProtoManager(locator),
});

const toProtoManager = (locator: SecretLocator): typeV1.SecretLocator['manager'] => {
  switch (locator.kind) {
    case 'environment':
      return { $case: 'environment', value: locator.variable };
    case 'file':
      return { $case: 'file', value: locator.path };
    case 'aws-secrets-manager':
      return { $case: 'awsSecretsManager', value: { region: locator.region, name: locator.name } };
    case 'hashicorp-vault':
      return { $case: 'hashicorpVault', value: { mount: locator.mount, path: locator.path } };
  }
};

/** Undefined where it names no manager that is known. */
export const fromProtoLocator = (locator: typeV1.SecretLocator | undefined): SecretLocator | undefined => {
  const manager = locator?.manager;
  switch (manager?.$case) {
    case undefined:
      return undefined;
    case 'environment':
      return { kind: 'environment', variable: manager.value };
    case 'file':
      return { kind: 'file', path: manager.value };
    case 'awsSecretsManager':
      return { kind: 'aws-secrets-manager', ...manager.value };
    case 'hashicorpVault':
      return { kind: 'hashicorp-vault', ...manager.value };
  }
};

/** Of what was recorded: a locator that says nothing is a fault of the program that wrote it. */
export const fromProtoRecordedLocator = (locator: typeV1.SecretLocator | undefined): SecretLocator => {
  const known = fromProtoLocator(locator);
  if (known === undefined) throw new Error('a recorded secret reference leads nowhere');
  return known;
};

export const fromProtoRecordedSecretUses = (uses: Readonly<Record<string, typeV1.SecretUse>>): SecretUses =>
  Object.fromEntries(
    Object.entries(uses).map(([field, { reference, member }]) => [
      field,
      { reference: slug(reference), member },
    ]),
  );
