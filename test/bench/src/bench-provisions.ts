import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelNamed, newCommand, newTeam, Product, type Team, Twin } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import Table from 'cli-table3';
import { Command } from 'commander';
import { Caller } from './caller';
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
const CALLERS = 32;
const CHANGES = 15;
const PATIENCE_MS = 600_000;
const TELL_MS = 10_000;

const say = (what: string): unknown => process.stderr.write(`${what}\n`);

/** Tells how far it has come, every few seconds, to whoever waits for it. */
const telling = async (
  what: string,
  all: number,
  done: () => number | Promise<number>,
  work: () => Promise<unknown>,
): Promise<void> => {
  const begun = performance.now();
  const tell = async (): Promise<void> => {
    const seconds = Math.round((performance.now() - begun) / 1_000);
    say(`${what}: ${await done()} of ${all} after ${seconds} s`);
  };
  // What cannot be told now is told the next time.
  const timer = setInterval(() => void tell().catch(() => undefined), TELL_MS);
  try {
    await work();
    await tell();
  } finally {
    clearInterval(timer);
  }
};

/** Does the same to each, a few at a time. */
const each = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as Item);
  };
  await Promise.all(Array.from({ length: CALLERS }, worker));
};

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
};

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const connect = async (product: Product, slug: string): Promise<string> => {
  const { integration } = await product.control().integrations.connectIntegration(
    registryV1.ConnectIntegrationRequest.fromPartial({
      ...newCommand(),
      name: slug,
      slug,
      provider: 'self-hosted',
      credential: { api_key: 'simulator-takes-any' },
      customHost: `${product.first.simulator}/v1`,
      customModels: [modelNamed(MODEL)],
    }),
  );
  return integration?.id ?? '';
};

const createWorkspace = async (product: Product, name: string): Promise<string> => {
  const { workspace } = await product
    .control()
    .workspaces.createWorkspace(provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name }));
  return workspace?.id ?? '';
};

const provisionOne = (product: Product, integrationId: string, workspaceId: string) =>
  product
    .control()
    .provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial({ ...newCommand(), integrationId, workspaceId }),
    );

/** Asked again while the service is behind with what it does already. */
const provisionAll = async (product: Product, integrationId: string): Promise<string> => {
  const request = provisioningV1.BulkProvisionRequest.fromPartial({
    ...newCommand(),
    integrationId,
    allWorkspaces: true,
    existing: provisioningV1.ExistingProvisions.KEEP,
  });
  const { bulk } = await eventually(() => product.control().bulks.bulkProvision(request), PATIENCE_MS);
  return bulk?.id ?? '';
};

const bulkOf = async (product: Product, bulkId: string) => {
  const request = provisioningV1.GetBulkProvisionRequest.fromPartial({ bulkId, pageSize: 1 });
  const { bulk } = await product.control().bulks.getBulkProvision(request);
  if (bulk?.refused) throw new Error(`${bulk.refused} workspaces of ${bulkId} were refused`);
  return bulk;
};

const untilDone = async (product: Product, bulkId: string): Promise<void> => {
  while ((await bulkOf(product, bulkId))?.status !== provisioningV1.BulkStatus.DONE) await sleep(200);
};

/** Of how many workspaces the outcome is known, of all of these together. */
const turnsOf = async (product: Product, bulkIds: readonly string[]): Promise<number> => {
  const bulks = await Promise.all(bulkIds.map((id) => bulkOf(product, id)));
  return bulks.reduce((sum, bulk) => sum + (bulk?.made ?? 0) + (bulk?.unchanged ?? 0), 0);
};

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
  const ids: string[] = [];
  await each(numbers(integrations), async (index) => ids.push(await connect(product, `many-${index}`)));
  const created: string[] = [];
  const creating = await secondsOf(() =>
    telling(
      'workspaces',
      workspaces,
      () => created.length,
      () =>
        each(numbers(workspaces), async (index) =>
          created.push(await createWorkspace(product, `many ${index}`)),
        ),
    ),
  );
  const [first = ''] = ids;
  const ones = created.slice(0, Math.min(200, workspaces));
  const singly = await secondsOf(() => each(ones, (id) => provisionOne(product, first, id)));
  say('provisioning all');
  const last = await lastOf(product, created.at(-1) ?? '');
  const bulkSeconds = await secondsOf(async () => {
    const bulks: string[] = [];
    const all = workspaces * integrations;
    const turns = (): Promise<number> => turnsOf(product, bulks);
    await telling('provisions', all, turns, async () => {
      for (const id of ids) bulks.push(await provisionAll(product, id));
      for (const bulk of bulks) await untilDone(product, bulk);
    });
  });
  const made = workspaces * integrations - ones.length;
  const currentAfterSeconds = await secondsOf(() => last.isCurrent(`@many-${integrations - 1}/${MODEL}`));
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
