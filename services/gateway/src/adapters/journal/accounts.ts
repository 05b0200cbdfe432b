import type { UsageRecord } from '../../domain/usage-record';
import { bytesTag, EntryBlock, numberTag } from './entry-block';

/** What the records of calls that are made in the same way have in common. */
type Shared = Pick<
  UsageRecord,
  | 'organizationId'
  | 'workspaceId'
  | 'provisionId'
  | 'integrationId'
  | 'apiKeyId'
  | 'model'
  | 'provider'
  | 'journalId'
  | 'inputPrice'
  | 'outputPrice'
  | 'priceBookVersion'
>;

/** Of prices a record may have others, and of nothing else that is here. */
export interface Account extends Shared {
  /** As a record has them, in the order of their numbers. */
  readonly fields: Uint8Array;
  /** Where its entry begins in a segment, in bytes; where it has none in the present one, that is of no use. */
  at: number;
  /** Which segment that is, as `Accounts` counts them. */
  generation: number;
}

/** A power of two: as many as there are ways that calls are found to be made. */
const PLACES = 32_768;
/** The end of an id is random; those of models are much alike. */
const ID_TOLD_APART_BY = 4;

/** Those of late, each in its place, and where the present segment has them. */
export class Accounts {
  private readonly places: (Account | undefined)[] = Array.from({ length: PLACES });
  private generation = 1;
  private readonly block = new EntryBlock();

  of(record: UsageRecord): Account {
    const place = placeOf(record);
    const known = this.places[place];
    return known && isOf(known, record) ? known : (this.places[place] = this.accountOf(record));
  }

  isWritten(account: Account): boolean {
    return account.generation === this.generation;
  }

  /** @param at where its entry begins in the segment. */
  written(account: Account, at: number): void {
    account.at = at;
    account.generation = this.generation;
  }

  /** Another segment begins, or what was to be written may not be there. */
  forgetWritten(): void {
    this.generation++;
  }

  /** Field by field: spreading costs many times as much, which calls that share a place pay each time. */
  private accountOf(record: UsageRecord): Account {
    this.block.cutTo(0);
    writeShared(this.block, record);
    return {
      organizationId: record.organizationId,
      workspaceId: record.workspaceId,
      provisionId: record.provisionId,
      integrationId: record.integrationId,
      apiKeyId: record.apiKeyId,
      model: record.model,
      provider: record.provider,
      journalId: record.journalId,
      inputPrice: record.inputPrice,
      outputPrice: record.outputPrice,
      priceBookVersion: record.priceBookVersion,
      fields: this.block.copy(),
      at: 0,
      generation: 0,
    };
  }
}

const writeShared = (block: EntryBlock, shared: Shared): void => {
  block.text(bytesTag(3), shared.organizationId);
  block.text(bytesTag(4), shared.workspaceId);
  block.text(bytesTag(5), shared.provisionId);
  block.text(bytesTag(6), shared.integrationId);
  block.text(bytesTag(7), shared.apiKeyId);
  block.text(bytesTag(8), shared.model);
  block.optionalInt64(numberTag(21), shared.inputPrice);
  block.optionalInt64(numberTag(22), shared.outputPrice);
  block.optionalInt64(numberTag(23), shared.priceBookVersion);
  block.text(bytesTag(40), shared.provider);
  block.text(bytesTag(60), shared.journalId);
};

const placeOf = ({ provisionId, apiKeyId, model }: UsageRecord): number =>
  summed(summed(summed(0, provisionId, ID_TOLD_APART_BY), apiKeyId, ID_TOLD_APART_BY), model, model.length) &
  (PLACES - 1);

/** @param last so many characters of the text count. */
const summed = (before: number, text: string, last: number): number => {
  let sum = before;
  for (let at = Math.max(0, text.length - last); at < text.length; at++)
    sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
  return sum;
};

const isOf = (account: Account, record: UsageRecord): boolean =>
  account.provisionId === record.provisionId &&
  account.apiKeyId === record.apiKeyId &&
  account.model === record.model &&
  account.integrationId === record.integrationId &&
  account.workspaceId === record.workspaceId &&
  account.organizationId === record.organizationId &&
  account.provider === record.provider &&
  account.journalId === record.journalId &&
  // Others may stand behind them, but not none.
  (account.inputPrice === undefined || record.inputPrice !== undefined) &&
  (account.outputPrice === undefined || record.outputPrice !== undefined) &&
  (account.priceBookVersion === undefined || record.priceBookVersion !== undefined);
