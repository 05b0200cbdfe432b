import type { LetsMore } from '@gatehouse/kernel';
import type { BulkProvision } from './bulk-provision';
import type { BulkProvisionEvent } from './bulk-provision.events';

/** It may make provisions, and is judged before anybody knows where: to ask for one lets more, to carry it out no more. */
export const bulkProvisionLetsMore: LetsMore<BulkProvision, BulkProvisionEvent> = ({ before }) =>
  before.status === 'absent';
