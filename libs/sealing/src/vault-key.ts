import { createHash, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';

/** Raw X25519 keys, 32 bytes each. */
export interface VaultKeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

const KEY_BYTES = 32;
/** DER of a PKCS #8 X25519 private key, up to the key's own bytes (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * A new key pair of the vault: the public half for those who seal, the private one for the gateways. Any 32 random bytes are a
 * private key (RFC 7748 §5). Node's own pairs are not used: Node 20 stands still for ever where one made by `generateKeyPairSync`
 * is being exported as JWK while the garbage of its making is collected.
 */
export const generateVaultKeyPair = (): VaultKeyPair => {
  const privateKey = randomBytes(KEY_BYTES);
  return { publicKey: publicKeyOf(privateKey), privateKey };
};

/** The public key that belongs to a raw private key. Throws RangeError unless it has 32 bytes. */
export const publicKeyOf = (privateKey: Uint8Array): Buffer => {
  if (privateKey.length !== KEY_BYTES) throw new RangeError('an X25519 private key has 32 bytes');
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, privateKey]),
    format: 'der',
    type: 'pkcs8',
  });
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
};

/** The name of a vault key, from its public half: `vk_` and 32 hex digits of its SHA-256. No secret. */
export const vaultKeyIdOf = (publicKey: Uint8Array): string =>
  `vk_${createHash('sha256').update('gatehouse.vault-key.v1').update(publicKey).digest('hex').slice(0, 32)}`;
