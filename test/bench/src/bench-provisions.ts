import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newCommand, newTeam, Product, type Team, Twin } from '@gatehouse/e2e';
import { provisioningV1 } from '@gatehouse/proto-gen';
import Table from 'cli-table3';
import { Command } from 'commander';
import { Caller } from './caller';
import { connectMany, createWorkspaces, each, manySlug, PATIENCE_MS, provisionAll } from './many-provisions';
import { say } from './telling';
import { whole } from './whole-number';

interface BenchOptions {
  readonly workspaces: number;
  readonly integrations: number;
}

/** What an organization's admin, and an operator who starts a gateway, notice. */
interface Moment {
  /** From an admin's answer to refused, by the gateway that was there all along; the median. */
  readonly changeMs: number;
  /** From the start of a gateway that has nothing on its disk to its first answer. */
  readonly coldSeconds: number;
  /** From the start of the same gateway again. */
  readonly warmSeconds: number;
  /** The most memory that the gateway had until then. */
  readonly gatewayMebibytes: number;
  readonly provisioningMebibytes: number;
}

interface Figures {
  readonly provisions: number;
  readonly workspacesPerSecond: number;
  /** Provisions one by one, by 32 callers at once. */
  readonly singlesPerSecond: number;
  readonly bulkSeconds: number;
  readonly bulkPerSecond: number;
  /** How long after the last provision a gateway that was there all along called by it. */
  readonly currentAfterSeconds: number;
  readonly before: Moment;
  readonly after: Moment;
}

const MODEL = 'sim-small;first=0;interval=0;completion=1';
const CHANGES = 15;

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
};

const provisionOne = (product: Product, integrationId: string, workspaceId: string) =>
  product
    .control()
    .provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial({ ...newCommand(), integrationId, workspaceId }),
    );

/** The most memory that a process has had, in MiB. */
const peakMebibytes = (pid: number | undefined): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);

/** A change and its end, again and again, of one provision. */
const changeMs = async (product: Product, team: Team): Promise<number> => {
  const { provisions } = product.control();
  const { provisionId } = team;
  const caller = new Caller(product.gatewayUrl, team.key, team.model(MODEL));
  const taken: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    await caller.comesTo(200);
    const refused = caller.comesTo(403);
    await provisions.disableProvision({ ...newCommand(), provisionId });
    const acknowledged = performance.now();
    taken.push(Math.max(0, (await refused) - acknowledged));
    await provisions.enableProvision({ ...newCommand(), provisionId });
  }
  await caller.close();
  return taken.sort((a, b) => a - b)[Math.floor(CHANGES / 2)] ?? Number.NaN;
};

/** A gateway from its start to its first answer, twice on one directory. */
const startsOf = async (product: Product, team: Team) => {
  const directory = mkdtempSync(join(tmpdir(), `gatehouse-gateway-${randomBytes(4).toString('hex')}-`));
  const starts: { seconds: number; mebibytes: number }[] = [];
  try {
    for (const _ of ['cold', 'warm']) {
      const begun = performance.now();
      const twin = await Twin.start(product, 'gateway', { GATEHOUSE_DATA_DIR: directory });
      const caller = new Caller(`http://${twin.address}`, team.key, team.model(MODEL));
      const answeredAt = await caller.comesTo(200, PATIENCE_MS);
      starts.push({ seconds: (answeredAt - begun) / 1_000, mebibytes: peakMebibytes(twin.pid) });
      await caller.close();
      await twin.signal('SIGTERM');
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const [cold, warm] = starts as [(typeof starts)[0], (typeof starts)[0]];
  return {
    coldSeconds: cold.seconds,
    warmSeconds: warm.seconds,
    gatewayMebibytes: Math.max(cold.mebibytes, warm.mebibytes),
  };
};

const momentOf = async (product: Product, team: Team): Promise<Moment> => ({
  changeMs: await changeMs(product, team),
  ...(await startsOf(product, team)),
  provisioningMebibytes: peakMebibytes(product.pidOf('provisioning')),
});

const measure = async (product: Product, { workspaces, integrations }: BenchOptions): Promise<Figures> => {
  const team = await newTeam(product, { models: [MODEL] });
  const before = await momentOf(product, team);
  const ids = await connectMany(product, integrations, {
    customHost: `${product.first.simulator}/v1`,
    model: MODEL,
  });
  let created: readonly string[] = [];
  const creating = await secondsOf(async () => (created = await createWorkspaces(product, workspaces)));
  const [first = ''] = ids;
  const ones = created.slice(0, Math.min(200, workspaces));
  const singly = await secondsOf(() => each(ones, (id) => provisionOne(product, first, id)));
  say('provisioning all');
  const last = await lastOf(product, created.at(-1) ?? '');
  const bulkSeconds = await secondsOf(() => provisionAll(product, ids, workspaces));
  const made = workspaces * integrations - ones.length;
  const currentAfterSeconds = await secondsOf(() =>
    last.isCurrent(`@${manySlug(integrations - 1)}/${MODEL}`),
  );
  say('looking at what came of it');
  return {
    provisions: workspaces * integrations,
    workspacesPerSecond: workspaces / creating,
    singlesPerSecond: ones.length / singly,
    bulkSeconds,
    bulkPerSecond: made / bulkSeconds,
    currentAfterSeconds,
    before,
    after: await momentOf(product, team),
  };
};

/** A caller of the workspace that was created last. */
const lastOf = async (product: Product, workspaceId: string) => {
  const { secret } = await product.control().apiKeys.issueApiKey(
    provisioningV1.IssueApiKeyRequest.fromPartial({
      ...newCommand(),
      name: 'last',
      role: provisioningV1.ApiKeyRole.WORKSPACE,
      workspaceId,
    }),
  );
  return {
    isCurrent: async (model: string): Promise<void> => {
      const caller = new Caller(product.gatewayUrl, secret, model);
      await caller.comesTo(200, PATIENCE_MS);
      await caller.close();
    },
  };
};

const tenths = (value: number): string => (Math.round(value * 10) / 10).toFixed(1);

const tableOf = (figures: Figures): string => {
  const { before, after } = figures;
  const table = new Table({
    head: ['', 'reference', `with ${figures.provisions} provisions`],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
  });
  table.push(
    ['workspaces created /s', '', tenths(figures.workspacesPerSecond)],
    [
      'provisions /s (reference: one by one)',
      tenths(figures.singlesPerSecond),
      tenths(figures.bulkPerSecond),
    ],
    ['bulk provisioning s', '', tenths(figures.bulkSeconds)],
    ['a gateway is current after s', '', tenths(figures.currentAfterSeconds)],
    ['a change in force ms', tenths(before.changeMs), tenths(after.changeMs)],
    ['gateway starts with nothing s', tenths(before.coldSeconds), tenths(after.coldSeconds)],
    ['gateway starts again s', tenths(before.warmSeconds), tenths(after.warmSeconds)],
    ['gateway MiB at most', before.gatewayMebibytes, after.gatewayMebibytes],
    ['provisioning MiB at most', before.provisioningMebibytes, after.provisioningMebibytes],
  );
  return table.toString();
};

const main = async (): Promise<void> => {
  const { json, ...options } = new Command('bench:provisions')
    .description('An organization with many workspaces and integrations, each provisioned to each')
    .option('--json', 'print JSON instead of a table')
    .option('--workspaces <workspaces>', 'workspaces', whole, 10_000)
    .option('--integrations <integrations>', 'integrations', whole, 40)
    .parse()
    .opts<BenchOptions & { readonly json?: boolean }>();
  const product = await Product.start();
  try {
    const figures = await measure(product, options);
    process.stdout.write(`${json ? JSON.stringify(figures, undefined, 2) : tableOf(figures)}\n`);
  } finally {
    await product.stop();
  }
};

main().catch((error: Error) => {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  process.stderr.write(`bench:provisions: ${error.message}${cause}\n`);
  process.exitCode = 1;
});
