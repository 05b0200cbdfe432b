import type { EventFields, HistoryEvent, PastEvent } from './history.ports';
import { saidBefore as told } from './said-before';

/** What types leave out where it is empty. */
const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Made: { id: undefined, limits: [] },
  Changed: { id: undefined, name: undefined, limits: [] },
  ExpiryChanged: { expiresAt: undefined },
  ApprovalChanged: { required: false },
  MemberRolesChanged: { memberId: undefined, roles: undefined },
  WorkspaceLimitsChanged: { limits: [] },
  WorkspaceKeyLimitsChanged: { limits: [] },
  IntegrationReconfigured: { baseUrl: undefined, credentialVersion: undefined },
};
const fields: EventFields = { leftOut: (type) => LEFT_OUT[type] ?? {} };
const saidBefore = (event: HistoryEvent, past: readonly PastEvent[]) => told(event, past, fields);

const event = (sequence: bigint, data: object, type = `Type${sequence}`, version = 1): HistoryEvent =>
  ({ sequence, revision: sequence - 1n, type, version, dataJson: JSON.stringify(data) }) as HistoryEvent;

const past = [
  event(1n, { name: 'a', limits: ['1'], deleted: null }),
  event(2n, { name: 'b' }),
  event(3n, { description: 'x' }),
];

it('is the latest of each field that the event has, and of no other', () => {
  const { beforeJson, beforeUnknown } = saidBefore(event(4n, { name: 'c', limits: [] }), past);
  expect([JSON.parse(beforeJson), beforeUnknown]).toEqual([{ name: 'b', limits: ['1'] }, false]);
});

it('is nothing where nobody had said anything, and what came later is not looked at', () => {
  expect(saidBefore(event(1n, { name: 'a' }), past).beforeJson).toBe('{}');
  expect(saidBefore(event(4n, { fresh: 1 }), past).beforeJson).toBe('{}');
  expect(saidBefore(event(2n, { name: 'b' }), past).beforeJson).toBe('{"name":"a"}');
});

it('says where it does not know', () => {
  expect(saidBefore(event(4n, { name: 'c' }), past.slice(1)).beforeUnknown).toBe(false);
  expect(saidBefore(event(4n, { older: 1 }), past.slice(1)).beforeUnknown).toBe(true);
  expect(saidBefore(event(4n, { older: 1 }), past).beforeUnknown).toBe(false);
  expect(saidBefore(event(1n, { older: 1 }), []).beforeUnknown).toBe(false);
});

it('looks no further back than so many events, whatever is there for others', () => {
  const older = event(1n, { name: 'a' });
  const between = Array.from({ length: 200 }, (_, at) => event(BigInt(at + 2), {}));
  const told = (at: bigint) => saidBefore(event(at, { name: 'c' }), [older, ...between]);
  expect(told(201n)).toMatchObject({ beforeJson: '{"name":"a"}', beforeUnknown: false });
  expect(told(202n)).toMatchObject({ beforeJson: '{}', beforeUnknown: true });
});

it('takes no name of a field for anything else', () => {
  const odd = { dataJson: '{"__proto__":{"a":1}}', sequence: 1n, revision: 0n } as HistoryEvent;
  const { beforeJson } = saidBefore({ ...odd, sequence: 2n, revision: 1n }, [odd]);
  expect(beforeJson).toBe('{"__proto__":{"a":1}}');
});

describe('what is empty', () => {
  /** Of the last of these events, of types and data. */
  const before = (...said: readonly (readonly [type: string, data: object])[]) => {
    const events = said.map(([type, data], at) => event(BigInt(at + 1), data, type));
    const last = events.at(-1) as HistoryEvent;
    return JSON.parse(saidBefore(last, events).beforeJson) as object;
  };

  it('is said by being left out, whichever event does so that could have said it', () => {
    const [made, emptied] = [{ id: 'a', limits: ['1'] }, { id: 'a' }];
    const changed = ['Changed', { id: 'a', limits: ['2'] }] as const;
    expect(before(['Made', made], ['Changed', emptied], changed)).toEqual({ id: 'a', limits: [] });
    expect(before(['Made', made], ['Renamed', emptied], changed)).toEqual({ id: 'a', limits: ['1'] });
    expect(
      before(
        ['ExpiryChanged', { expiresAt: '1' }],
        ['ExpiryChanged', {}],
        ['ExpiryChanged', { expiresAt: '2' }],
      ),
    ).toEqual({});
    expect(
      before(
        ['ApprovalChanged', { required: true }],
        ['ApprovalChanged', {}],
        ['ApprovalChanged', { required: true }],
      ),
    ).toEqual({ required: false });
  });

  it('is told of the event itself, where it took something away', () => {
    expect(before(['Made', { id: 'a', limits: ['1'] }], ['Changed', { id: 'a' }])).toEqual({
      id: 'a',
      limits: ['1'],
    });
    expect(before(['Made', { id: 'a' }], ['Changed', { id: 'a' }])).toEqual({ id: 'a' });
    expect(before(['ExpiryChanged', { expiresAt: '1' }], ['ExpiryChanged', {}])).toEqual({ expiresAt: '1' });
    expect(before(['ApprovalChanged', { required: true }], ['ApprovalChanged', {}])).toEqual({
      required: true,
    });
    expect(before(['ApprovalChanged', {}], ['ApprovalChanged', {}])).toEqual({});
  });

  it('says nothing where it stays as it was', () => {
    const [first, second] = [{ baseUrl: 'a', credentialVersion: 1 }, { baseUrl: 'b' }];
    const third = { baseUrl: 'c', credentialVersion: 2 };
    const type = 'IntegrationReconfigured';
    expect(before([type, first], [type, second])).toEqual({ baseUrl: 'a' });
    expect(before([type, first], [type, second], [type, third])).toEqual({
      baseUrl: 'b',
      credentialVersion: 1,
    });
  });

  it('is what was removed meanwhile', () => {
    const price = (model: string, input: string) =>
      ['PriceOverridden', { model, prices: { input } }] as const;
    const removed = ['PriceOverrideRemoved', { model: 'a' }] as const;
    expect(before(price('a', '1'), removed, price('a', '2'))).toEqual({});
    const ofAnother = before(price('b', '1'), removed, price('b', '2'));
    expect(ofAnother).toEqual({ model: 'b', prices: { input: '1' } });
    const policy = (limit: string) => ['AutoProvisionPolicySet', { limits: [limit] }] as const;
    expect(before(policy('1'), policy('2'))).toEqual({ limits: ['1'] });
    expect(before(policy('1'), ['AutoProvisionTurnedOff', {}], policy('2'))).toEqual({});
  });

  it('is not what another was, or something else of the same word', () => {
    const roles = (memberId: string, role: string) =>
      ['MemberRolesChanged', { memberId, roles: [role] }] as const;
    expect(before(roles('a', 'admin'), roles('b', 'viewer'))).toEqual({});
    expect(before(roles('a', 'admin'), roles('b', 'viewer'), roles('a', 'owner'))).toEqual({
      memberId: 'a',
      roles: ['admin'],
    });
    const link = (hash: string, expiresAt: string) => ['SignInLinkMade', { hash, expiresAt }] as const;
    expect(before(link('a', '1'), link('b', '2'))).toEqual({});
    expect(before(['ChangeProposed', { behind: ['a'] }], ['ProposalApproved', { behind: ['b'] }])).toEqual(
      {},
    );
    const [own, ofKeys] = [
      ['WorkspaceLimitsChanged', { limits: ['1'] }],
      ['WorkspaceKeyLimitsChanged', { limits: ['2'] }],
    ] as const;
    expect(before(own, ofKeys)).toEqual({});
    expect(before(own, ofKeys, ['WorkspaceLimitsChanged', { limits: ['3'] }])).toEqual({ limits: ['1'] });
    expect(
      before(['IntegrationModelsAllowed', { names: ['a'] }], ['IntegrationModelsRevoked', { names: ['b'] }]),
    ).toEqual({});
    expect(before(['CustomModelRemoved', { name: 'm' }], ['IntegrationRenamed', { name: 'b' }])).toEqual({});
  });
});
