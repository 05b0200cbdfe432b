import { descriptorsUsedUp } from './descriptors-used-up';
import { diskFull } from './disk-full';
import { kafkaKilled, meteringKilled, meteringStopped, postgresKilled } from './engines';
import type { Fault } from './fault';
import { gatewayKilled } from './gateway-killed';
import { gatewayStopped } from './gateway-stopped';
import { identityDeleted, journalDeleted, segmentsDeleted } from './journal-deleted';
import { ledgerRestored } from './ledger-restored';
import { cutFromAll, cutFromProvider, cutFromServices } from './network-cut';
import { twoOnOneVolume } from './two-on-one-volume';

export const FAULTS: readonly Fault[] = [
  gatewayKilled,
  gatewayStopped,
  cutFromServices,
  cutFromProvider,
  cutFromAll,
  diskFull,
  descriptorsUsedUp,
  segmentsDeleted,
  identityDeleted,
  journalDeleted,
  twoOnOneVolume,
  kafkaKilled,
  postgresKilled,
  meteringKilled,
  meteringStopped,
  ledgerRestored,
];
