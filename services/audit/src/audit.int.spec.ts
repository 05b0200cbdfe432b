import { grpcClient } from '@gatehouse/grpc';
import { deriveId, organizationId } from '@gatehouse/kernel';
import { auditV1 } from '@gatehouse/proto-gen';
import { AuditBench } from './testing/audit-bench';

const ours = organizationId(deriveId('org', 'ours'));
const theirs = organizationId(deriveId('org', 'theirs'));

describe('audit', () => {
  let bench: AuditBench;

  const list = (name: string, request: Partial<auditV1.ListEventsRequest>) =>
    grpcClient(auditV1.EventServiceClient, {
      address: bench.address,
      apiKey: AuditBench.secretOf(name),
    }).listEvents(auditV1.ListEventsRequest.fromPartial(request));

  beforeAll(async () => {
    bench = await AuditBench.open();
    await bench.issueKey(ours, 'gh_ours');
    await bench.issueKey(theirs, 'gh_theirs');
  }, 60_000);

  afterAll(() => bench?.close());

  it('tells the organization its own history, in order, with actor and reason', async () => {
    const { position } = await bench.append(ours, 'workspace-1', 'WorkspaceCreated', {
      name: 'a',
      amount: '9007199254740993',
    });
    const { events } = await list('gh_ours', { atLeastPosition: position.toString() });
    expect(events.map(({ type }) => type)).toEqual(['ApiKeyIssued', 'WorkspaceCreated']);
    expect(events[1]).toMatchObject({
      stream: 'workspace-1',
      revision: 0n,
      position: position.toString(),
      reason: 'why WorkspaceCreated',
      dataJson: expect.stringContaining('"9007199254740993"'),
      actor: { id: 'operator' },
      writer: 'gatehouse_provisioning',
    });
  });

  it('pages and filters', async () => {
    let position = 0n;
    for (let index = 0; index < 5; index++) {
      ({ position } = await bench.append(ours, `provision-${index}`, 'ProvisionDisabled', { index }));
    }
    const filter = { type: 'ProvisionDisabled', pageSize: 2, atLeastPosition: position.toString() };
    const streams: string[] = [];
    let pageToken = '';
    do {
      const page = await list('gh_ours', { ...filter, pageToken });
      streams.push(...page.events.map(({ stream }) => stream));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(streams).toEqual(['provision-0', 'provision-1', 'provision-2', 'provision-3', 'provision-4']);
    const one = await list('gh_ours', { stream: 'provision-3' });
    expect(one.events).toHaveLength(1);
  });

  it('tells changes newest first, with what was said before, and how many there are', async () => {
    await bench.append(ours, 'workspace-7', 'WorkspaceCreated', { name: 'a', icon: '' });
    await bench.append(ours, 'workspace-7', 'WorkspaceDescribed', { name: 'b' });
    const { position: at } = await bench.append(ours, 'workspace-7', 'WorkspaceRenamed', { name: 'c' });
    const { position } = await bench.append(ours, 'workspace-8', 'WorkspaceRenamed', { name: 'other' });
    const changes = (name: string, request: Partial<auditV1.ListHistoryRequest>) =>
      grpcClient(auditV1.EventServiceClient, {
        address: bench.address,
        apiKey: AuditBench.secretOf(name),
      }).listHistory(auditV1.ListHistoryRequest.fromPartial(request));
    const asked = { streams: ['workspace-7', 'workspace-8'], pageSize: 2, atLeastPosition: String(position) };
    const first = await changes('gh_ours', asked);
    expect(first.totalSize).toBe(4);
    expect(
      first.changes.map(({ event, beforeJson }) => [event?.stream, event?.dataJson, beforeJson]),
    ).toEqual([
      ['workspace-8', '{"name":"other"}', '{}'],
      ['workspace-7', '{"name":"c"}', '{"name":"b"}'],
    ]);
    expect(first.changes[1]?.event?.position).toBe(String(at));
    const second = await changes('gh_ours', { ...asked, pageToken: first.nextPageToken });
    expect(second.changes.map(({ beforeJson }) => beforeJson)).toEqual(['{"name":"a"}', '{}']);
    expect((await changes('gh_ours', { ...asked, skip: 3 })).changes).toEqual(second.changes.slice(1));
    expect(await changes('gh_theirs', asked)).toMatchObject({ changes: [], totalSize: 0 });
    const requestId = first.changes[0]?.event?.requestId ?? '';
    const found = await changes('gh_ours', { requestId });
    expect(found.changes.map(({ event }) => event?.requestId)).toEqual(found.changes.map(() => requestId));
    expect(found.changes.map(({ event }) => event?.stream)).toContain('workspace-8');
    expect((await changes('gh_theirs', { requestId })).totalSize).toBe(0);
    const many = { streams: Array.from({ length: 1_001 }, (_, index) => `s-${index}`) };
    await expect(changes('gh_ours', many)).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('tells what was taken away, and of whom, by the fields that events of a type have', async () => {
    const stream = 'provision-ends';
    const [first, second] = ['2027-01-01T00:00:00.000Z', '2028-01-01T00:00:00.000Z'];
    let position = 0n;
    for (const [time, expiresAt] of [first, undefined, second].entries())
      ({ position } = await bench.append(
        ours,
        stream,
        'ProvisionExpiryChanged',
        { provisionId: 'p', ...(expiresAt && { expiresAt }) },
        String(time),
      ));
    const client = grpcClient(auditV1.EventServiceClient, {
      address: bench.address,
      apiKey: AuditBench.secretOf('gh_ours'),
    });
    const asked = { streams: [stream], atLeastPosition: String(position) };
    const { changes } = await client.listHistory(auditV1.ListHistoryRequest.fromPartial(asked));
    expect(changes.map(({ beforeJson }) => JSON.parse(beforeJson) as unknown)).toEqual([
      { provisionId: 'p' },
      { provisionId: 'p', expiresAt: first },
      {},
    ]);
  });

  it('tells what was said before of each change alike, however many are on its page and between them', async () => {
    const stream = 'workspace-9';
    await bench.append(ours, stream, 'WorkspaceRenamed', { name: 'n0' });
    let position = 0n;
    for (let n = 1; n <= 260; n++) {
      const renamed = n % 130 === 0;
      ({ position } = await bench.append(
        ours,
        stream,
        renamed ? 'WorkspaceRenamed' : 'WorkspaceDescribed',
        renamed ? { name: `n${n}` } : { description: `d${n}` },
        String(n),
      ));
    }
    const client = grpcClient(auditV1.EventServiceClient, {
      address: bench.address,
      apiKey: AuditBench.secretOf('gh_ours'),
    });
    const told = async (request: Partial<auditV1.ListHistoryRequest>) => {
      const asked = { streams: [stream], atLeastPosition: String(position), ...request };
      const { changes } = await client.listHistory(auditV1.ListHistoryRequest.fromPartial(asked));
      return changes.map(({ beforeJson, beforeUnknown }) => [beforeJson, beforeUnknown]);
    };
    const many = await told({ pageSize: 200 });
    expect(many).toHaveLength(200);
    expect(await told({ pageSize: 1, skip: 199 })).toEqual(many.slice(199));
    expect(many[199]).toEqual(['{"description":"d60"}', false]);
    expect(await told({ type: 'WorkspaceRenamed' })).toEqual([
      ['{"name":"n130"}', false],
      ['{"name":"n0"}', false],
      ['{}', false],
    ]);
  }, 30_000);

  it('has no more on a page than fits one answer, and says where it goes on', async () => {
    const large = Array.from({ length: 1_000 }, (_, n) => String(n).padEnd(400, 'm'));
    const wide = Array.from({ length: 12 }, (_, n) => `provision-wide-${n}`);
    let position = 0n;
    for (const stream of wide) await bench.append(ours, stream, 'IntegrationProvisioned', { models: large });
    for (const stream of wide)
      ({ position } = await bench.append(ours, stream, 'ModelsAllowed', { models: ['one'] }));
    const client = grpcClient(auditV1.EventServiceClient, {
      address: bench.address,
      apiKey: AuditBench.secretOf('gh_ours'),
    });
    const sizes: number[] = [];
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const asked = { type: 'IntegrationProvisioned', pageToken, atLeastPosition: String(position) };
      const page = await client.listEvents(auditV1.ListEventsRequest.fromPartial(asked));
      sizes.push(page.events.length);
      pageToken = page.nextPageToken;
    }
    expect(sizes).toEqual([2, 2, 2, 2, 2, 2]);
    const history = (request: Partial<auditV1.ListHistoryRequest>) =>
      client.listHistory(auditV1.ListHistoryRequest.fromPartial({ streams: wide, ...request }));
    const first = await history({});
    expect(first).toMatchObject({ totalSize: 24, changes: { length: 14 } });
    const second = await history({ pageToken: first.nextPageToken });
    expect(second.changes.map(({ event }) => event?.stream)).toEqual([wide[9], wide[8]]);
    const told = first.changes
      .slice(0, 12)
      .map(({ beforeJson, beforeUnknown }) => [beforeJson.length > 2, beforeUnknown]);
    expect(told).toEqual(wide.map((_, at) => (at < 5 ? [true, false] : [false, true])));
  }, 30_000);

  it.each<[string, string, Partial<auditV1.ListEventsRequest>, string]>([
    ['a wrong key', 'gh_wrong', {}, 'UNAUTHENTICATED'],
    ['a negative page size', 'gh_ours', { pageSize: -1 }, 'INVALID'],
    ['a foreign page token', 'gh_ours', { pageToken: 'x' }, 'INVALID'],
    [
      'a page token with a wrong cursor',
      'gh_ours',
      { pageToken: Buffer.from('["x"]').toString('base64url') },
      'INVALID',
    ],
    ['an oversized filter', 'gh_ours', { stream: 'x'.repeat(300) }, 'INVALID'],
    ['a time before year 1', 'gh_ours', { from: new Date('-000044-03-15T00:00:00Z') }, 'INVALID'],
    ['a time after year 9999', 'gh_ours', { to: new Date('+010000-01-01T00:00:00Z') }, 'INVALID'],
    ['a malformed position', 'gh_ours', { atLeastPosition: 'soon' }, 'INVALID'],
  ])('refuses %s', async (_case, key, request, code) => {
    await expect(list(key, request)).rejects.toMatchObject({ code });
  });

  it('shows nothing of another organization', async () => {
    const { events } = await list('gh_theirs', { pageSize: 500 });
    expect(events.map(({ type }) => type)).toEqual(['ApiKeyIssued']);
  });
});
