import {
  AppError,
  bulkId,
  deriveId,
  integrationId,
  type LimitSpec,
  organizationId,
  workspaceId,
} from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { bulkProvisionDecider } from './bulk-provision.decider';

const hourly: LimitSpec = { kind: 'rate', unit: 'requests', amount: 5n, window: 'hour' };
const id = bulkId(deriveId('blk', 'a'));
const [first, second] = [workspaceId(deriveId('ws', 'a')), workspaceId(deriveId('ws', 'b'))] as const;
const wanted = {
  bulkId: id,
  organizationId: organizationId(deriveId('org', 'a')),
  integrationId: integrationId(deriveId('int', 'a')),
  scope: { kind: 'named', workspaceIds: [first, second] },
  limits: [hourly],
  models: { all: false, names: ['small'] },
  existing: 'override',
} as const;
const request = {
  type: 'RequestBulkProvision',
  ...wanted,
  known: new Set([first, second]),
  offered: ['small'],
  at: new Date('2026-03-03T12:00:00Z'),
} as const;
const requested = { type: 'BulkProvisionRequested', ...wanted } as const;
const made = { workspaceId: first, kind: 'made' } as const;
const refused = { workspaceId: second, kind: 'refused', reason: 'INTEGRATION_UNKNOWN' } as const;
const record = (...outcomes: readonly (typeof made | typeof refused)[]) =>
  ({ type: 'RecordBulkOutcomes', bulkId: id, outcomes }) as const;
const carriedOut = (...outcomes: readonly (typeof made | typeof refused)[]) =>
  ({ type: 'BulkProvisionCarriedOut', bulkId: id, outcomes }) as const;
const complete = { type: 'CompleteBulkProvision', bulkId: id, workspaces: 2 } as const;
const completed = { type: 'BulkProvisionCompleted', bulkId: id } as const;

describe('requesting provisions for many workspaces', () => {
  it('records the whole, once', () => {
    given(bulkProvisionDecider).when(request).then(requested);
    given(bulkProvisionDecider, requested).when(request).then();
  });
  it('takes workspaces that are not named as they are', () =>
    given(bulkProvisionDecider)
      .when({ ...request, scope: { kind: 'all' }, known: new Set() })
      .then({ ...requested, scope: { kind: 'all' } }));
  it('records when they end by themselves, which is not over yet', () => {
    const expiresAt = new Date('2026-04-01T00:00:00Z');
    given(bulkProvisionDecider)
      .when({ ...request, expiresAt })
      .then({ ...requested, expiresAt });
    given(bulkProvisionDecider)
      .when({ ...request, expiresAt: request.at })
      .thenRefused('END_HAS_PASSED');
  });
  it('names every field at fault, and records nothing', () => {
    const faulty = {
      ...request,
      scope: { kind: 'named', workspaceIds: [first, second, first] },
      known: new Set([first]),
      offered: [],
      limits: [hourly, hourly],
    } as const;
    const refusal = (): AppError => {
      try {
        bulkProvisionDecider.decide(faulty, bulkProvisionDecider.initial);
      } catch (error) {
        return error as AppError;
      }
      throw new Error('it was accepted');
    };
    expect(refusal().violations.map(({ field }) => field)).toEqual([
      'workspace_ids[1]',
      'workspace_ids[2]',
      'models.names[0]',
      'limits[1]',
    ]);
  });
});

describe('what became of the workspaces', () => {
  it('is told of each once', () => {
    given(bulkProvisionDecider, requested).when(record(made, refused)).then(carriedOut(made, refused));
    given(bulkProvisionDecider, requested, carriedOut(made))
      .when(record(made, refused))
      .then(carriedOut(refused));
    given(bulkProvisionDecider, requested, carriedOut(made, refused)).when(record(made)).then();
  });
  it('is complete when all is told, and not before', () => {
    given(bulkProvisionDecider, requested, carriedOut(made)).when(complete).then();
    given(bulkProvisionDecider, requested, carriedOut(made, refused)).when(complete).then(completed);
    given(bulkProvisionDecider, requested, carriedOut(made, refused), completed).when(complete).then();
  });
});
