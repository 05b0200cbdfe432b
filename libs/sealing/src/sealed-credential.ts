/** What a sealed credential is bound to: it opens under nothing else. */
export interface CredentialBinding {
  readonly organizationId: string;
  readonly integrationId: string;
  /** Counts from 1. */
  readonly credentialVersion: number;
}

/**
 * A credential as the vault keeps it: AES-256-GCM under a fresh data key, which is wrapped to the vault's public key.
 * It has the shape of `gatehouse.registry.v1.SealedCredential`.
 */
export interface SealedCredential extends CredentialBinding {
  /** Sorted names of the fields inside. */
  readonly fields: readonly string[];
  /** HPKE's encapsulated key, 32 bytes. */
  readonly encapsulatedKey: Uint8Array;
  /** The data key under HPKE, 48 bytes. */
  readonly wrappedDataKey: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** JSON of the fields, encrypted, with the 16-byte tag appended. */
  readonly ciphertext: Uint8Array;
}

/** The secret fields of a credential by name. */
export type CredentialFields = Readonly<Record<string, string>>;

/**
 * A sealed credential that does not open: tampered with, bound to something else, or sealed to another key. Says
 * nothing about why, since the difference would be an oracle.
 */
export class CredentialUnreadable extends Error {
  constructor() {
    super('the sealed credential does not open');
    this.name = 'CredentialUnreadable';
  }
}

const LABEL = 'gatehouse.sealed-credential.v1';

/** The additional data of both ciphers: every part with its length, so that no two bindings look alike. */
export const additionalDataOf = (binding: CredentialBinding, fields: readonly string[]): Buffer => {
  const parts = [
    LABEL,
    binding.organizationId,
    binding.integrationId,
    String(binding.credentialVersion),
    String(fields.length),
    ...fields,
  ];
  return Buffer.concat(parts.flatMap((part) => [lengthOf(part), Buffer.from(part, 'utf8')]));
};

/** Names in code unit order: the same on every machine. */
export const sortedFields = (fields: CredentialFields): string[] => Object.keys(fields).sort();

const lengthOf = (part: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(part, 'utf8'));
  return length;
};
