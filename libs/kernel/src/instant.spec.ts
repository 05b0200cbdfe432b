import { isSayableInstant } from './instant';

describe('isSayableInstant', () => {
  it.each(['0001-01-01T00:00:00Z', '2030-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'])('takes %s', (text) =>
    expect(isSayableInstant(new Date(text))).toBe(true),
  );

  it.each(['0000-12-31T23:59:59.999Z', '-000044-03-15T00:00:00Z', '+010000-01-01T00:00:00Z', 'never'])(
    'refuses %s',
    (text) => expect(isSayableInstant(new Date(text))).toBe(false),
  );
});
