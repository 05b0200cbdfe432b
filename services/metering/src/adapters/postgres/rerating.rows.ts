import type { OrganizationId, ReratingId } from '@gatehouse/kernel';
import { fromProtoPrices, toProtoPrices } from '@gatehouse/offering-messages';
import { typeV1 } from '@gatehouse/proto-gen';
import type {
  ModelPrices,
  Rerating,
  ReratingApproval,
  WantedRerating,
} from '../../domain/adjustment/rerating';
import { addedTally, NO_TALLY, type RerateTally } from '../../domain/adjustment/rerate-tally';
import type { Asked } from '../../domain/lease/lease.events';

/** JSON's numbers are too small for sums. */
type TallyDb = Readonly<Record<keyof RerateTally, string>>;

/** A row of metering.rerating, as the driver gives it. */
export interface ReratingDbRow {
  rerating_id: ReratingId;
  organization_id: OrganizationId;
  status: Rerating['status'];
  workspace_id: string;
  integration_id: string;
  model: string;
  from_at: Date;
  to_at: Date;
  price_book_version: bigint;
  prices: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  approval: ReratingApproval['kind'];
  lowers_max: bigint | null;
  lowered: bigint;
  asked: Asked;
  asked_at: Date;
  batches: number;
  failures: number;
  retry_at: Date | null;
  after_at: Date | null;
  after_request_id: string | null;
  after_attempt: number | null;
  tally: TallyDb;
  ended_at: Date | null;
}

const fromDbPrices = (prices: ReratingDbRow['prices']): ModelPrices =>
  new Map(
    Object.entries(prices).map(([integrationId, models]) => [
      integrationId,
      new Map(
        Object.entries(models).map(([model, one]) => [model, fromProtoPrices(typeV1.Prices.fromJSON(one))]),
      ),
    ]),
  );

export const toDbPrices = (prices: WantedRerating['prices']): string =>
  JSON.stringify(
    Object.fromEntries(
      [...prices].map(([integrationId, models]) => [
        integrationId,
        Object.fromEntries(
          [...models].map(([model, one]) => [model, typeV1.Prices.toJSON(toProtoPrices(one))]),
        ),
      ]),
    ),
  );

export const toDbTally = (tally: RerateTally): string =>
  JSON.stringify(Object.fromEntries(Object.entries(tally).map(([name, sum]) => [name, String(sum)])));

export const fromDbTally = (tally: TallyDb): RerateTally =>
  addedTally(NO_TALLY, Object.fromEntries(Object.entries(tally).map(([name, sum]) => [name, BigInt(sum)])));

const fromDbApproval = ({ approval: kind, lowers_max }: ReratingDbRow): ReratingApproval => {
  switch (kind) {
    case 'needless':
    case 'wanted':
      return { kind };
    case 'given':
      return { kind, lowersMax: lowers_max ?? 0n };
  }
};

export const fromRowRerating = (row: ReratingDbRow): Rerating => ({
  id: row.rerating_id,
  terms: {
    organizationId: row.organization_id,
    ...(row.workspace_id !== '' && { workspaceId: row.workspace_id }),
    ...(row.integration_id !== '' && { integrationId: row.integration_id }),
    ...(row.model !== '' && { model: row.model }),
    from: row.from_at,
    to: row.to_at,
  },
  priceBookVersion: row.price_book_version,
  prices: fromDbPrices(row.prices),
  status: row.status,
  approval: fromDbApproval(row),
  lowered: row.lowered,
  asked: row.asked,
  askedAt: row.asked_at,
  batches: row.batches,
  failures: row.failures,
  retryAt: row.retry_at ?? undefined,
  tally: fromDbTally(row.tally),
  endedAt: row.ended_at ?? undefined,
});
