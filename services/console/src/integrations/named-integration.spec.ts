import { registryV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { present } from './named-integration';

const { CONNECTED, CONNECTING, DELETED, DELETING, DISABLED } = registryV1.IntegrationStatus;

const withOne = (status: registryV1.IntegrationStatus): ControlPlane =>
  ({
    integrations: { getIntegration: async () => ({ integration: { status } }) },
  }) as unknown as ControlPlane;

it.each([CONNECTED, CONNECTING, DISABLED])('has one that is there: %p', async (status) => {
  expect(await present(withOne(status), 'int_one')).toMatchObject({ status });
});

it.each([DELETED, DELETING])('has none that was deleted: %p', async (status) => {
  await expect(present(withOne(status), 'int_one')).rejects.toThrow('NOT_FOUND: INTEGRATION_UNKNOWN');
});
