import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@gatehouse/kernel/testing';
import { plainAnswer } from './testing/fake-provider';
import { GatewayFixture, MODEL, PROVISION } from './testing/gateway-fixture';

const OWNER = 60_777;
const PROGRAM = join(__dirname, '..', 'dist', 'testing', 'gateway-child.js');

/** Undefined: it can be tried here. */
const obstacle = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'this is another user';
  const look = 'require("node:fs").accessSync(process.argv[1], 4)';
  const { status } = spawnSync(process.execPath, ['-e', look, PROGRAM], { uid: OWNER, gid: OWNER, cwd: '/' });
  return status === 0 ? undefined : 'other users cannot read the program';
};
const because = obstacle();
const asRoot = because === undefined ? describe : describe.skip;

asRoot(`a gateway of two workers that root starts${because ? ` (skipped: ${because})` : ''}`, () => {
  const gateway = new GatewayFixture();
  const data = join(gateway.directory, 'data');
  beforeAll(() => gateway.startSurroundings());
  afterAll(() => gateway.stop());

  const uidsOf = (pid: number) =>
    /^Uid:\s+(.*)$/m
      .exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      ?.split('\t')
      .map(Number);
  const parentOf = (pid: number) =>
    Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

  it('runs as the owner of its data directory, in every process, and serves', async () => {
    const { control, provider, bus } = gateway;
    control.ledger.budget(PROVISION, 1_000_000_000n);
    provider.script = plainAnswer();
    chmodSync(gateway.directory, 0o711);
    const env = gateway.env();
    for (const path of [data, gateway.keyDirectory]) mkdirSync(path, { mode: 0o700 });
    for (const path of filesIn(gateway.directory)) chownSync(path, OWNER, OWNER);
    const child = await gateway.startChild({ ...env, GATEHOUSE_WORKERS: '2' });
    const ofOwner = [OWNER, OWNER, OWNER, OWNER];
    expect(child.forked).toHaveLength(2);
    expect(child.forked.map(uidsOf)).toEqual([ofOwner, ofOwner]);
    expect(uidsOf(parentOf(child.forked[0] ?? 0))).toEqual(ofOwner);
    await until(async () => (await fetch(`${gateway.url}/readyz`)).status === 200, 'it to be ready', 60_000);
    const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 20 };
    expect((await gateway.chat(body)).status).toBe(200);
    await until(() => bus.records.length === 1, 'its record');
    expect(statSync(join(data, 'journal')).uid).toBe(OWNER);
  }, 120_000);
});

const filesIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
