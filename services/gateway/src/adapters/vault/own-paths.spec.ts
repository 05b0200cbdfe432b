import { ownPathsIn } from './own-paths';

describe('own paths', () => {
  it('are what settings of files, directories and paths name, several of one setting too', () => {
    const settings = {
      GATEHOUSE_KEY_DIR: '/keys',
      GATEHOUSE_TRANSIT_TOKEN_PATH: '/run/vault-token',
      GATEHOUSE_VAULT_PRIVATE_KEY_FILE: '/a.key, /b.key',
      GATEHOUSE_TLS_KEY_FILE: '',
      GATEHOUSE_LOG_LEVEL: '/not/a/path/of/ours',
    };
    expect(ownPathsIn(settings)).toEqual(['/keys', '/run/vault-token', '/a.key', '/b.key']);
  });
});
