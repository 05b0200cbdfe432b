import { AppError } from '@gatehouse/kernel';
import { registryV1, type typeV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

/** `references`, `reference`. */
export const addReferenceCommands = (program: Command, act: Act): void => {
  program
    .command('references')
    .description('list the names of secrets that an outside manager keeps')
    .action(act(listReferences));
  withChangeOptions(
    program
      .command('reference')
      .description('show a secret reference, define one, say where it leads, or remove it')
      .argument('<slug>')
      .addOption(new Option('--define <locator>', LOCATORS).conflicts(['change', 'remove']))
      .addOption(new Option('--change <locator>', 'the same, for one that there is').conflicts('remove'))
      .option('--remove', 'while no integration uses it'),
  ).action(act(reference));
};

const LOCATORS = 'env:VARIABLE, file:/PATH, aws:REGION:NAME or vault:MOUNT:PATH';

interface ReferenceOptions extends ChangeOptions {
  readonly define?: string;
  readonly change?: string;
  readonly remove?: boolean;
}

const reference = async (
  { connection, output }: Session,
  { requestId, reason, define, change, remove = false }: ReferenceOptions,
  slug: string,
): Promise<void> => {
  const client = connection.secretReferences();
  const target = { requestId, reason, slug };
  if (define !== undefined) {
    const answer = await client.defineSecretReference({ ...target, locator: parseLocator(define) });
    const json = registryV1.DefineSecretReferenceResponse.toJSON(answer);
    return output.answer(json, HEAD, rowsOf([answer.reference]));
  }
  if (change !== undefined) {
    const answer = await client.changeSecretReference({ ...target, locator: parseLocator(change) });
    const json = registryV1.ChangeSecretReferenceResponse.toJSON(answer);
    return output.answer(json, HEAD, rowsOf([answer.reference]));
  }
  if (remove) {
    const answer = await client.removeSecretReference(target);
    return output.answer(registryV1.RemoveSecretReferenceResponse.toJSON(answer), ['removed'], [[slug]]);
  }
  const answer = await client.getSecretReference({ slug, atLeastPosition: '' });
  output.answer(registryV1.GetSecretReferenceResponse.toJSON(answer), HEAD, rowsOf([answer.reference]));
};

const listReferences = async ({ connection, output }: Session): Promise<void> => {
  const client = connection.secretReferences();
  const references = await allPages(
    (pageToken) => client.listSecretReferences({ pageSize: 200, pageToken, atLeastPosition: '' }),
    (page) => page.references,
  );
  output.answer({ references: references.map(registryV1.SecretReference.toJSON) }, HEAD, rowsOf(references));
};

const HEAD = ['slug', 'leads to', 'used by', 'revision'];

const rowsOf = (references: readonly (registryV1.SecretReference | undefined)[]): string[][] =>
  references.flatMap((shown) =>
    shown
      ? [[shown.slug, describeLocator(shown.locator), shown.integrationIds.join(' '), String(shown.revision)]]
      : [],
  );

const describeLocator = (locator: typeV1.SecretLocator | undefined): string => {
  const manager = locator?.manager;
  switch (manager?.$case) {
    case undefined:
      return '';
    case 'environment':
      return `env:${manager.value}`;
    case 'file':
      return `file:${manager.value}`;
    case 'awsSecretsManager':
      return `aws:${manager.value.region}:${manager.value.name}`;
    case 'hashicorpVault':
      return `vault:${manager.value.mount}:${manager.value.path}`;
  }
};

const parseLocator = (text: string): typeV1.SecretLocator => {
  const [kind, first = '', second = '', ...more] = text.split(':');
  const manager = more.length > 0 ? undefined : managerOf(kind, first, second);
  if (manager === undefined) {
    throw new AppError('INVALID', 'LOCATOR_MALFORMED', { metadata: { expected: LOCATORS } });
  }
  return { manager };
};

const managerOf = (
  kind: string | undefined,
  first: string,
  second: string,
): typeV1.SecretLocator['manager'] => {
  switch (kind) {
    case 'env':
      return second === '' ? { $case: 'environment', value: first } : undefined;
    case 'file':
      return second === '' ? { $case: 'file', value: first } : undefined;
    case 'aws':
      return { $case: 'awsSecretsManager', value: { region: first, name: second } };
    case 'vault':
      return { $case: 'hashicorpVault', value: { mount: first, path: second } };
    case undefined:
    default:
      return undefined;
  }
};
