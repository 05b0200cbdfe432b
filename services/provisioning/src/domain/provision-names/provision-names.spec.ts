import { integrationId, organizationId, provisionId, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import fc from 'fast-check';
import type { NameProvision } from './name-provision';
import type { ProvisionNames } from './provision-names';
import { provisionNamesDecider } from './provision-names.decider';
import { provisionSlug } from './provision-slug';

const NOW = new Date('2026-11-26T12:00:00Z');
const LATER = new Date('2026-11-26T12:01:01Z');
const of = (digit: string) => ({
  organizationId: organizationId(`org_${'1'.repeat(26)}`),
  workspaceId: workspaceId(`ws_${'2'.repeat(26)}`),
  provisionId: provisionId(`prv_${digit.repeat(26)}`),
  integrationId: integrationId(`int_${digit.repeat(26)}`),
});
const [one, other] = [of('3'), of('4')];
const slug = provisionSlug('chat');
const command = (about: typeof one, more: Partial<NameProvision>): NameProvision => ({
  type: 'NameProvision',
  ...about,
  ended: new Set(),
  unmade: new Set(),
  at: NOW,
  ...more,
});
const named = { type: 'ProvisionNamed', ...one, slug, name: 'Chat', namedAt: NOW } as const;
const unnamed = (at: Date) => ({ type: 'ProvisionNamed', ...one, namedAt: at }) as const;

describe('naming a provision', () => {
  it('records both, and what is not said stays', () => {
    given(provisionNamesDecider)
      .when(command(one, { slug, name: 'Chat' }))
      .then(named);
    given(provisionNamesDecider, named)
      .when(command(one, { name: 'Talk' }))
      .then({ ...named, name: 'Talk' });
  });
  it('as it is called records nothing, and neither does following the integration as ever', () => {
    given(provisionNamesDecider, named)
      .when(command(one, { slug, name: 'Chat' }))
      .then();
    given(provisionNamesDecider)
      .when(command(one, { slug: null, name: null }))
      .then();
  });
  it('gives up both for those of the integration', () =>
    given(provisionNamesDecider, named)
      .when(command(one, { slug: null, name: null }))
      .then(unnamed(NOW)));
  it('as another is called is refused', () => {
    given(provisionNamesDecider, named).when(command(other, { slug })).thenRefused('PROVISION_SLUG_TAKEN');
    given(provisionNamesDecider, named)
      .when(command(other, { name: 'Chat' }))
      .thenRefused('PROVISION_NAME_TAKEN');
  });
  it('takes what one is called whose integration has gone', () =>
    given(provisionNamesDecider, named)
      .when(command(other, { slug, ended: new Set([one.provisionId]) }))
      .then(unnamed(NOW), { type: 'ProvisionNamed', ...other, slug, namedAt: NOW }));
  it('takes what one was to be called that was not made, but not while it may yet be', () => {
    const unmade = new Set([one.provisionId]);
    given(provisionNamesDecider, named)
      .when(command(other, { slug, unmade }))
      .thenRefused('PROVISION_SLUG_TAKEN');
    given(provisionNamesDecider, named)
      .when(command(other, { slug, unmade, at: LATER }))
      .then(unnamed(LATER), { type: 'ProvisionNamed', ...other, slug, namedAt: LATER });
  });
});

it('no two provisions of a workspace are ever called the same, whatever is asked in whatever order', () => {
  const asked = fc.record({
    who: fc.constantFrom('3', '4', '5'),
    slug: fc.constantFrom(undefined, null, provisionSlug('a'), provisionSlug('b')),
    name: fc.constantFrom(undefined, null, 'A', 'B'),
    ended: fc.subarray(['3', '4', '5']),
    seconds: fc.integer({ min: 0, max: 90 }),
  });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 30 }), (commands) => {
      let names: ProvisionNames = provisionNamesDecider.initial;
      let at = NOW;
      for (const { who, ended, seconds, ...wanted } of commands) {
        at = new Date(at.getTime() + seconds * 1_000);
        const idsOf = (digits: readonly string[]) => new Set(digits.map((digit) => of(digit).provisionId));
        const more = { ...wanted, ended: idsOf(ended), unmade: idsOf(['3', '5']), at };
        try {
          names = provisionNamesDecider
            .decide(command(of(who), more), names)
            .reduce(provisionNamesDecider.evolve, names);
        } catch {
          continue;
        }
        for (const called of ['slug', 'name'] as const) {
          const all = [...names.values()].flatMap((one) => one[called] ?? []);
          expect(new Set(all).size).toBe(all.length);
        }
      }
    }),
  );
});
