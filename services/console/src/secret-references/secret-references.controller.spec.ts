import { AppError } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import type { Asked } from '../rest/asked';
import type { changeSecretReference } from './secret-reference.routes';
import { SecretReferencesController } from './secret-references.controller';

it('changes a reference by what somebody else has made of it meanwhile', async () => {
  const standing = { region: 'eu-central-1', revision: 3n };
  const asked: registryV1.ChangeSecretReferenceRequest[] = [];
  const secretReferences = {
    getSecretReference: async () => ({
      reference: registryV1.SecretReference.fromPartial({
        slug: 'ours',
        revision: standing.revision,
        locator: {
          manager: { $case: 'awsSecretsManager', value: { region: standing.region, name: 'openai' } },
        },
      }),
    }),
    changeSecretReference: async (request: registryV1.ChangeSecretReferenceRequest) => {
      asked.push(request);
      if (asked.length > 1) return { position: '1' };
      Object.assign(standing, { region: 'eu-west-1', revision: 4n });
      throw new AppError('CONFLICT', 'REVISION_MISMATCH');
    },
  };
  const change = { path: { slug: 'ours' }, body: { secret_path: 'other' }, control: { secretReferences } };
  await new SecretReferencesController().change(change as unknown as Asked<typeof changeSecretReference>);
  expect(asked.at(-1)).toMatchObject({
    locator: { manager: { value: { region: 'eu-west-1', name: 'other' } } },
    expectedRevision: 4n,
  });
});
