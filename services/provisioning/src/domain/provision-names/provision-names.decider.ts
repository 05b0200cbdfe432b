import type { Decider } from '@gatehouse/kernel';
import { type NameProvision, nameProvision } from './name-provision';
import { evolve, type ProvisionNames } from './provision-names';
import type { ProvisionNamesEvent } from './provision-names.events';

/** What the provisions of a workspace are called: in one stream, so that no two of them are ever called the same. */
export const provisionNamesDecider: Decider<NameProvision, ProvisionNames, ProvisionNamesEvent> = {
  initial: new Map(),
  decide: nameProvision,
  evolve,
};
