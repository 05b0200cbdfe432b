import type { Difference } from '../../domain/books/reconciliation';

/** A figure that differs, with how many do in all. */
export interface DifferenceDbRow {
  kind: Difference['kind'];
  organization_id: string;
  subject: string;
  figure: string;
  kept: string;
  found: string;
  differing: bigint;
}

/** The first of what one comparison has found, and how many there are. */
export interface Found {
  readonly differing: bigint;
  readonly differences: readonly Difference[];
}

export const toFound = (rows: readonly DifferenceDbRow[]): Found => ({
  differing: rows[0]?.differing ?? 0n,
  differences: rows.map(({ kind, organization_id: organizationId, subject, figure, kept, found }) => ({
    ...{ kind, organizationId, subject, figure, kept, found },
  })),
});
