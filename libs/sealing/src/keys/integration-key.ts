import { createHash } from 'node:crypto';
import { publicKeyOf } from '../vault-key';

/** Where private halves are kept, as key ids name it. */
export const KEY_PROVIDER_KINDS = ['local', 'aws-kms', 'vault-transit'] as const;
export type KeyProviderKind = (typeof KEY_PROVIDER_KINDS)[number];

/** Which key of an integration. */
export interface IntegrationKeyName {
  readonly integrationId: string;
  /** Counts from 1: a later one takes the place of the earlier. */
  readonly epoch: number;
}

/** What whoever seals needs to know of an integration's key; no part of it opens anything. */
export interface IntegrationKey {
  /** As `integrationKeyIdOf` names it. */
  readonly keyId: string;
  /** Raw X25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The private half under a key of the provider, where that is where it lives: noise without the provider. Empty where the
   * provider keeps the private half itself. Whoever unwraps hands it back.
   */
  readonly custody: Uint8Array;
}

/** What a key id tells. */
export interface ParsedKeyId extends IntegrationKeyName {
  readonly kind: KeyProviderKind;
}

const KEY_ID = /^ik_(local|aws-kms|vault-transit)_([0-9a-z]{26})_([1-9]\d{0,8})_[0-9a-f]{16}$/;
const INTEGRATION_ID = /^int_[0-9a-z]{26}$/;
const EPOCH_MAX = 999_999_999;

/** `ik_<kind>_<integration>_<epoch>_<16 hex digits of the public half's SHA-256>`. No secret. */
export const integrationKeyIdOf = (
  kind: KeyProviderKind,
  name: IntegrationKeyName,
  publicKey: Uint8Array,
): string => {
  assertKeyName(name);
  const digest = createHash('sha256').update('gatehouse.integration-key.v1').update(publicKey).digest('hex');
  return `ik_${kind}_${name.integrationId.slice('int_'.length)}_${name.epoch}_${digest.slice(0, 16)}`;
};

/** Undefined for the id of a vault key, of nothing, or of what is no key id at all. */
export const parseIntegrationKeyId = (keyId: string): ParsedKeyId | undefined => {
  const [, kind, id, epoch] = KEY_ID.exec(keyId) ?? [];
  if (kind === undefined) return undefined;
  return { kind: kind as KeyProviderKind, integrationId: `int_${id}`, epoch: Number(epoch) };
};

/** Names become names of files, aliases and paths. Throws RangeError for one that does not look like one of ours. */
export const assertKeyName = ({ integrationId, epoch }: IntegrationKeyName): void => {
  const isEpoch = Number.isInteger(epoch) && epoch >= 1 && epoch <= EPOCH_MAX;
  if (!INTEGRATION_ID.test(integrationId) || !isEpoch) throw new RangeError('no name of an integration key');
};

/** Whether a private half is the one that the key id names. */
export const isPrivateHalfOf = (keyId: string, privateKey: Uint8Array): boolean => {
  const parsed = parseIntegrationKeyId(keyId);
  if (parsed === undefined || privateKey.length !== 32) return false;
  return integrationKeyIdOf(parsed.kind, parsed, publicKeyOf(privateKey)) === keyId;
};
