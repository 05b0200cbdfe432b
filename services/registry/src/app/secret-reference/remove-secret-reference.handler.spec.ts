import type { IntegrationId } from '@gatehouse/kernel';
import { slug } from '../../domain/slug/slug';
import { RegistryInMemory } from '../../testing/registry-in-memory';
import {
  RemoveSecretReferenceCommand,
  RemoveSecretReferenceHandler,
} from './remove-secret-reference.handler';
import type { SecretReferenceDirectory } from './secret-reference.ports';
import { secretReferenceKey } from './secret-reference-streams';

it('takes no reference from under an integration that was connected a moment ago', async () => {
  const registry = new RegistryInMemory();
  const { organizationId, secretReferences } = registry;
  const ours = slug('ours');
  const key = secretReferenceKey(organizationId, ours);
  const locator = { kind: 'file', path: '/run/secrets/openai' } as const;
  await secretReferences.record(
    key,
    { type: 'DefineSecretReference', organizationId, slug: ours, locator },
    { metadata: registry.metadata('DefineSecretReference', 'define') },
  );
  const references = new Map([['api_key', { reference: ours, member: '' }]]);
  const connected = await registry.connect('connect', { credential: new Map(), references });
  /** It lags behind the log until somebody waits. */
  let reached = 0n;
  const directory = {
    waitFor: async (position: string) => {
      reached = BigInt(position);
    },
    usesOf: async (): Promise<readonly IntegrationId[]> =>
      reached >= connected.position ? [connected.integration.integrationId] : [],
  } as unknown as SecretReferenceDirectory;
  const handler = new RemoveSecretReferenceHandler(secretReferences, directory, registry.store);
  const metadata = registry.metadata('RemoveSecretReference', 'remove');
  const removal = new RemoveSecretReferenceCommand({ slug: ours, expectedRevision: undefined }, metadata);
  await expect(handler.execute(removal)).rejects.toMatchObject({ reason: 'SECRET_REFERENCE_IN_USE' });
  expect(await secretReferences.locatorOf(organizationId, ours)).toEqual(locator);
});
