import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebhookReceiver } from '@gatehouse/hosts/testing';
import { eventually } from '@gatehouse/kernel/testing';
import type { meteringV1 } from '@gatehouse/proto-gen';
import { usdBudget } from './control-plane';
import { userEnv } from './launch';
import type { Product } from './product';
import { ROOT } from './root';
import { sharedProduct } from './shared-product';
import { newTeam, type Team } from './team';

const START_MS = 120_000;
const MODEL = 'sim-small;first=0;interval=0;completion=20';
const REASON = ['--reason', 'a spec'];

describe('the books on the command line', () => {
  let product: Product;
  let team: Team;
  let record: meteringV1.UsageRecord;
  let limitId: string;

  beforeAll(async () => {
    product = await sharedProduct();
    team = await newTeam(product, { models: [MODEL], limits: [usdBudget(1_000_000_000n)] });
    await call();
    record = await eventually(async () => {
      const [found] = await product.control().records(team.workspaceId);
      if (!found) throw new Error('no record yet');
      return found;
    });
    limitId = (await product.control().limitAtRest(team.provisionId)).limitId;
  }, START_MS);

  const call = async () => {
    const messages = [{ role: 'user', content: 'Go on.' }];
    const answer = await team.gateway.chat({ model: team.model(), messages, max_tokens: 20 });
    expect(answer?.status).toBe(200);
  };
  const json = async <Answer>(...command: string[]): Promise<Answer> =>
    JSON.parse(await product.cli('--json', ...command)) as Answer;
  const day = () => record.admittedAt?.toISOString().slice(0, 10) ?? '';
  const spentOf = async () => (await product.control().limitStates(team.provisionId))[0]?.spent;

  it('tell in words, and with names, where limits stand', async () => {
    const said = await product.cli('limits', team.provisionId);
    expect(said).toContain(`@${team.slug} (${team.provisionId})`);
    expect(said).toMatch(new RegExp(`${limitId}.*1\\.00 USD`));
    expect(await product.cli('budget', limitId)).toContain('1.00 USD');
  });

  it(
    'go on telling where a budget stands',
    async () => {
      const script = join(ROOT, 'services/cli/bin/gatehouse.mjs');
      const env = { ...userEnv(), GATEHOUSE_ADMIN_KEY: product.first.adminKey };
      const args = [script, '--data', product.dataDir, '--json', 'budget', limitId, 'watch'];
      const watching = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
        const next = async () =>
          JSON.parse((await lines.next()).value as string) as { state: { spent: string } };
        const before = BigInt((await next()).state.spent);
        await call();
        let now = before;
        while (now === before) now = BigInt((await next()).state.spent);
        expect(now).toBeGreaterThan(before);
      } finally {
        const ended = once(watching, 'close');
        watching.kill();
        await ended;
      }
    },
    START_MS,
  );

  it('say what a call cost, and begin a budget anew', async () => {
    const words = [record.requestId, day(), '0.25', '--attempt', String(record.attempt), ...REASON];
    expect(await product.cli('usage', 'adjust', ...words)).toContain('0.25 USD now');
    expect(await spentOf()).toBeGreaterThanOrEqual(250_000_000n);
    expect(await product.cli('budget', limitId, 'waive', ...REASON)).toContain(limitId);
    expect(await product.cli('budget', limitId, 'release', ...REASON)).toContain('0 leases released');
    expect(await product.cli('budget', limitId, 'reset', ...REASON)).toContain(limitId);
    expect(await spentOf()).toBe(0n);
    await expect(product.cli('budget', limitId, 'forget')).rejects.toThrow('ACTION_UNKNOWN');
  });

  it('tell usage by what is asked for, and records one by one or a month of them', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const of = ['--workspace', team.workspaceId, '--from', day(), '--to', today];
    // Both calls, once their records have come.
    await eventually(async () => {
      const { rows } = await json<{ rows: { model: string; requests: string }[] }>(
        'usage',
        ...['--by', 'model', '--every', 'day', ...of],
      );
      expect(rows.map(({ model }) => model)).toContain(MODEL);
      expect(rows.reduce((sum, { requests }) => sum + Number(requests), 0)).toBe(2);
    });
    const hours = await product.cli('usage', '--by', 'key', '--every', 'hour', '--latency', ...of);
    expect(hours).toContain(`${team.slug} (${team.apiKeyId})`);
    const { records } = await json<{ records: { requestId: string }[] }>(
      'records',
      ...['--key', team.apiKeyId, ...of],
    );
    expect(records.map(({ requestId }) => requestId)).toContain(record.requestId);
    const month = ['usage', 'export', day().slice(0, 7), '--workspace', team.workspaceId];
    const [head, ...lines] = (await product.cli(...month)).trimEnd().split('\n');
    expect(head).toContain('request_id');
    expect(lines).toHaveLength(records.length);
    const objects = (await product.cli(...month, '--format', 'jsonl')).trimEnd().split('\n');
    expect(objects.map((line) => JSON.parse(line) as object)).toHaveLength(records.length);
    const admitted = record.admittedAt?.toISOString() ?? '';
    const rerate = ['rerate', '--from', day(), '--to', admitted, '--workspace', team.workspaceId];
    // It was adjusted above.
    expect(await json('usage', ...rerate, '--dry-run')).toMatchObject({ tally: { adjusted: '1' } });
  });

  it('are compared, added up anew and let go of by the operator', async () => {
    const days = ['--from', day(), '--to', day()];
    // Fails while books differ.
    const compared = await json<Record<string, string>>('reconcile', ...days);
    expect([Number(compared['leases']), Number(compared['counters'])]).not.toContain(0);
    expect(await json('counters', 'rebuild', ...days)).toEqual({ fromDay: day(), toDay: day(), wrong: 0 });
    // Whoever holds a lease is listed.
    await call();
    const { journals } = await json<{ journals: { journalId: string }[] }>('journals');
    const journal = journals[0]?.journalId ?? '';
    // It speaks, so that nothing of it is in quarantine.
    expect(await product.cli('journals', 'release', journal, ...REASON)).toContain(journal);
    await expect(product.cli('ledger', 'recover', ...REASON)).rejects.toThrow('LEDGER_NOT_RESTORED');
  });

  it('are told to whoever an admin names', async () => {
    const receiver = new WebhookReceiver();
    await receiver.start();
    try {
      const { webhook, secret } = await json<{ webhook: { webhookId: string }; secret: string }>(
        'webhooks',
        ...['add', receiver.url, '--event', 'budget.exhausted', ...REASON],
      );
      receiver.secrets = [secret];
      expect(await product.cli('webhooks')).toContain('budget.exhausted');
      expect(await product.cli('webhooks', 'test', webhook.webhookId)).toContain('yes');
      const rotated = await product.cli('webhooks', 'rotate-secret', webhook.webhookId, ...REASON);
      expect(rotated).toContain('Secret, shown once: ');
      expect(await product.cli('webhooks', 'remove', webhook.webhookId, ...REASON)).toContain(
        webhook.webhookId,
      );
      expect(await json('webhooks')).toEqual({ webhooks: [] });
    } finally {
      await receiver.stop();
    }
  });
});
