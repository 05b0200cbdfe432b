import { readFileSync, statSync } from 'node:fs';
import type { DiskSync } from '@gatehouse/kernel';
import {
  AwsKmsKeys,
  type KeyProvider,
  type KeyProviderKind,
  KeyProviders,
  LocalKeys,
  VaultTransitKeys,
} from '@gatehouse/sealing';
import type { GatewayConfig } from '../../gateway.config';

/** The providers that the configuration lists, the first of which makes new keys. */
export const openKeyProviders = (config: GatewayConfig, sync: DiskSync): KeyProviders => {
  const [first, ...others] = config.GATEHOUSE_KEY_PROVIDER.map((kind) => opened(kind, config, sync));
  if (first === undefined) throw new Error('GATEHOUSE_KEY_PROVIDER: must name one');
  return new KeyProviders([first, ...others]);
};

const opened = (kind: KeyProviderKind, config: GatewayConfig, sync: DiskSync): KeyProvider => {
  switch (kind) {
    case 'local':
      return new LocalKeys(needed(config, 'GATEHOUSE_KEY_DIR', kind), sync);
    case 'aws-kms':
      return new AwsKmsKeys({
        region: needed(config, 'GATEHOUSE_AWS_KMS_REGION', kind),
        endpoint: config.GATEHOUSE_AWS_KMS_ENDPOINT,
        pendingDays: config.GATEHOUSE_AWS_KMS_PENDING_DAYS,
      });
    case 'vault-transit':
      return new VaultTransitKeys({
        address: needed(config, 'GATEHOUSE_TRANSIT_ADDRESS', kind).replace(/\/+$/, ''),
        mount: config.GATEHOUSE_TRANSIT_MOUNT,
        namespace: config.GATEHOUSE_TRANSIT_NAMESPACE ?? '',
        tokenFile: needed(config, 'GATEHOUSE_TRANSIT_TOKEN_PATH', kind),
      });
  }
};

type OptionalSetting =
  | 'GATEHOUSE_KEY_DIR'
  | 'GATEHOUSE_AWS_KMS_REGION'
  | 'GATEHOUSE_TRANSIT_ADDRESS'
  | 'GATEHOUSE_TRANSIT_TOKEN_PATH';

const needed = (config: GatewayConfig, name: OptionalSetting, kind: KeyProviderKind): string => {
  const value = config[name];
  if (value === undefined) throw new Error(`${name}: is required, as GATEHOUSE_KEY_PROVIDER names ${kind}`);
  return value;
};

/**
 * Vault keys of before integrations had their own: files, separated by commas. None where nothing is set, or where the file is
 * a device: what compose mounts where there is no key.
 */
export const readVaultKeys = (files: string | undefined): Buffer[] =>
  (files ?? '')
    .split(',')
    .filter((file) => file.trim() !== '')
    .map((file) => file.trim())
    .filter((file) => !statSync(file).isCharacterDevice())
    .map(readPrivateKey);

/** Raw, in base64. Nobody but its owner may read the file. */
const readPrivateKey = (file: string): Buffer => {
  if ((statSync(file).mode & 0o077) !== 0)
    throw new Error('GATEHOUSE_VAULT_PRIVATE_KEY_FILE: must have mode 0600');
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length !== 32) throw new Error('GATEHOUSE_VAULT_PRIVATE_KEY_FILE: must hold 32 bytes in base64');
  return key;
};
