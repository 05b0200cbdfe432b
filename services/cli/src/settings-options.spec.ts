import { typeV1 } from '@gatehouse/proto-gen';
import { credentialKindName, parseSecrets, parseSettings } from './settings-options';

describe('the settings of an integration on a command line', () => {
  it('name dialects and kinds of credentials as the protos do', () => {
    expect(parseSettings({ api: 'azure-openai', credentialKind: 'aws-assumed-role' })).toMatchObject({
      api: typeV1.Dialect.AZURE_OPENAI,
      credentialKind: typeV1.CredentialKind.AWS_ASSUMED_ROLE,
    });
    expect(parseSettings({})).toMatchObject({ api: 0, credentialKind: 0 });
  });

  it('have no name for a language that is nobody else’s', () =>
    expect(parseSettings({ api: 'other' }).api).toBe(typeV1.Dialect.UNSPECIFIED));

  it.each([
    ['a field', () => parseSettings({ field: ['region=eu-west-1', 'region=eu-west-2'] }), 'region'],
    ['a host', () => parseSettings({ modelHost: ['a=http://a', 'a=http://b'] }), 'a'],
    ['a secret', () => parseSecrets({ credential: ['api_key=/dev/null', 'api_key=/dev/null'] }), 'api_key'],
    ['a header', () => parseSecrets({ header: ['x-a=/dev/null', 'x-a=/dev/null'] }), 'x-a'],
    ['a reference', () => parseSecrets({ reference: ['api_key=a', 'api_key=b#c'] }), 'api_key'],
  ])('refuse %s that is given twice', (_what, parse, name) => {
    const twice = { code: 'INVALID', reason: 'GIVEN_TWICE', metadata: { name } };
    expect(parse).toThrow(expect.objectContaining(twice));
  });

  it.each([
    [typeV1.CredentialKind.AWS_ASSUMED_ROLE, 'aws-assumed-role'],
    [typeV1.CredentialKind.UNSPECIFIED, 'unspecified'],
  ])('show the kind %d as %s', (kind, name) => expect(credentialKindName(kind)).toBe(name));
});
