import { parseBaseUrl } from './base-url';

describe('ports of a base URL', () => {
  const isRefused = (port: number): boolean => !parseBaseUrl(`http://localhost:${port}/v1`).ok;

  it.each([22, 5432, 6379, 26_257, 27_017])('%i is of another protocol', (port) =>
    expect(isRefused(port)).toBe(true),
  );

  it('none of those is among which the launcher chooses', () => {
    const chosen = Array.from({ length: 6_000 }, (_, at) => 20_000 + at);
    expect(chosen.filter(isRefused)).toEqual([]);
  });
});
