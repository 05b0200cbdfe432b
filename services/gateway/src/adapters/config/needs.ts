import type { provisioningV1 } from '@gatehouse/proto-gen';

/** What entries of the configuration may need that this gateway knows, by the names that provisioning gives. */
const KNOWN: ReadonlySet<string> = new Set();

/** Known to no gateway: of an entry that was saved by one that did not know its fields, and so lost them. */
const READ_AGAIN = 'read again';

const isBeyond = ({ needs }: provisioningV1.ConfigEntry): boolean => needs.some((need) => !KNOWN.has(need));

/** The id of what an entry governs that needs more than this gateway knows; undefined where it needs nothing of the kind. */
export const governedBeyond = (entry: provisioningV1.ConfigEntry): string | undefined =>
  isBeyond(entry) ? entry.governs || entry.id : undefined;

/** As it is saved: a later gateway may know what it needs, but not what was lost of it here. */
export const asSaved = (entry: provisioningV1.ConfigEntry): provisioningV1.ConfigEntry =>
  isBeyond(entry) ? { ...entry, needs: [...entry.needs, READ_AGAIN] } : entry;
