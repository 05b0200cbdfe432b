import type { Tx } from '@gatehouse/projections';
import type { UsageRecord } from '../../domain/usage/usage-record';
import type { UsageMonths } from '../../app/usage/usage.ports';
import { toRowUsage } from './usage.rows';

const COLUMNS = `admitted_on, request_id, attempt, organization_id, workspace_id, provision_id, integration_id, api_key_id,
  model, input_tokens, output_tokens, cached_input_tokens, reasoning_tokens, amount_nano_usd, doubt_nano_usd, estimated,
  outcome, admitted_at, settled_at, streamed, lease_id, journal_id, leases, input_nano_usd_per_million, output_nano_usd_per_million,
  price_book_version, provider, status, first_byte_ms, total_ms, metadata, client_user, trace_id`;

/**
 * A record that is there already is left as it is; the counters move by the rows that were really inserted, so that
 * they are the sums of the records whatever comes twice. Counters are taken in order of their keys.
 */
const RECORD = {
  name: 'usage-record',
  text: `
    WITH inserted AS (
      INSERT INTO metering.usage_record (${COLUMNS})
      SELECT ${COLUMNS} FROM json_populate_recordset(NULL::metering.usage_record, $1::json)
      ON CONFLICT DO NOTHING
      RETURNING *
    )
    INSERT INTO metering.usage_counter AS c (day, organization_id, workspace_id, provision_id, api_key_id, model,
      requests, input_tokens, output_tokens, amount_nano_usd, doubt_nano_usd, unknown_requests)
    SELECT admitted_on, organization_id, workspace_id, provision_id, api_key_id, model,
      count(*), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
      coalesce(sum(amount_nano_usd), 0), sum(doubt_nano_usd),
      count(*) FILTER (WHERE input_tokens IS NULL OR output_tokens IS NULL OR amount_nano_usd IS NULL)
    FROM inserted
    GROUP BY organization_id, admitted_on, workspace_id, provision_id, api_key_id, model
    ORDER BY organization_id, admitted_on, workspace_id, provision_id, api_key_id, model
    ON CONFLICT (organization_id, day, workspace_id, provision_id, api_key_id, model) DO UPDATE SET
      requests = c.requests + excluded.requests,
      input_tokens = c.input_tokens + excluded.input_tokens,
      output_tokens = c.output_tokens + excluded.output_tokens,
      amount_nano_usd = c.amount_nano_usd + excluded.amount_nano_usd,
      doubt_nano_usd = c.doubt_nano_usd + excluded.doubt_nano_usd,
      unknown_requests = c.unknown_requests + excluded.unknown_requests`,
};

/** Writes records and moves the counters, each record once. Makes the partitions of the months that have none yet. */
export const recordUsage = async (
  tx: Tx,
  months: UsageMonths,
  records: readonly UsageRecord[],
): Promise<void> => {
  if (records.length === 0) return;
  await months.ready(records.map(({ admittedAt }) => admittedAt));
  await tx.query({ ...RECORD, values: [JSON.stringify(records.map(toRowUsage))] });
};
