import fc from 'fast-check';
import { splitNamedSecrets, withNamedSecrets } from './secret-uses';

const field = fc.stringMatching(/^[a-z_]{1,12}$/);

test('names of secrets come out of a credential as they were put in, beside its fields', () => {
  fc.assert(
    fc.property(
      fc.dictionary(field, fc.string()),
      fc.dictionary(
        field,
        fc.record({ reference: fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/), member: fc.string() }),
      ),
      (fields, named) => {
        const split = splitNamedSecrets(withNamedSecrets(fields, named));
        expect(Object.entries(split.fields)).toEqual(Object.entries(fields));
        expect(Object.entries(split.named)).toEqual(Object.entries(named));
      },
    ),
  );
});

test('a field of the same name is another one than the name of a secret', () => {
  const both = withNamedSecrets({ api_key: 'sk' }, { api_key: { reference: 'r', member: 'a#b' } });
  expect(both).toEqual({ api_key: 'sk', 'api_key@reference': 'r#a#b' });
  expect(splitNamedSecrets(both).named).toEqual({ api_key: { reference: 'r', member: 'a#b' } });
});
