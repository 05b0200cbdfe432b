import {
  ACCESS_SCOPES,
  isWorkspaceRole,
  KEY_ROLES,
  ROLE_SCOPES,
  scopesOfKey,
  workspaceId,
} from '@gatehouse/kernel';
import fc from 'fast-check';
import { type KeyReach, workspaceOfReach } from './api-key.events';
import { type ManagingKey, refuseMoreThan } from './key-manager';

const workspaces = ['1', '2'].map((digit) => workspaceId(`ws_${digit.repeat(26)}`));

const reaches: fc.Arbitrary<KeyReach> = fc
  .tuple(fc.constantFrom(...KEY_ROLES), fc.constantFrom(...workspaces))
  .map(([role, workspace]) => (isWorkspaceRole(role) ? { role, workspaceId: workspace } : { role }));

/** What is asked for, as the edge lets it through: scopes within the role. */
const wanted = reaches.chain((reach) =>
  fc.record({
    reach: fc.constant(reach),
    scopes: fc.subarray([...ROLE_SCOPES[reach.role]], { minLength: 0 }),
    expiresAt: fc.option(fc.date({ noInvalidDate: true }), { nil: undefined }),
    bounded: fc.boolean(),
  }),
);

const RANK = { owner: 3, admin: 2, auditor: 1, workspaceAdmin: 1, workspaceMember: 0 } as const;

describe('a chain of keys, each issued by the one before', () => {
  it('never may more than its first', () => {
    fc.assert(
      fc.property(fc.array(wanted, { minLength: 2, maxLength: 8 }), (asked) => {
        const [root, ...others] = asked.map(({ reach, scopes, expiresAt, bounded }): ManagingKey => ({
          kind: 'key',
          reach,
          scopes: scopesOfKey(reach.role, scopes),
          bounded,
          ...(expiresAt && { expiresAt }),
        }));
        if (!root) return;
        let issuer = root;
        for (const key of others) {
          try {
            refuseMoreThan(issuer, { ...key, scopes: [...key.scopes] });
          } catch {
            continue;
          }
          // Of another workspace it is refused before: the edge compares what the request names.
          const own = workspaceOfReach(issuer.reach);
          if (own !== undefined && workspaceOfReach(key.reach) !== own) continue;
          expect(RANK[key.reach.role]).toBeLessThanOrEqual(RANK[root.reach.role]);
          for (const scope of ACCESS_SCOPES)
            expect(!key.scopes.has(scope) || root.scopes.has(scope)).toBe(true);
          if (root.expiresAt) expect(Number(key.expiresAt)).toBeLessThanOrEqual(Number(root.expiresAt));
          expect(root.bounded).toBe(false);
          issuer = key;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
