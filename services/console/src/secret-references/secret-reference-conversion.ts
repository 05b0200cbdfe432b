import { invalidField } from '@gatehouse/kernel';
import type { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { unsupported } from '../rest/requests-in';
import type { SecretPlace, SecretReferenceAnswer, SecretReferenceChange } from './secret-reference.schema';

const REGION = 'aws_region';
/** Portkey's word for a role that the gateway has by itself. */
const AUTH_TYPE = ['aws_auth_type', 'serviceRole'] as const;

/**
 * Where a secret is. INVALID `UNSUPPORTED` for whatever authenticates somebody: gateways do that as themselves, and no control plane
 * sees by what.
 */
export const fromRestSecretPlace = ({
  manager_type: manager,
  auth_config: auth,
  secret_path: path,
}: SecretPlace): typeV1.SecretLocator => {
  const said = Object.entries(auth ?? {}).filter(
    ([name, value]) => value !== null && value !== '' && !(name === AUTH_TYPE[0] && value === AUTH_TYPE[1]),
  );
  for (const [name] of said)
    if (manager !== 'aws_sm' || name !== REGION)
      throw unsupported(`auth_config.${name}`, 'is not taken: gateways authenticate as themselves');
  switch (manager) {
    case 'environment':
    case 'file':
      return { manager: { $case: manager, value: path } };
    case 'aws_sm': {
      const region = said[0]?.[1];
      if (typeof region !== 'string') throw invalidField(`auth_config.${REGION}`, 'is required');
      return { manager: { $case: 'awsSecretsManager', value: { region, name: path } } };
    }
    case 'hashicorp_vault': {
      const [, mount = '', rest = ''] = /^([^/]+)\/(.+)$/.exec(path) ?? [];
      if (mount === '') throw invalidField('secret_path', 'must be mount and path: secret/team/openai');
      return { manager: { $case: 'hashicorpVault', value: { mount, path: rest } } };
    }
  }
};

type RestPlace = Pick<SecretReferenceAnswer, 'manager_type' | 'auth_config' | 'secret_path'>;

const toRestSecretPlace = (locator: typeV1.SecretLocator | undefined): RestPlace => {
  const manager = locator?.manager;
  switch (manager?.$case) {
    case 'environment':
    case 'file':
      return { manager_type: manager.$case, auth_config: {}, secret_path: manager.value };
    case 'awsSecretsManager': {
      const { region, name } = manager.value;
      return { manager_type: 'aws_sm', auth_config: { [REGION]: region }, secret_path: name };
    }
    case 'hashicorpVault': {
      const { mount, path } = manager.value;
      return { manager_type: 'hashicorp_vault', auth_config: {}, secret_path: `${mount}/${path}` };
    }
    case undefined:
      throw new Error('a secret reference leads nowhere');
  }
};

/** Where a secret is after a change: what is not said stays, as long as the manager does. */
export const changedSecretPlace = (
  { locator }: registryV1.SecretReference,
  said: SecretReferenceChange,
): typeV1.SecretLocator => {
  const standing = toRestSecretPlace(locator);
  const manager = said.manager_type ?? standing.manager_type;
  const stays = manager === standing.manager_type;
  if (!stays && said.secret_path === undefined)
    throw invalidField('secret_path', 'is required with another manager');
  return fromRestSecretPlace({
    manager_type: manager,
    auth_config: said.auth_config ?? (stays ? standing.auth_config : {}),
    secret_path: said.secret_path ?? standing.secret_path,
  });
};

export const toRestSecretReference = (reference: registryV1.SecretReference): SecretReferenceAnswer => ({
  id: reference.slug,
  slug: reference.slug,
  name: reference.slug,
  description: null,
  ...toRestSecretPlace(reference.locator),
  secret_key: null,
  allow_all_workspaces: true,
  allowed_workspaces: null,
  tags: null,
  status: 'active',
  created_at: reference.createdAt?.toISOString() ?? null,
  object: 'secret-reference',
});
