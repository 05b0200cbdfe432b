import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { newHpkeSuite } from './hpke-suite';

const bytes = (hex: string): ArrayBuffer => new Uint8Array(Buffer.from(hex, 'hex')).buffer;
const hex = (buffer: ArrayBuffer): string => Buffer.from(buffer).toString('hex');

/** "Ode on a Grecian Urn", "Beauty is truth, truth beauty", "Count-0": the same in every vector of the RFC. */
const INFO = '4f6465206f6e2061204772656369616e2055726e';
const PLAINTEXT = '4265617574792069732074727574682c20747275746820626561757479';
const ADDITIONAL_DATA = '436f756e742d30';

interface Vector {
  readonly suite: CipherSuite;
  readonly ephemeralSeed: string;
  readonly recipientPrivateKey: string;
  readonly recipientPublicKey: string;
  readonly encapsulatedKey: string;
  readonly ciphertext: string;
}

/** Base mode, sequence number 0. The RFC's text has no vector of our own suite; its file of vectors has. */
const vectors: [string, Vector][] = [
  [
    'X25519, HKDF-SHA256, AES-256-GCM, as the vault uses it',
    {
      suite: newHpkeSuite(),
      ephemeralSeed: '2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9',
      recipientPrivateKey: '497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d',
      recipientPublicKey: '430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c',
      encapsulatedKey: '6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256',
      ciphertext:
        'e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a',
    },
  ],
  [
    'A.1.1: X25519, HKDF-SHA256, AES-128-GCM',
    {
      suite: new CipherSuite({
        kem: new DhkemX25519HkdfSha256(),
        kdf: new HkdfSha256(),
        aead: new Aes128Gcm(),
      }),
      ephemeralSeed: '7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234',
      recipientPrivateKey: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
      recipientPublicKey: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
      encapsulatedKey: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
      ciphertext:
        'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    },
  ],
];

describe.each(vectors)('RFC 9180, %s', (_name, vector) => {
  const { suite, encapsulatedKey, ciphertext } = vector;

  test('seals to the byte', async () => {
    const recipientPublicKey = await suite.kem.deserializePublicKey(bytes(vector.recipientPublicKey));
    const ekm = await suite.kem.deriveKeyPair(bytes(vector.ephemeralSeed));
    const sender = { recipientPublicKey, info: bytes(INFO), ekm };
    const { enc, ct } = await suite.seal(sender, bytes(PLAINTEXT), bytes(ADDITIONAL_DATA));
    expect({ enc: hex(enc), ct: hex(ct) }).toEqual({ enc: encapsulatedKey, ct: ciphertext });
  });

  test('opens', async () => {
    const recipientKey = await suite.kem.deserializePrivateKey(bytes(vector.recipientPrivateKey));
    const recipient = { recipientKey, enc: bytes(encapsulatedKey), info: bytes(INFO) };
    const opened = await suite.open(recipient, bytes(ciphertext), bytes(ADDITIONAL_DATA));
    expect(hex(opened)).toBe(PLAINTEXT);
  });
});
