import type { Topic } from '@gatehouse/bus';
import type { RecordedEvent } from '@gatehouse/event-store';
import type { PoolClient } from 'pg';

/** A transaction whose search_path is the projection's own schema: SQL names its tables without a schema. */
export type Tx = Pick<PoolClient, 'query'>;

/**
 * Where a projection's events come from: the log itself, or the bus (for events of other services). What is of other streams than
 * these is passed over unread; of a topic it is all that is wanted where no streams are named. Whoever wants more of them raises the
 * version: what was passed over is not known.
 */
export type ProjectionSource =
  | { readonly kind: 'store'; readonly streamPrefixes: readonly string[] }
  | { readonly kind: 'bus'; readonly topics: readonly Topic[]; readonly streamPrefixes?: readonly string[] };

/**
 * A view of events in tables of its own. It applies each event once, in order per stream, in the transaction that
 * moves its checkpoint; it can be rebuilt beside the live one and comes out identical, so `apply` may depend on
 * nothing but the event and its own tables (no clock, no sequence, no other schema).
 */
export interface Projection {
  /** Unique in the service, kebab-case; the checkpoint's and the consumer group's name. */
  readonly name: string;
  /** The Postgres schema that holds its tables and nothing else, e.g. `provisioning_directory`. */
  readonly schema: string;
  /**
   * From 1. Raised with every change of the DDL and of what `apply` makes of events: at its next start a service builds
   * anew what an older version made, and lets alone what a newer one did.
   */
  readonly version: number;
  /** Creates its tables, in an empty schema that is the search_path. */
  readonly ddl: string;
  readonly source: ProjectionSource;
  /** Events of types it does not know are to be passed over. */
  apply(tx: Tx, event: RecordedEvent): Promise<void>;
  /**
   * Makes of the events, in their order, what `apply` makes of each, in fewer statements: what is done for many at once comes
   * by the hundreds. Called in its place where it is there.
   */
  applyAll?(tx: Tx, events: readonly RecordedEvent[]): Promise<void>;
}
