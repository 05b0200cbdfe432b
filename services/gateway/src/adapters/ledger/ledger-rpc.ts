import type { Promised } from '@gatehouse/grpc';
import type { meteringV1 } from '@gatehouse/proto-gen';

export type LedgerRpc = Pick<
  Promised<meteringV1.LeaseServiceClient>,
  'beginJournal' | 'exchange' | 'watchLeases' | 'close'
>;
