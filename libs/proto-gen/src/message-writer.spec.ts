import { MessageWriter } from './message-writer';
import { typeV1 } from '.';

describe('a message writer', () => {
  const limit = (id: string): typeV1.Limit => typeV1.Limit.fromPartial({ id });
  const alone = (id: string): Uint8Array => typeV1.Limit.encode(limit(id)).finish();

  it('encodes each message as it would be encoded alone, and keeps its hands off those before', () => {
    const writer = new MessageWriter();
    const encoded = ['a'.repeat(1_000), 'b', ''].map((id) => writer.encode(typeV1.Limit, limit(id)));
    expect(encoded).toEqual(['a'.repeat(1_000), 'b', ''].map(alone));
  });

  it('forgets what it had written of a message that cannot be encoded', () => {
    const writer = new MessageWriter();
    const broken = { ...limit('begun'), kind: { $case: 'budget', value: undefined } } as never;
    expect(() => writer.encode(typeV1.Limit, broken)).toThrow();
    expect(writer.encode(typeV1.Limit, limit('c'))).toEqual(alone('c'));
  });
});
