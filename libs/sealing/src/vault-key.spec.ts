import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateVaultKeyPair, publicKeyOf } from './index';

const run = promisify(execFile);
const BUILT = join(__dirname, '..', 'dist', 'vault-key.js');

describe('a vault key pair', () => {
  test('is two halves of one X25519 key, and another each time', () => {
    const { publicKey, privateKey } = generateVaultKeyPair();
    const jwk = { kty: 'OKP', crv: 'X25519', x: publicKey.toString('base64url') };
    const key = createPrivateKey({
      key: { ...jwk, d: privateKey.toString('base64url') },
      format: 'jwk',
    });
    expect(createPublicKey(key).export({ format: 'jwk' })).toEqual(jwk);
    expect(publicKeyOf(privateKey)).toEqual(publicKey);
    expect(generateVaultKeyPair().privateKey).not.toEqual(privateKey);
  });

  test('belongs together as RFC 7748 §6.1 says; what is no key is refused', () => {
    const privateKey = Buffer.from('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb', 'hex');
    const publicKey = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f';
    expect(publicKeyOf(privateKey).toString('hex')).toBe(publicKey);
    expect(() => publicKeyOf(privateKey.subarray(1))).toThrow(RangeError);
  });

  test('is made while garbage is collected all the time', async () => {
    if (!existsSync(BUILT)) throw new Error('the library is not built: run `npm run build` first');
    const made = `const { generateVaultKeyPair } = require(${JSON.stringify(BUILT)});
      for (let made = 0; made < 3_000; made++) generateVaultKeyPair();`;
    await run(process.execPath, ['--max-semi-space-size=1', '--eval', made], { timeout: 20_000 });
  });
});
