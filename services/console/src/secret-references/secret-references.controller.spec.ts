import { AppError, Turns } from '@gatehouse/kernel';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { SecretReferencesController } from './secret-references.controller';

const at = (region: string, name: string): typeV1.SecretLocator =>
  typeV1.SecretLocator.fromPartial({ manager: { $case: 'awsSecretsManager', value: { region, name } } });

let locator: typeV1.SecretLocator;
let revision: bigint;

beforeEach(() => {
  [locator, revision] = [at('eu-west-1', 'one'), 1n];
});

const move = (to: typeV1.SecretLocator): void => {
  [locator, revision] = [to, revision + 1n];
};

/** @param meanwhile before it is changed, the first time. */
const registry = (meanwhile: () => void): ControlPlane => {
  const once = [meanwhile];
  return {
    secretReferences: {
      getSecretReference: async () => ({
        reference: registryV1.SecretReference.fromPartial({ slug: 'team', locator, revision }),
      }),
      changeSecretReference: async (request: registryV1.ChangeSecretReferenceRequest) => {
        once.shift()?.();
        if (request.expectedRevision !== revision) throw new AppError('CONFLICT', 'REVISION_MISMATCH');
        if (request.locator) move(request.locator);
        return { position: '2' };
      },
    },
  } as unknown as ControlPlane;
};

const changePath = (controller: SecretReferencesController, control: ControlPlane, path: string) =>
  controller.change({
    ...{ path: { slug: 'team' }, query: {}, body: { secret_path: path }, requestId: 'r', control },
  });

it('changes what is said beside what somebody else has changed meanwhile', async () => {
  const control = registry(() => move(at('us-east-1', 'one')));
  await changePath(new SecretReferencesController(new Turns()), control, 'two');
  expect(locator).toEqual(at('us-east-1', 'two'));
});

it('changes it for each of many who ask at once', async () => {
  const controller = new SecretReferencesController(new Turns());
  const control = registry(() => undefined);
  await Promise.all(Array.from({ length: 8 }, (_, index) => changePath(controller, control, `${index}`)));
  expect(locator).toEqual(at('eu-west-1', '7'));
});
