import { apiKeyId, deriveId } from '@gatehouse/kernel';
import type { ServiceUses } from './api-key.ports';
import { lastUse } from './last-use';

const id = apiKeyId(deriveId('key', 'a'));
const key = { id, issuedAt: new Date('2026-03-10T09:30:00Z') };
const EVER = new Date(0);

const told = (service: string, at?: string, since = EVER): ServiceUses => ({
  service,
  known: { since, last: new Map(at === undefined ? [] : [[id, new Date(at)]]) },
});

describe('the last use of a key', () => {
  it('is the latest that any service tells', () => {
    const uses = [
      told('gateway', '2026-03-11T08:15:00Z'),
      told('registry', '2026-03-12T07:00:00Z'),
      told('audit'),
    ];
    const latest = { at: new Date('2026-03-12T07:00:00Z'), service: 'registry' };
    expect(lastUse(key, uses)).toEqual({ latest, certain: true });
  });

  it('never was, where all say so who would know', () =>
    expect(lastUse(key, [told('gateway'), told('audit')])).toEqual({ latest: undefined, certain: true }));

  it.each([
    ['cannot be asked', { service: 'audit' }],
    ['does not know of the time since its issue', told('audit', undefined, new Date('2026-03-10T09:31:00Z'))],
  ] as const)('is not known where one of them %s, and no other has seen it', (_why, silent) =>
    expect(lastUse(key, [told('gateway'), silent])).toEqual({ latest: undefined, certain: false }),
  );

  it('may be later than what is known, where one cannot be asked', () => {
    const uses = [told('gateway', '2026-03-11T08:15:00Z'), { service: 'audit' } as const];
    expect(lastUse(key, uses)).toMatchObject({ latest: { service: 'gateway' }, certain: false });
  });

  it.each([
    ['before the latest use', '2026-03-11T08:00:00Z', true],
    ['after it', '2026-03-11T08:16:00Z', false],
  ])('is certain by who takes uses down since %s: not else', (_when, since, certain) => {
    const uses = [told('gateway', '2026-03-11T08:15:00Z'), told('audit', undefined, new Date(since))];
    expect(lastUse(key, uses).certain).toBe(certain);
  });

  it('is certain in the hour of its issue, though that began before uses were taken down', () => {
    const uses = [
      told('registry', '2026-03-10T09:00:00Z'),
      told('audit', undefined, new Date('2026-03-10T09:20:00Z')),
    ];
    expect(lastUse(key, uses).certain).toBe(true);
  });

  it('is certain by who has seen it, however late that began', () => {
    const later = new Date('2026-04-01T00:00:00Z');
    const uses = [told('gateway', '2026-04-02T10:00:00Z'), told('audit', '2026-04-01T00:00:00Z', later)];
    expect(lastUse(key, uses)).toMatchObject({ latest: { service: 'gateway' }, certain: true });
  });
});
