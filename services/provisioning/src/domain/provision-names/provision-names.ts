import type { ProvisionId } from '@gatehouse/kernel';
import type { ProvisionNamed, ProvisionNamesEvent } from './provision-names.events';

/** What a provision has of its own. */
export type OwnNames = Omit<ProvisionNamed, 'type'>;

/** Of the provisions of one workspace, those that were ever called otherwise than their integrations. */
export type ProvisionNames = ReadonlyMap<ProvisionId, OwnNames>;

export const evolve = (
  names: ProvisionNames,
  { type: _type, ...named }: ProvisionNamesEvent,
): ProvisionNames => new Map([...names, [named.provisionId, named]]);
