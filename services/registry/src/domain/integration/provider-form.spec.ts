import { slug } from '../slug/slug';
import { credentialFaults, openFieldFaults } from './provider-form';
import type { SecretUse } from './secret-uses';

const field = (name: string, required: boolean, secret: boolean) => ({
  name,
  label: `The ${name}`,
  help: '',
  required,
  secret,
});
const row = {
  baseUrl: 'https://{region}.example/v1',
  form: [
    field('api_key', true, true),
    field('project', false, true),
    { ...field('key_id', false, true), needs: 'key_secret' },
    { ...field('key_secret', false, true), needs: 'key_id' },
    { ...field('region', true, false), pattern: /^[a-z]+-\d$/ },
    field('team', true, false),
  ],
};
const faults = (credential: [string, string][], references: [string, SecretUse][] = []) =>
  credentialFaults(
    row,
    { credential: new Map(credential), headers: new Map(), references: new Map(references) },
    false,
  );
const kept: SecretUse = { reference: slug('openai-prod'), member: 'key' };

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

  test('may be kept elsewhere, each of them in one place', () => {
    expect(faults([], [['api_key', kept]])).toEqual([]);
    expect(faults([['api_key', 'sk-1']], [['project', kept]])).toEqual([]);
    expect(faults([['api_key', 'sk-1']], [['api_key', kept]])).toEqual([
      { field: 'references.api_key', description: 'is in the credential too' },
    ]);
    expect(faults([['api_key', 'sk-1']], [['region', kept]])).toEqual([
      { field: 'references', description: 'has fields other than api_key, project, key_id, key_secret' },
    ]);
    expect(faults([], [['api_key', { ...kept, member: 'x'.repeat(129) }]])).toMatchObject([
      { field: 'references.api_key.member' },
    ]);
  });

  test('are given with what they are of no use without, wherever that is kept', () => {
    expect(
      faults([
        ['api_key', 'sk-1'],
        ['key_secret', 'x'],
      ]),
    ).toEqual([{ field: 'credential.key_id', description: 'is required with key_secret' }]);
    expect(faults([['api_key', 'sk-1']], [['key_id', kept]])).toEqual([
      { field: 'credential.key_secret', description: 'is required with key_id' },
    ]);
    expect(
      faults(
        [
          ['api_key', 'sk-1'],
          ['key_id', 'x'],
        ],
        [['key_secret', kept]],
      ),
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
    ).toEqual([
      { field: 'credential', description: 'has fields other than api_key, project, key_id, key_secret' },
    ]),
  );
});

describe('the fields in the open', () => {
  const open = (fields: [string, string][], ownHost = false) =>
    openFieldFaults(row, new Map(fields), { local: false, ownHost });
  const team: [string, string] = ['team', 't'];

  test('fill in the template', () => expect(open([['region', 'eu-1'], team])).toEqual([]));

  test.each([
    ['eu-1/..', 'a path'],
    ['eu-1@evil', 'a host'],
    ['EU', 'a value of another form'],
  ])('do not smuggle into it: %p', (region) =>
    expect(open([['region', region], team])).toEqual([
      { field: 'fields.region', description: 'is no The region of this provider' },
    ]),
  );

  test('that only the template needs are not needed beside a host of ones own', () => {
    expect(open([], true)).toEqual([{ field: 'fields.team', description: 'is required' }]);
    expect(open([team], false)).toEqual([{ field: 'fields.region', description: 'is required' }]);
  });

  test('are not the place of a secret', () =>
    expect(open([['api_key', 'sk'], ['region', 'eu-1'], team])).toEqual([
      { field: 'fields', description: 'has fields other than region, team' },
    ]));
});
