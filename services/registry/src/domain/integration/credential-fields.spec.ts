import { credentialFaults } from './credential-fields';

const specs = [
  { name: 'api_key', optional: false },
  { name: 'project', optional: true },
];
const faults = (credential: [string, string][]) => credentialFaults(specs, new Map(credential));

describe('the fields of a credential', () => {
  test('are those of the catalog', () => {
    expect(faults([['api_key', 'sk-1']])).toEqual([]);
    expect(
      faults([
        ['api_key', 'x'.repeat(8_192)],
        ['project', 'p'],
      ]),
    ).toEqual([]);
  });

  test.each([
    ['missing', [], 'credential.api_key', 'is required'],
    ['empty', [['api_key', '']], 'credential.api_key', 'must not be empty'],
    [
      'oversized',
      [['api_key', 'x'.repeat(8_193)]],
      'credential.api_key',
      'must have at most 8192 characters',
    ],
    [
      'split',
      [['api_key', 'a\r\nb: c']],
      'credential.api_key',
      'must be printable ASCII without spaces around it',
    ],
    [
      'padded',
      [['api_key', 'sk ']],
      'credential.api_key',
      'must be printable ASCII without spaces around it',
    ],
    [
      'not ASCII',
      [['api_key', 'schlüssel']],
      'credential.api_key',
      'must be printable ASCII without spaces around it',
    ],
    [
      'empty though optional',
      [
        ['api_key', 'a'],
        ['project', ''],
      ],
      'credential.project',
      'must not be empty',
    ],
  ] as [string, [string, string][], string, string][])(
    'are refused when %s',
    (_what, credential, field, description) => expect(faults(credential)).toEqual([{ field, description }]),
  );

  test.each(['sk-secret', '__proto__', 'constructor'])('unknown ones are refused and not named: %p', (name) =>
    expect(
      faults([
        ['api_key', 'a'],
        [name, 'b'],
      ]),
    ).toEqual([{ field: 'credential', description: 'has fields other than api_key, project' }]),
  );
});
