import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Row {
  id: string;
  promptTokens: number;
  completionTokens: number;
  billedNanoUsd: string;
  completed: boolean;
}
interface Simulator {
  readonly address: string;
  /** Resolves with the exit code, null for a killed process. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

const root = join(__dirname, '..');
const COMMAND = ['-r', join(root, 'testing/run-source.cjs'), join(root, 'src/main.ts')];

let directory: string;
const children = new Set<ChildProcess>();
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'simulator-main-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

const run = (...options: string[]): ChildProcess => {
  const child = spawn(process.execPath, [...COMMAND, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
};
const start = async (...options: string[]): Promise<Simulator> => {
  const child = run('--listen', '127.0.0.1:0', '--data', directory, ...options);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const { listening } = JSON.parse(line.toString()) as { listening: string };
  const exited = once(child, 'exit') as Promise<[number | null]>;
  return {
    address: listening,
    stop: async (signal) => {
      child.kill(signal);
      return (await exited)[0];
    },
  };
};
const post = (address: string, id: string, model: string, stream: boolean): Promise<Response> =>
  fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test', 'x-request-id': id },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hi' }] }),
  });
const getBook = async (address: string): Promise<{ billedNanoUsd: string; requests: Row[] }> =>
  (await (await fetch(`${address}/book`)).json()) as { billedNanoUsd: string; requests: Row[] };

/** One answered request and one stream that is being read when the signal comes; the book afterwards. */
const interruptAndRestart = async (
  signal: NodeJS.Signals,
): Promise<{ code: number | null; tokensRead: number; requests: Row[] }> => {
  const first = await start();
  await (await post(first.address, 'whole.1', 'sim-small;interval=0', false)).text();
  const stream = await post(first.address, 'interrupted.1', 'sim-small;interval=10;completion=1000', true);
  let text = '';
  let code: number | null = null;
  try {
    for await (const data of stream.body!) {
      text += Buffer.from(data).toString();
      if (text.split('"tok "').length > 30) code = await first.stop(signal);
    }
  } catch {
    // The connection broke off, as it should.
  }
  const second = await start();
  const { requests } = await getBook(second.address);
  await second.stop('SIGTERM');
  return { code, tokensRead: text.split('"tok "').length - 1, requests };
};

describe('the simulator as a process', () => {
  const whole = {
    id: 'whole.1',
    promptTokens: 1,
    completionTokens: 64,
    billedNanoUsd: '128500',
    completed: true,
  };

  it('keeps every row through SIGKILL, with the tokens known until shortly before', async () => {
    const { tokensRead, requests } = await interruptAndRestart('SIGKILL');
    expect(requests).toMatchObject([whole, { id: 'interrupted.1', promptTokens: 1, completed: false }]);
    const { completionTokens, billedNanoUsd } = requests[1]!;
    expect(tokensRead).toBeGreaterThanOrEqual(30);
    expect(completionTokens).toBeGreaterThan(0);
    expect(completionTokens).toBeLessThanOrEqual(tokensRead + 100);
    expect(billedNanoUsd).toBe(String(500 + 2000 * completionTokens));
  }, 20_000);

  it('stops at once on SIGTERM, with the exact amounts', async () => {
    const { code, tokensRead, requests } = await interruptAndRestart('SIGTERM');
    expect(code).toBe(0);
    expect(requests).toMatchObject([whole, { id: 'interrupted.1', completed: false }]);
    expect(requests[1]!.completionTokens).toBeGreaterThanOrEqual(tokensRead);
  }, 20_000);

  it('charges the prices that it is given', async () => {
    const { address, stop } = await start('--input-price', '1', '--output-price', '0.001');
    await (await post(address, 'r.1', 'sim-small;first=0;completion=1', false)).text();
    expect(await getBook(address)).toMatchObject({ billedNanoUsd: '1001' });
    expect(await stop('SIGINT')).toBe(0);
  }, 20_000);

  it('does not touch the book of another on the same address', async () => {
    const first = await start();
    const second = run('--listen', new URL(first.address).host, '--data', directory);
    const [code] = (await once(second, 'exit')) as [number];
    expect(code).toBe(1);
    await (await post(first.address, 'r.1', 'sim-small;first=0;interval=0', false)).text();
    await first.stop('SIGTERM');
    const third = await start();
    expect((await getBook(third.address)).requests).toMatchObject([{ id: 'r.1', completed: true }]);
    await third.stop('SIGTERM');
  }, 20_000);

  it('explains options that it does not understand', async () => {
    const child = run('--listen', 'nowhere', '--data', directory);
    const [stderr] = (await once(child.stderr!, 'data')) as [Buffer];
    expect(stderr.toString()).toContain('expected HOST:PORT');
  }, 20_000);
});

it('says what can be set, prices as they are written', async () => {
  const child = run('--help');
  let help = '';
  child.stdout!.on('data', (data: Buffer) => (help += data.toString()));
  expect(await once(child, 'close')).toEqual([0, null]);
  for (const price of ['0.50', '2.00']) expect(help).toContain(`(default: ${price})`);
});
