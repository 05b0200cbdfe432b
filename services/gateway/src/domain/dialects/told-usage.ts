import type { Usage } from '../usage';
import { firstOf, type Json } from '../json-values';

const TIER_CHARACTERS_MAX = 32;

/** What no name of a service tier is made of. */
const ODD = /[^ -~]/g;

/** The service tier that an answer names, in lower case. One whose name cannot be kept as it is is no tier of which a price is known. */
export const serviceTierIn = (tier: unknown): Pick<Usage, 'serviceTier'> =>
  typeof tier === 'string' && tier !== ''
    ? { serviceTier: tier.slice(0, TIER_CHARACTERS_MAX).replace(ODD, '?').toLowerCase() }
    : {};

/** What providers that search by themselves call it. */
const SEARCHES = ['server_tool_use.web_search_requests', 'num_search_queries', 'num_sources_used'];

/** Searches that were made for an answer, where there were any. */
export const searchesIn = (usage: Json): Pick<Usage, 'searches'> => {
  const searches = firstOf(usage, SEARCHES);
  return searches === undefined || searches === 0 ? {} : { searches };
};
