import { setTimeout as sleep } from 'node:timers/promises';
import { idOf, modelNamed, newCommand, type Product } from '@gatehouse/e2e';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { telling } from './telling';

export const PATIENCE_MS = 600_000;

const AT_ONCE = 32;

export const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index);

/** Does the same to each, 32 at a time; what each comes to, in their order. */
export const each = async <Item, Made>(
  items: readonly Item[],
  work: (item: Item) => Promise<Made>,
): Promise<Made[]> => {
  const made: Made[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++)
      made[index] = await work(items[index] as Item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return made;
};

/** The slug of one of the integrations that `connectMany` makes. */
export const manySlug = (index: number): string => `many-${index}`;

/** Integrations of one model each, and their ids. */
export const connectMany = (
  product: Product,
  count: number,
  { customHost, model }: { readonly customHost: string; readonly model: string },
): Promise<readonly string[]> =>
  each(numbers(count), async (index) => {
    const slug = manySlug(index);
    const { integration } = await product.control().integrations.connectIntegration(
      registryV1.ConnectIntegrationRequest.fromPartial({
        ...newCommand(),
        ...{ name: slug, slug, provider: 'self-hosted', customHost },
        credential: { api_key: 'simulator-takes-any' },
        customModels: [modelNamed(model)],
      }),
    );
    return idOf(integration);
  });

/** Workspaces and their ids. */
export const createWorkspaces = async (product: Product, count: number): Promise<readonly string[]> => {
  let created = 0;
  let ids: readonly string[] = [];
  await telling(
    'workspaces',
    count,
    () => created,
    async () => {
      ids = await each(numbers(count), async (index) => {
        const { workspace } = await product
          .control()
          .workspaces.createWorkspace(
            provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name: `many ${index}` }),
          );
        created++;
        return idOf(workspace);
      });
    },
  );
  return ids;
};

/** Provisions each of these integrations to every workspace, in bulk; ends when it is done. */
export const provisionAll = async (
  product: Product,
  integrationIds: readonly string[],
  workspaces: number,
): Promise<void> => {
  const bulks: string[] = [];
  const turns = (): Promise<number> => turnsOf(product, bulks);
  await telling('provisions', workspaces * integrationIds.length, turns, async () => {
    for (const id of integrationIds) bulks.push(await beginBulk(product, id));
    for (const bulk of bulks) await untilDone(product, bulk);
  });
};

/** Asked again while the service is behind with what it does already. */
const beginBulk = async (product: Product, integrationId: string): Promise<string> => {
  const request = provisioningV1.BulkProvisionRequest.fromPartial({
    ...newCommand(),
    integrationId,
    allWorkspaces: true,
    existing: provisioningV1.ExistingProvisions.KEEP,
  });
  return idOf((await eventually(() => product.control().bulks.bulkProvision(request), PATIENCE_MS)).bulk);
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
