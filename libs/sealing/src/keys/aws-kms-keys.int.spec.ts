import { CreateAliasCommand, CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { deriveId } from '@gatehouse/kernel';
import { keyProviderContract, MOTO_READY_WITHIN_MS, MotoServer, motoMissing } from '../testing';
import { AwsKmsKeys } from './aws-kms-keys';

const missing = motoMissing();
const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'SECRET-canary' };
const keysAt = (endpoint: string) => new AwsKmsKeys({ region, endpoint, pendingDays: 7, credentials });

if (missing !== undefined) {
  test.skip(`AWS KMS: ${missing}`, () => undefined);
} else {
  keyProviderContract(
    'AWS KMS, as moto knows it',
    async () => {
      const moto = await MotoServer.start();
      let isUp = true;
      const stop = async (): Promise<void> => {
        if (isUp) await moto.stop();
        isUp = false;
      };
      return {
        provider: keysAt(moto.origin),
        second: keysAt(moto.origin),
        endOfWaiting: () => moto.reset(),
        fail: stop,
        tear: stop,
      };
    },
    MOTO_READY_WITHIN_MS,
  );

  describe('AWS KMS, as moto knows it', () => {
    let moto: MotoServer;
    let client: KMSClient;
    const name = { integrationId: deriveId('int', 'a'), epoch: 1 };
    const alias = `alias/gatehouse/${name.integrationId}/1`;
    beforeAll(async () => {
      moto = await MotoServer.start();
      client = new KMSClient({ region, endpoint: moto.origin, credentials });
    }, MOTO_READY_WITHIN_MS);
    afterAll(async () => {
      client.destroy();
      await moto.stop();
    });

    test('a key is disabled at once and deleted after its waiting time, and not made again meanwhile', async () => {
      const keys = keysAt(moto.origin);
      await keys.create(name);
      const outcome = await keys.destroy(name, false);
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: alias }));
      expect(KeyMetadata).toMatchObject({ KeyState: 'PendingDeletion', Enabled: false });
      expect(outcome).toEqual({ state: 'scheduled', until: KeyMetadata?.DeletionDate });
      expect(await keys.destroy(name, true)).toEqual(outcome);
      await expect(keys.create(name)).rejects.toMatchObject({ reason: 'INTEGRATION_KEY_DESTROYED' });
    });

    test('a key that another gateway names first is the one', async () => {
      const of = { ...name, epoch: 2 };
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
      const TargetKeyId = KeyMetadata?.KeyId;
      await client.send(
        new CreateAliasCommand({ AliasName: `alias/gatehouse/${of.integrationId}/2`, TargetKeyId }),
      );
      await keysAt(moto.origin).create(of);
      const found = await client.send(
        new DescribeKeyCommand({ KeyId: `alias/gatehouse/${of.integrationId}/2` }),
      );
      expect(found.KeyMetadata?.KeyId).toBe(TargetKeyId);
    });
  });
}
