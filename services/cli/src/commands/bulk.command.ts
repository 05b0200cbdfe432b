import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import type { Act, Session } from '../session';

const { BulkOutcomeKind, BulkStatus, ExistingProvisions } = provisioningV1;

/** `bulk`. */
export const addBulkCommand = (program: Command, act: Act): void => {
  program
    .command('bulk')
    .description('how far provisions for many workspaces are, and what became of each')
    .argument('<bulk-id>')
    .action(act(showBulk));
};

const showBulk = async (
  { connection, output }: Session,
  _options: unknown,
  bulkId: string,
): Promise<void> => {
  const client = connection.bulkProvisions();
  const pages: provisioningV1.GetBulkProvisionResponse[] = [];
  const outcomes = await allPages(
    async (pageToken) => {
      const request = provisioningV1.GetBulkProvisionRequest.fromPartial({
        bulkId,
        pageSize: 200,
        pageToken,
      });
      const page = await client.getBulkProvision(request);
      pages.push(page);
      return page;
    },
    (page) => page.outcomes,
  );
  const bulk = pages.at(-1)?.bulk;
  output.answer(
    {
      bulk: bulk && provisioningV1.Bulk.toJSON(bulk),
      outcomes: outcomes.map(provisioningV1.BulkOutcome.toJSON),
    },
    ['workspace', 'outcome'],
    [[describeProgress(bulk), ''], ...outcomes.map((one) => [one.workspaceId, describeOutcome(one)])],
  );
};

const describeOutcome = ({ kind, reason }: provisioningV1.BulkOutcome): string => {
  switch (kind) {
    case BulkOutcomeKind.MADE:
      return 'made';
    case BulkOutcomeKind.CHANGED:
      return 'changed';
    case BulkOutcomeKind.UNCHANGED:
      return 'already so';
    case BulkOutcomeKind.REFUSED:
      return `refused because ${reason}`;
    case BulkOutcomeKind.UNSPECIFIED:
    default:
      return 'to come';
  }
};

/** E.g. `3 of 10: 2 made, 1 already so`. */
export const describeProgress = (bulk: provisioningV1.Bulk | undefined): string => {
  if (bulk === undefined) return '';
  const { made, changed, unchanged, refused, workspaces, status } = bulk;
  const told = made + changed + unchanged + refused;
  const counts = [
    [made, 'made'],
    [changed, 'changed'],
    [unchanged, 'already so'],
    [refused, 'refused'],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const state = status === BulkStatus.DONE ? 'done' : 'running';
  return [`${state}, ${told} of ${workspaces}`, ...(parts.length > 0 ? [parts.join(', ')] : [])].join(': ');
};

/** INVALID `EXISTING_MALFORMED` for what is neither. */
export const parseExisting = (text: string | undefined): provisioningV1.ExistingProvisions => {
  switch (text) {
    case undefined:
      return ExistingProvisions.UNSPECIFIED;
    case 'keep':
      return ExistingProvisions.KEEP;
    case 'override':
      return ExistingProvisions.OVERRIDE;
    default:
      throw new AppError('INVALID', 'EXISTING_MALFORMED', { metadata: { text } });
  }
};
