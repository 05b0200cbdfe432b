/** What a sealed credential is bound to: it opens under nothing else. */
export interface CredentialBinding {
  readonly organizationId: string;
  readonly integrationId: string;
  /** Counts from 1. */
  readonly credentialVersion: number;
  /** Where it may be sent, as `originsOf` names it. */
  readonly origins: readonly string[];
}

/** A data key, wrapped to the key of its integration, or to a vault key of before. */
export interface WrappedDataKey {
  /** As `integrationKeyIdOf` or `vaultKeyIdOf` names it; empty where that was not written down yet. */
  readonly keyId: string;
  /** Of the integration's key, as its provider gave it; empty for a vault key. */
  readonly keyCustody: Uint8Array;
  /** HPKE's encapsulated key, 32 bytes. */
  readonly encapsulatedKey: Uint8Array;
  /** The data key under HPKE, 48 bytes. */
  readonly wrappedDataKey: Uint8Array;
}

/**
 * A credential as the vault keeps it: AES-256-GCM under a fresh data key, which is wrapped to a public key.
 * It has the shape of `gatehouse.registry.v1.SealedCredential`.
 */
export interface SealedCredential extends CredentialBinding, WrappedDataKey {
  /**
   * What the additional data is made of. In the first format origins are no part of it: they are as good as the word of
   * whoever handed over the row.
   */
  readonly format: number;
  /** Sorted names of the fields inside. */
  readonly fields: readonly string[];
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

/**
 * A credential that was to be sent where it may not go. Names neither place: one of them may be forged, and a forger's
 * host may hold anything.
 */
export class CredentialMisdirected extends Error {
  constructor() {
    super('the credential is not sealed for the host that is about to be called');
    this.name = 'CredentialMisdirected';
  }
}

/** The format that is sealed today; every format is opened. */
export const FORMAT = 2;

/** Everything that is sealed beside the secret. */
export type SealedFacts = CredentialBinding & Pick<SealedCredential, 'format' | 'fields'>;

/** By what it is of: a gateway opens the same credential for each of its requests. */
const ADDITIONAL_DATA = new WeakMap<SealedFacts, Buffer>();

/**
 * The additional data of both ciphers: every part with its length, so that no two bindings look alike, nor two formats.
 * Facts do not change, so what it is of them is made once. Errors: CredentialUnreadable for a format that is not known.
 */
export const additionalDataOf = (facts: SealedFacts): Buffer => {
  const known = ADDITIONAL_DATA.get(facts);
  if (known) return known;
  const made = Buffer.concat(partsOf(facts).flatMap((part) => [lengthOf(part), Buffer.from(part, 'utf8')]));
  ADDITIONAL_DATA.set(facts, made);
  return made;
};

const partsOf = (facts: SealedFacts): readonly string[] => {
  switch (facts.format) {
    case 1:
      return ['gatehouse.sealed-credential.v1', ...commonPartsOf(facts)];
    case 2:
      return ['gatehouse.sealed-credential.v2', ...commonPartsOf(facts), ...counted(facts.origins)];
    default:
      throw new CredentialUnreadable();
  }
};

const commonPartsOf = ({ organizationId, integrationId, credentialVersion, fields }: SealedFacts) => [
  organizationId,
  integrationId,
  String(credentialVersion),
  ...counted(fields),
];

const counted = (parts: readonly string[]): readonly string[] => [String(parts.length), ...parts];

/** Names in code unit order: the same on every machine. */
export const sortedFields = (fields: CredentialFields): string[] => Object.keys(fields).sort();

const lengthOf = (part: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(part, 'utf8'));
  return length;
};
