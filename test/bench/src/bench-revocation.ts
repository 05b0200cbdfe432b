import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newCommand, newTeam, Product, type Team, Twin, usdBudget } from '@gatehouse/e2e';
import { freePort } from '@gatehouse/embedded-postgres';
import { provisioningV1 } from '@gatehouse/proto-gen';
import Table from 'cli-table3';
import { Command } from 'commander';
import { Caller } from './caller';
import { CuttableWay } from './cuttable-way';
import { whole } from './whole-number';

interface BenchOptions {
  readonly rounds: number;
  readonly gateways: number;
}

/** What an admin takes away, and the status by which a gateway then refuses the call. */
interface Change {
  readonly what: string;
  readonly status: number;
  readonly make: (product: Product, team: MembersTeam) => Promise<unknown>;
}

/** A team whose key is a member's. */
interface MembersTeam extends Team {
  readonly memberId: string;
}

interface Gateway {
  readonly url: string;
  /** Its way to provisioning. The first one, which the launcher started, has none that can be cut. */
  readonly way?: CuttableWay;
  stop(): Promise<void>;
}

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface BenchRow extends Figures {
  readonly what: string;
  readonly watch: (typeof WATCHES)[number];
  /** How long the admin waited for the answer: the reference, since all that follows goes the same way once more. */
  readonly answerP50Ms: number;
  readonly changes: number;
}

const MODEL = 'sim-small;first=0;interval=0;completion=1';
const OTHER_MODEL = 'sim-small';

const CHANGES: readonly Change[] = [
  {
    what: 'key revoked',
    status: 401,
    make: (product, { apiKeyId }) => product.control().apiKeys.revokeApiKey({ ...newCommand(), apiKeyId }),
  },
  {
    what: 'key rotated away',
    status: 401,
    make: (product, { apiKeyId }) =>
      product.control().apiKeys.rotateApiKey({ ...newCommand(), apiKeyId, overlapSeconds: 0 }),
  },
  {
    what: 'member removed',
    status: 401,
    make: (product, { memberId }) =>
      product
        .control()
        .members.removeMember(provisioningV1.RemoveMemberRequest.fromPartial({ ...newCommand(), memberId })),
  },
  {
    what: 'workspace archived',
    status: 403,
    make: (product, { workspaceId }) =>
      product
        .control()
        .workspaces.archiveWorkspace(
          provisioningV1.ArchiveWorkspaceRequest.fromPartial({ ...newCommand(), workspaceId }),
        ),
  },
  {
    what: 'provision disabled',
    status: 403,
    make: (product, { provisionId }) =>
      product.control().provisions.disableProvision({ ...newCommand(), provisionId }),
  },
  {
    what: 'integration disabled',
    status: 403,
    make: (product, { integrationId }) =>
      product.control().integrations.disableIntegration({ ...newCommand(), integrationId }),
  },
  {
    what: 'model revoked',
    status: 403,
    make: (product, { provisionId }) =>
      product.control().provisions.allowModels(
        provisioningV1.AllowModelsRequest.fromPartial({
          ...newCommand(),
          provisionId,
          models: { all: false, names: [OTHER_MODEL] },
        }),
      ),
  },
  {
    what: 'limit lowered',
    status: 412,
    make: (product, { provisionId }) =>
      product.control().provisions.changeProvisionLimits({
        ...newCommand(),
        provisionId,
        limits: [usdBudget(1n)],
      }),
  },
];

/** Whether the gateways' watch of their configuration stays, or is cut when the change is made. */
const WATCHES = ['stays', 'reconnects'] as const;

const startGateways = async (
  product: Product,
  count: number,
  directory: string,
): Promise<readonly Gateway[]> => {
  const twins = Array.from({ length: count - 1 }, async (_, index): Promise<Gateway> => {
    const way = await CuttableWay.to(product.first.grpc.provisioning);
    const twin = await Twin.start(product, 'gateway', {
      GATEHOUSE_DATA_DIR: join(directory, String(index)),
      GATEHOUSE_PROVISIONING_ADDRESS: way.address,
      GATEHOUSE_HTTP_LISTEN: `127.0.0.1:${await freePort()}`,
    });
    const stop = async (): Promise<void> => {
      await twin.signal('SIGTERM');
      way.close();
    };
    return { url: `http://${twin.address}`, way, stop };
  });
  return [{ url: product.gatewayUrl, stop: async () => {} }, ...(await Promise.all(twins))];
};

/** What callers call through, with a key that is a member's. */
const newMembersTeam = async (product: Product): Promise<MembersTeam> => {
  const team = await newTeam(product, {
    models: [MODEL, OTHER_MODEL],
    limits: [usdBudget(1_000_000_000n)],
  });
  const { members, apiKeys } = product.control();
  const { token } = await members.inviteMember(
    provisioningV1.InviteMemberRequest.fromPartial({
      ...newCommand(),
      email: `${team.slug}@example.test`,
      roles: {
        organization: provisioningV1.OrganizationRole.MEMBER,
        workspaces: [{ workspaceId: team.workspaceId, role: provisioningV1.WorkspaceRole.MEMBER }],
      },
    }),
  );
  const joined = await product.control(token).members.acceptInvite({ ...newCommand(), name: team.slug });
  const memberId = joined.member?.id ?? '';
  const issued = await apiKeys.issueApiKey(
    provisioningV1.IssueApiKeyRequest.fromPartial({
      ...newCommand(),
      name: team.slug,
      role: provisioningV1.ApiKeyRole.WORKSPACE,
      workspaceId: team.workspaceId,
      memberId,
    }),
  );
  return { ...team, key: issued.secret, apiKeyId: issued.apiKey?.id ?? '', memberId };
};

interface Taken {
  readonly inForceMs: number;
  readonly answerMs: number;
}

const takeAway = async (
  product: Product,
  gateways: readonly Gateway[],
  { make, status }: Change,
  watch: BenchRow['watch'],
): Promise<readonly Taken[]> => {
  const team = await newMembersTeam(product);
  const callers = gateways.map(({ url }) => new Caller(url, team.key, team.model(MODEL)));
  try {
    for (const caller of callers) await caller.comesTo(200);
    const refused = callers.map((caller) => caller.comesTo(status));
    const begun = performance.now();
    if (watch === 'reconnects') for (const { way } of gateways) way?.cut();
    await make(product, team);
    const acknowledged = performance.now();
    const counted = watch === 'reconnects' ? refused.slice(1) : refused;
    const answerMs = acknowledged - begun;
    await Promise.all(refused);
    return (await Promise.all(counted)).map((at) => ({
      inForceMs: Math.max(0, at - acknowledged),
      answerMs,
    }));
  } finally {
    await Promise.all(callers.map((caller) => caller.close()));
  }
};

const figuresOf = (values: readonly number[]): Figures => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => tenths(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
};

const tenths = (value: number): number => Math.round(value * 10) / 10;

const measure = async (
  product: Product,
  gateways: readonly Gateway[],
  rounds: number,
): Promise<{ readonly all: Figures; readonly rows: readonly BenchRow[] }> => {
  const kinds = WATCHES.flatMap((watch) => CHANGES.map((change) => ({ watch, change, its: [] as Taken[] })));
  for (let round = 0; round < rounds; round++) {
    for (const { watch, change, its } of kinds) {
      its.push(...(await takeAway(product, gateways, change, watch)));
    }
  }
  const rows = kinds.map(({ watch, change: { what }, its }) => ({
    what,
    watch,
    ...figuresOf(its.map(({ inForceMs }) => inForceMs)),
    answerP50Ms: figuresOf(its.map(({ answerMs }) => answerMs)).p50Ms,
    changes: rounds,
  }));
  return { all: figuresOf(kinds.flatMap(({ its }) => its.map(({ inForceMs }) => inForceMs))), rows };
};

const tableOf = ({ p50Ms, p99Ms, maxMs }: Figures, rows: readonly BenchRow[]): string => {
  const table = new Table({
    head: ['taken away', 'watch', 'changes', 'answer p50 ms', 'p50 ms', 'p99 ms', 'max ms'],
    colAligns: ['left', 'left', ...Array<'right'>(5).fill('right')],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([row.what, row.watch, row.changes, row.answerP50Ms, row.p50Ms, row.p99Ms, row.maxMs]);
  }
  table.push(['all', '', '', '', p50Ms, p99Ms, maxMs]);
  return table.toString();
};

const main = async (): Promise<void> => {
  const {
    json,
    rounds,
    gateways: count,
  } = new Command('bench:revocation')
    .description('From acknowledged to refused by every one of several gateways')
    .option('--json', 'print JSON instead of a table')
    .option('--rounds <rounds>', 'changes of each kind', whole, 20)
    .option('--gateways <gateways>', 'gateways that run beside each other', whole, 4)
    .parse()
    .opts<BenchOptions & { readonly json?: boolean }>();
  const directory = mkdtempSync(join(tmpdir(), `gatehouse-gateways-${randomBytes(4).toString('hex')}-`));
  const product = await Product.start();
  try {
    const gateways = await startGateways(product, count, directory);
    try {
      const { all, rows } = await measure(product, gateways, rounds);
      process.stdout.write(`${json ? JSON.stringify({ ...all, rows }, undefined, 2) : tableOf(all, rows)}\n`);
    } finally {
      for (const gateway of gateways) await gateway.stop();
    }
  } finally {
    await product.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};

main().catch((error: Error) => {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  process.stderr.write(`bench:revocation: ${error.message}${cause}\n`);
  process.exitCode = 1;
});
