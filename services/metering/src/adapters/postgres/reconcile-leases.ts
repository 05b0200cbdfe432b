import type { PgPool } from '@gatehouse/platform';

/** A closed lease whose journal charged something else than its usage records say. Doubt is left aside. */
export interface UnreconciledLease {
  readonly leaseId: string;
  readonly organizationId: string;
  readonly journalId: string;
  readonly charged: { readonly count: bigint; readonly nanoUsd: bigint; readonly tokens: bigint };
  /** `tokens` is undefined where one of the records does not know its own. */
  readonly recorded: {
    readonly count: bigint;
    readonly nanoUsd: bigint;
    readonly tokens: bigint | undefined;
  };
}

/**
 * At most `limit` of the leases whose books differ; none when ledger and accounts agree. It means something once the
 * bus has been read to its end: records may still be on their way.
 */
export const unreconciledLeases = async (
  pool: PgPool,
  limit = 100,
): Promise<readonly UnreconciledLease[]> => {
  const { rows } = await pool.query<Record<string, string>>(
    `SELECT lease_id, organization_id, journal_id, lease_count::text, lease_nano_usd::text, lease_tokens::text,
       record_count::text, record_nano_usd::text, record_tokens::text
     FROM metering.unreconciled_lease ORDER BY lease_id LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({
    leaseId: row['lease_id'] ?? '',
    organizationId: row['organization_id'] ?? '',
    journalId: row['journal_id'] ?? '',
    charged: amountsOf(row['lease_count'], row['lease_nano_usd'], row['lease_tokens']),
    recorded: {
      ...amountsOf(row['record_count'], row['record_nano_usd'], undefined),
      tokens: row['record_tokens'] == null ? undefined : BigInt(row['record_tokens']),
    },
  }));
};

const amountsOf = (count = '0', nanoUsd = '0', tokens = '0') => ({
  count: BigInt(count),
  nanoUsd: BigInt(nanoUsd),
  tokens: BigInt(tokens),
});
