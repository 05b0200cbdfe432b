import { Product } from '@gatehouse/e2e';
import Table from 'cli-table3';
import { Command } from 'commander';
import { connectMany, createWorkspaces, manySlug, provisionAll } from './many-provisions';
import { say } from './telling';
import { whole } from './whole-number';

interface BenchOptions {
  readonly workspaces: number;
  readonly integrations: number;
  readonly rounds: number;
}

interface Asked {
  readonly path: string;
  readonly p50Ms: number;
  readonly maxMs: number;
  readonly kibibytes: number;
}

/** No page is to wait longer for any of its lists. */
const WANTED_MS = 500;

/**
 * Every list that a page shows, at its beginning, at its end and searched, as pages ask; and what Terraform reads whole, since it finds its rows
 * there.
 */
const pathsOf = (workspaceId: string, { workspaces }: BenchOptions): readonly string[] => {
  const integration = `/v1/gatehouse/integrations/${manySlug(0)}`;
  const lastPage = Math.max(0, Math.floor(workspaces / 50) - 1);
  const month = new Date().toISOString().slice(0, 7);
  return [
    '/v1/gatehouse/providers',
    '/v1/gatehouse/providers/openai/models',
    '/v1/gatehouse/slugs/free',
    '/v1/gatehouse/drafts',
    '/v1/gatehouse/integrations?page_size=50',
    '/v1/gatehouse/integrations?mine=true&search=many-1&order_by=name',
    integration,
    `${integration}/models`,
    `${integration}/workspaces?page_size=50`,
    `${integration}/workspaces?page_size=50&current_page=${lastPage}`,
    `${integration}/workspaces?page_size=50&search=${workspaces - 1}`,
    `${integration}/workspaces?page_size=50&access=enabled&current_page=${lastPage}`,
    `${integration}/workspaces?page_size=50&access=disabled`,
    `${integration}/history`,
    `${integration}/preview?change=disable`,
    `/v1/gatehouse/workspaces/${workspaceId}/providers`,
    `/v1/gatehouse/workspaces/${workspaceId}/models`,
    `/v1/gatehouse/workspaces/${workspaceId}/history`,
    `/v1/gatehouse/access?workspace_id=${workspaceId}&provider=${manySlug(0)}&model=sim-small`,
    `/v1/gatehouse/scopes/${workspaceId}/limits`,
    '/v1/gatehouse/history',
    '/v1/gatehouse/history?type=IntegrationProvisioned&current_page=100',
    '/v1/gatehouse/approvals',
    '/v1/gatehouse/approval-policy',
    '/v1/gatehouse/usage?group_by=workspace',
    `/v1/gatehouse/usage/export?workspace_id=${workspaceId}&month=${month}`,
    '/v1/integrations',
    `/v1/integrations/${manySlug(0)}/workspaces`,
    `/v1/integrations/${manySlug(0)}/models`,
    '/v1/admin/workspaces?page_size=50',
    `/v1/admin/workspaces?page_size=50&current_page=${lastPage}`,
    `/v1/admin/workspaces?page_size=50&name=${workspaces - 1}`,
    `/v1/admin/workspaces/${workspaceId}`,
    '/v1/admin/users',
    '/v1/admin/users/invites',
    '/v1/api-keys?page_size=50',
    `/v1/providers?workspace_id=${workspaceId}`,
  ];
};

const ask = async (product: Product, path: string, rounds: number): Promise<Asked> => {
  const taken: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    const response = await fetch(`${product.gatewayUrl}${path}`, {
      headers: { 'x-portkey-api-key': product.first.adminKey },
    });
    bytes = (await response.arrayBuffer()).byteLength;
    taken.push(performance.now() - begun);
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  }
  taken.sort((one, other) => one - other);
  return {
    path,
    p50Ms: taken[Math.floor(rounds / 2)] ?? Number.NaN,
    maxMs: taken.at(-1) ?? Number.NaN,
    kibibytes: bytes / 1_024,
  };
};

const measure = async (product: Product, options: BenchOptions): Promise<readonly Asked[]> => {
  const ids = await connectMany(product, options.integrations, {
    customHost: `${product.first.simulator}/v1`,
    model: 'sim-small',
  });
  const workspaces = await createWorkspaces(product, options.workspaces);
  await provisionAll(product, ids, options.workspaces);
  const paths = pathsOf(workspaces.at(-1) ?? '', options);
  // The first request loads the console.
  await ask(product, '/v1/openapi.json', 1);
  const asked: Asked[] = [];
  for (const path of paths) {
    asked.push(await ask(product, path, options.rounds));
    say(`${Math.round(asked.at(-1)?.maxMs ?? 0)} ms ${path}`);
  }
  return asked;
};

const tableOf = (asked: readonly Asked[]): string => {
  const table = new Table({
    head: ['', 'p50 ms', 'max ms', 'KiB', ''],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { path, p50Ms, maxMs, kibibytes } of asked)
    table.push([
      path,
      Math.round(p50Ms),
      Math.round(maxMs),
      Math.round(kibibytes),
      maxMs < WANTED_MS ? '' : 'too slow',
    ]);
  return table.toString();
};

const main = async (): Promise<void> => {
  const { json, ...options } = new Command('bench:pages')
    .description('How soon REST answers what the pages of a large organization show')
    .option('--json', 'print JSON instead of a table')
    .option('--workspaces <workspaces>', 'workspaces', whole, 10_000)
    .option('--integrations <integrations>', 'integrations, each provisioned to each', whole, 40)
    .option('--rounds <rounds>', 'how often each is asked for', whole, 5)
    .parse()
    .opts<BenchOptions & { readonly json?: boolean }>();
  const product = await Product.start();
  try {
    const asked = await measure(product, options);
    process.stdout.write(`${json ? JSON.stringify(asked, undefined, 2) : tableOf(asked)}\n`);
  } finally {
    await product.stop();
  }
};

main().catch((error: Error) => {
  process.stderr.write(`bench:pages: ${error.message}\n`);
  process.exitCode = 1;
});
