import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@gatehouse/kernel/testing';
import type { Product } from './product';
import { sharedProduct } from './shared-product';

const START_MS = 180_000;
let product: Product;
beforeAll(async () => void (product = await sharedProduct()), START_MS);
const cli = async <T>(...args: readonly string[]): Promise<T> =>
  JSON.parse(await product.cli('--json', ...args)) as T;

interface Tested {
  readonly result: { readonly outcome: string; readonly httpStatus?: number };
  readonly explanation: string;
  readonly modelNames?: readonly string[];
}

const simulator = async (): Promise<string> => {
  const { integrations } = await cli<{ integrations: { id: string; slug: string }[] }>('integrations');
  return integrations.find(({ slug }) => slug === 'simulator')?.id ?? '';
};

describe('a connection', () => {
  it('is tested by the gateway, which alone can open its credential', async () => {
    const id = await simulator();
    const tested = await cli<Tested>('integration', id, 'test');
    expect(tested).toMatchObject({
      result: { outcome: 'CONNECTION_OUTCOME_WORKS', httpStatus: 200 },
      explanation: 'It works.',
    });
    expect(await product.cli('integration', id, 'test')).toContain('works');
  });

  it('lists what its provider lists now', async () => {
    const { modelNames } = await cli<Tested>('models', '--live', await simulator());
    expect(modelNames).toContain('sim-small');
  });

  it('shows when it was last called with success', async () => {
    const body = { model: product.first.model, messages: [{ role: 'user', content: 'hi' }], max_tokens: 4 };
    const answer = await fetch(`${product.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${product.first.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    const id = await simulator();
    await eventually(async () => {
      const { integration } = await cli<{ integration: { health?: { lastSuccessAt?: string } } }>(
        ...['integration', id],
      );
      expect(integration.health?.lastSuccessAt).toBeDefined();
    }, 30_000);
  }, 60_000);

  it('to where nobody listens is told as that', async () => {
    const file = join(product.dataDir, 'key.txt');
    writeFileSync(file, 'sk-1');
    const given = [
      '--name',
      'x',
      '--slug',
      'x',
      '--provider',
      'self-hosted',
      '--host',
      'http://127.0.0.1:1/v1',
    ];
    const { integration } = await cli<{ integration: { id: string } }>(
      'connect',
      ...given,
      '--credential',
      `api_key=${file}`,
    );
    const tested = await cli<Tested>('integration', integration.id, 'test');
    expect(tested.result.outcome).toBe('CONNECTION_OUTCOME_UNREACHABLE');
  });

  it('is tried as a draft before it is made, and made of the draft once', async () => {
    const file = join(product.dataDir, 'draft-key.txt');
    writeFileSync(file, 'sk-draft');
    const host = `${product.first.simulator}/v1`;
    const { draft } = await cli<{ draft: { id: string; expiresAt: string } }>(
      ...['draft', 'create', '--provider', 'self-hosted', '--host', host, '--credential', `api_key=${file}`],
    );
    expect((await cli<Tested>('draft', 'test', draft.id)).result.outcome).toBe('CONNECTION_OUTCOME_WORKS');
    expect((await cli<Tested>('draft', 'models', draft.id)).modelNames).toContain('sim-small');
    const connect = ['connect', '--name', 'D', '--slug', 'drafted', '--draft', draft.id];
    const { integration } = await cli<{ integration: { id: string } }>(...connect);
    expect((await cli<Tested>('integration', integration.id, 'test')).result.outcome).toBe(
      'CONNECTION_OUTCOME_WORKS',
    );
    expect(await cli<{ drafts?: unknown[] }>('draft', 'list')).toEqual({ drafts: [] });
    await expect(product.cli(...connect, '--request-id', 'another')).rejects.toThrow('DRAFT_UNKNOWN');
  }, 60_000);

  it('is told as what it is while no gateway can be asked, and is tested again when one can', async () => {
    const id = await simulator();
    // Its worker would end with it, a moment later.
    const workers = product.workerPids;
    product.killService('gateway');
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    // At once: the gateway may be back before a command line has begun.
    const asked = product.control().integrations.testConnection({ integrationId: id, draftId: '' });
    await expect(asked).rejects.toMatchObject({ reason: 'EGRESS_UNAVAILABLE' });
    await eventually(
      async () =>
        expect((await cli<Tested>('integration', id, 'test')).result.outcome).toBe(
          'CONNECTION_OUTCOME_WORKS',
        ),
      60_000,
    );
  }, 120_000);
});
