import type { Decider, ProvisionId } from '@gatehouse/kernel';
import { type NameProvision, nameProvision } from './name-provision';
import type { ProvisionNamed, ProvisionNamesEvent } from './provision-names.events';

/** What a provision has of its own. */
export type OwnNames = Omit<ProvisionNamed, 'type'>;

/** Of the provisions of one workspace, those that were ever called otherwise than their integrations. */
export type ProvisionNames = ReadonlyMap<ProvisionId, OwnNames>;

const evolve = (names: ProvisionNames, { type: _type, ...named }: ProvisionNamesEvent): ProvisionNames =>
  new Map([...names, [named.provisionId, named]]);

/** What the provisions of a workspace are called: in one stream, so that no two of them are ever called the same. */
export const provisionNamesDecider: Decider<NameProvision, ProvisionNames, ProvisionNamesEvent> = {
  initial: new Map(),
  decide: nameProvision,
  evolve,
};
