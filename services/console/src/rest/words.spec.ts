import { typeV1 } from '@gatehouse/proto-gen';
import { wordsOf } from './words';

const KINDS = wordsOf(typeV1.CredentialKind);

it('says an enum by its words, and back', () => {
  expect(KINDS.of(typeV1.CredentialKind.AZURE_KEY)).toBe('azure-key');
  expect(KINDS.valueOf('azure-key')).toBe(typeV1.CredentialKind.AZURE_KEY);
  expect(KINDS.schema.safeParse('azure-key').success).toBe(true);
});

it('has no word for what is not said, or not known here', () => {
  expect(KINDS.of(typeV1.CredentialKind.UNSPECIFIED)).toBeNull();
  expect(KINDS.of(9_999 as typeV1.CredentialKind)).toBeNull();
  expect(KINDS.schema.safeParse('unspecified').success).toBe(false);
});
