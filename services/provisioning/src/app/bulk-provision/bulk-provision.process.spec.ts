import { AppError, bulkId, deriveId, integrationId, organizationId, workspaceId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import type { OpenBulk } from './bulk-provision.ports';
import { BulkProvisionProcess } from './bulk-provision.process';

const TURNS = 5 * 500;
const BULK: OpenBulk = {
  bulkId: bulkId(deriveId('blk', 'one')),
  organizationId: organizationId(deriveId('org', 'one')),
  integrationId: integrationId(deriveId('int', 'one')),
  limits: [],
  models: { all: true },
  existing: 'keep',
  expiresAt: undefined,
  workspaces: TURNS,
  reason: '',
  correlationId: '',
  causationId: '',
};

/** What a bulk meets in the service: a log that moves by one position a step, and projections that follow as they are told. */
class Surroundings {
  /** How far the projections are. */
  seen = 0n;
  head = 0n;
  taken = 0;
  readonly told: string[] = [];
  open: readonly OpenBulk[] = [BULK];
  /** By their integrations. */
  unstarted: readonly { readonly integrationId: string }[] = [];
  readonly bulks = {
    unstarted: async () => this.unstarted,
    // One at a time.
    open: async (except: readonly string[]) =>
      this.open.filter(({ bulkId }) => !except.includes(bulkId)).slice(0, 1),
    turns: async (_id: string, after: number, atMost: number) =>
      Array.from({ length: Math.min(atMost, TURNS - after) }, (_, index) => ({
        ordinal: after + index + 1,
        workspaceId: workspaceId(deriveId('ws', String(after + index + 1))),
      })),
  };
  readonly streams = {
    record: async (_id: string, { type }: { readonly type: string }) => {
      this.told.push(type);
      return { position: ++this.head };
    },
  };
  readonly starter = {
    start: async (id: string) => {
      if (id === 'poison') throw new Error(id);
      this.told.push(`start ${id}`);
    },
  };
  readonly turns = {
    take: async ({ bulkId }: OpenBulk, workspaceIds: readonly string[]) => {
      if (bulkId !== BULK.bulkId) throw new Error('it will be carried on later');
      this.taken += workspaceIds.length;
      return workspaceIds.map((id) => ({ status: 'fulfilled', value: { workspaceId: id, kind: 'made' } }));
    },
  };
  readonly projections = {
    waitFor: async (_name: string, wanted: string) => {
      if (BigInt(wanted) > this.seen) throw new AppError('UNAVAILABLE', 'PROJECTION_BEHIND');
    },
  };

  process(): BulkProvisionProcess {
    const integrations = { find: async () => ({ status: 'connected' }) };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const parts = [
      ...[this.bulks, this.streams, this.starter, this.turns, integrations, this.projections, testIds, log],
    ];
    return new BulkProvisionProcess(
      ...(parts as unknown as ConstructorParameters<typeof BulkProvisionProcess>),
    );
  }
}

describe('a bulk provision', () => {
  it('waits for the projections that others wait for, and goes on as they do', async () => {
    const around = new Surroundings();
    const process = around.process();
    await process.look();
    expect(around.taken).toBe(2 * 500);
    await process.look();
    expect(around.taken).toBe(2 * 500);
    around.seen = 1n;
    await process.look();
    expect(around.taken).toBe(3 * 500);
    expect(around.told).not.toContain('CompleteBulkProvision');
  });

  it('is carried to the end where they follow', async () => {
    const around = new Surroundings();
    around.seen = 1_000n;
    await around.process().look();
    expect(around.taken).toBe(TURNS);
    expect(around.told.at(-1)).toBe('CompleteBulkProvision');
  });

  it('is carried to the end however many stay open before it', async () => {
    const around = new Surroundings();
    around.seen = 1_000n;
    const staying = ['two', 'three'].map((seed) => ({ ...BULK, bulkId: bulkId(deriveId('blk', seed)) }));
    around.open = [...staying, BULK];
    await around.process().look();
    expect(around.taken).toBe(TURNS);
  });

  it('is started, and carried to the end, although another cannot be started yet', async () => {
    const around = new Surroundings();
    around.seen = 1_000n;
    around.unstarted = [{ integrationId: 'poison' }, { integrationId: 'other' }];
    await around.process().look();
    expect(around.told[0]).toBe('start other');
    expect(around.told.at(-1)).toBe('CompleteBulkProvision');
  });
});
