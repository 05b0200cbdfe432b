import { enumWords } from './enum-words';
import { typeV1 } from '.';

describe('words of an enum', () => {
  it('are those of its values, of several parts too', () => {
    expect(enumWords(typeV1.AnswerShape)).toEqual({
      object: typeV1.AnswerShape.OBJECT,
      'data-ids': typeV1.AnswerShape.DATA_IDS,
      'model-names': typeV1.AnswerShape.MODEL_NAMES,
    });
  });

  it('are known to the compiler', () => {
    const words: Readonly<Record<'aws-access-key', typeV1.CredentialKind>> = enumWords(typeV1.CredentialKind);
    expect(words['aws-access-key']).toBe(typeV1.CredentialKind.AWS_ACCESS_KEY);
    // @ts-expect-error the proto has no such word
    const none: Readonly<Record<'seal-of-wax', typeV1.CredentialKind>> = enumWords(typeV1.CredentialKind);
    expect(none['seal-of-wax']).toBeUndefined();
  });
});
