import { deriveId, type LimitSpec, workspaceId } from '@gatehouse/kernel';
import { type WantedProvision, workspaceFaults } from './wanted-provision';

const ws = (name: string) => workspaceId(deriveId('ws', name));
const wanted = (name: string, change: Partial<WantedProvision> = {}): WantedProvision => ({
  workspaceId: ws(name),
  limits: [],
  models: { all: true },
  disabled: false,
  ...change,
});
const only = (...names: string[]) => ({ models: { all: false, names } }) as const;
const perMinute: LimitSpec = { kind: 'rate', unit: 'requests', amount: 1n, window: 'minute' };
const offered = new Set(['small']);
const fieldsOf = (workspaces: readonly WantedProvision[], owner?: string) =>
  workspaceFaults(workspaces, offered, owner === undefined ? undefined : ws(owner)).map(({ field }) => field);

describe('the workspaces that an integration is connected with', () => {
  test('are fine', () => {
    expect(fieldsOf([wanted('a'), wanted('b', { ...only('small'), limits: [perMinute] })])).toEqual([]);
    expect(fieldsOf([wanted('a')], 'a')).toEqual([]);
  });

  test.each<[string, readonly WantedProvision[], string | undefined, readonly string[]]>([
    ['one twice', [wanted('a'), wanted('a')], undefined, ['workspaces[1].workspace_id']],
    ['another than the owner', [wanted('b')], 'a', ['workspaces[0].workspace_id']],
    [
      'a model nobody offers',
      [wanted('a', only('small', 'x'))],
      undefined,
      ['workspaces[0].models.names[1]'],
    ],
    [
      'a limit twice',
      [wanted('a', { limits: [perMinute, perMinute] })],
      undefined,
      ['workspaces[0].limits[1]'],
    ],
    ['too many', Array.from({ length: 101 }, (_, index) => wanted(`w${index}`)), undefined, ['workspaces']],
    [
      'too many models',
      [wanted('a', only(...Array.from({ length: 1_001 }, () => 'small')))],
      undefined,
      ['workspaces'],
    ],
  ])('%s', (_what, workspaces, owner, fields) => expect(fieldsOf(workspaces, owner)).toEqual(fields));
});
