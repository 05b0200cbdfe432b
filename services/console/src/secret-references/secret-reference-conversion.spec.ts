import { registryV1 } from '@gatehouse/proto-gen';
import { AppError } from '@gatehouse/kernel';
import {
  changedSecretPlace,
  fromRestSecretPlace,
  toRestSecretReference,
} from './secret-reference-conversion';
import type { SecretPlace } from './secret-reference.schema';

const AWS = { manager_type: 'aws_sm', auth_config: { aws_region: 'eu-central-1' }, secret_path: 'openai' };
const VAULT = { manager_type: 'hashicorp_vault', auth_config: {}, secret_path: 'secret/team/openai' };

const referenceAt = (place: object) =>
  registryV1.SecretReference.fromPartial({
    slug: 'ours',
    // What it is made of is proto's own, and fits.
    locator: fromRestSecretPlace(place as SecretPlace) as never,
  });

it.each([
  [AWS],
  [VAULT],
  [{ manager_type: 'environment', auth_config: {}, secret_path: 'OPENAI_KEY' }],
  [{ manager_type: 'file', auth_config: {}, secret_path: '/run/secrets/openai' }],
])('answers a place as it was said: %p', (place) => {
  expect(toRestSecretReference(referenceAt(place))).toMatchObject({ ...place, slug: 'ours', name: 'ours' });
});

it('takes the role of the gateway for said', () => {
  const said = {
    ...AWS,
    auth_config: { ...AWS.auth_config, aws_auth_type: 'serviceRole', aws_role_arn: '' },
  };
  expect(toRestSecretReference(referenceAt(said))).toMatchObject(AWS);
});

it.each([
  [{ ...AWS, auth_config: { ...AWS.auth_config, aws_access_key_id: 'AK' } }, 'UNSUPPORTED'],
  [{ ...AWS, auth_config: { aws_auth_type: 'accessKey', aws_region: 'eu-central-1' } }, 'UNSUPPORTED'],
  [{ ...AWS, auth_config: {} }, 'REQUEST_INVALID'],
  [{ ...VAULT, auth_config: { vault_token: 't' } }, 'UNSUPPORTED'],
  [{ ...VAULT, secret_path: 'openai' }, 'REQUEST_INVALID'],
])('refuses %p', (place, reason) => {
  expect(() => referenceAt(place)).toThrow(expect.objectContaining({ reason }) as AppError);
});

it('changes what is said, and wants all of another manager', () => {
  const standing = referenceAt(AWS);
  const changed = (said: object) =>
    toRestSecretReference({ ...standing, locator: changedSecretPlace(standing, said) });
  expect(changed({ secret_path: 'other' })).toMatchObject({ ...AWS, secret_path: 'other' });
  expect(changed({})).toMatchObject(AWS);
  expect(changed(VAULT)).toMatchObject(VAULT);
  expect(() => changed({ manager_type: 'file' })).toThrow('REQUEST_INVALID');
});
