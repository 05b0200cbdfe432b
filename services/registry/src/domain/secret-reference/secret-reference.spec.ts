import { deriveId, organizationId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { slug } from '../slug/slug';
import type { SecretLocator } from '@gatehouse/kernel';
import { locatorFaults } from './secret-locator';
import { secretReferenceDecider } from './secret-reference.decider';
import type { SecretReferenceEvent } from './secret-reference.events';

const key = { organizationId: organizationId(deriveId('org', 'spec')), slug: slug('openai-prod') };
const locator: SecretLocator = { kind: 'hashicorp-vault', mount: 'secret', path: 'team-a/openai' };
const elsewhere: SecretLocator = { ...locator, path: 'team-a/openai-2' };

const define = { type: 'DefineSecretReference', ...key, locator } as const;
const change = { type: 'ChangeSecretReference', ...key, locator: elsewhere } as const;
const remove = { type: 'RemoveSecretReference', ...key, uses: 0 } as const;
const defined = { type: 'SecretReferenceDefined', ...key, locator } as const;
const changed = { type: 'SecretReferenceChanged', ...key, locator: elsewhere } as const;
const removed = { type: 'SecretReferenceRemoved', ...key } as const;
const history = (...events: readonly SecretReferenceEvent[]) => given(secretReferenceDecider, ...events);

describe('defining a reference', () => {
  test('is recorded', () => history().when(define).then(defined));
  test('is possible again after its removal', () => history(defined, removed).when(define).then(defined));
  test('is refused while there is one', () =>
    history(defined).when(define).thenRefused('SECRET_REFERENCE_EXISTS'));
});

describe('changing a reference', () => {
  test('is recorded', () => history(defined).when(change).then(changed));
  test('to where it leads records nothing', () => history(defined, changed).when(change).then());
  test('is refused where there is none', () =>
    history(defined, removed).when(change).thenRefused('SECRET_REFERENCE_UNKNOWN'));
});

describe('removing a reference', () => {
  test('is recorded', () => history(defined, changed).when(remove).then(removed));
  test('is refused while an integration uses it', () =>
    history(defined)
      .when({ ...remove, uses: 2 })
      .thenRefused('SECRET_REFERENCE_IN_USE'));
  test('is refused where there is none', () =>
    history().when(remove).thenRefused('SECRET_REFERENCE_UNKNOWN'));
});

describe('a locator', () => {
  test.each<SecretLocator>([
    locator,
    { kind: 'environment', variable: 'OPENAI_KEY' },
    { kind: 'file', path: '/run/secrets/openai' },
    { kind: 'aws-secrets-manager', region: 'eu-central-1', name: 'team-a/openai' },
  ])('may be %j', (given) => expect(locatorFaults(given)).toEqual([]));

  test.each<[SecretLocator, string[]]>([
    [{ kind: 'environment', variable: 'A=B' }, ['locator.environment']],
    [{ kind: 'file', path: 'run/secrets/a' }, ['locator.file']],
    [{ kind: 'file', path: '/run/../etc/shadow' }, ['locator.file']],
    [
      { kind: 'aws-secrets-manager', region: 'moon', name: 'arn:aws:secretsmanager:x' },
      ['locator.aws_secrets_manager.region', 'locator.aws_secrets_manager.name'],
    ],
    [
      { kind: 'hashicorp-vault', mount: '', path: 'a?b' },
      ['locator.hashicorp_vault.mount', 'locator.hashicorp_vault.path'],
    ],
  ])('may not be %j', (given, fields) =>
    expect(locatorFaults(given).map(({ field }) => field)).toEqual(fields),
  );
});
