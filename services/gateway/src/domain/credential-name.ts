import type { Integration } from './configuration';

type Versioned = Pick<Integration, 'id' | 'credentialVersion'>;

/** By what it is of: a name that is put together anew is hashed anew wherever it is looked up, and each call needs it. */
const NAMES = new WeakMap<Versioned, string>();

/** One version of an integration's credential: `integration.version`. */
export const credentialNameOf = (integration: Versioned): string => {
  const known = NAMES.get(integration);
  if (known !== undefined) return known;
  const name = `${integration.id}.${integration.credentialVersion}`;
  NAMES.set(integration, name);
  return name;
};
