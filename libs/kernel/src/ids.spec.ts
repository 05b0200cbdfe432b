import { apiKeyId, deriveEventId, deriveId, Ids, randomId } from './ids';

describe('ids', () => {
  it('derives the same id from the same parts, and another from any other', () => {
    expect(deriveId('key', 'org_1', 'r')).toBe(deriveId('key', 'org_1', 'r'));
    expect(
      new Set([deriveId('key', 'a', 'bc'), deriveId('key', 'ab', 'c'), deriveId('ws', 'a', 'bc')]).size,
    ).toBe(3);
    expect(apiKeyId(deriveId('key', 'org_1', 'r'))).toMatch(/^key_[0-9a-z]{26}$/);
  });

  it('derives ids that only the installation can foretell', () => {
    const ids = new Ids(Buffer.alloc(32, 1));
    const id = ids.derive('key', 'org_1', 'r');
    expect(apiKeyId(id)).toBe(new Ids(Buffer.alloc(32, 1)).derive('key', 'org_1', 'r'));
    const others = [
      deriveId('key', 'org_1', 'r'),
      new Ids(Buffer.alloc(32, 2)).derive('key', 'org_1', 'r'),
      ids.derive('key', 'org_', '1r'),
    ];
    expect(others).not.toContain(id);
  });

  it('spreads random bytes over the whole suffix', () => {
    const first = randomId('key', new Uint8Array(17).fill(0));
    const second = randomId('key', new Uint8Array(17).fill(255));
    expect(apiKeyId(first)).not.toBe(apiKeyId(second));
  });

  it('derives event ids that are UUIDs', () => {
    expect(deriveEventId('stream', 'request', '0')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it.each(['key_short', 'ws_00000000000000000000000000', 'key_0000000000000000000000000A', ''])(
    'refuses %p',
    (raw) => {
      expect(() => apiKeyId(raw)).toThrow('API_KEY_ID_MALFORMED');
    },
  );
});
