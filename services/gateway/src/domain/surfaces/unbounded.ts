import type { Json } from '../json-values';
import { printable } from '../refusal';
import { type BodyReader, unsupported } from './body';

/** By the name of a member: why no bound is known of what it asks for. */
export type Unbounded = ReadonlyMap<string, string>;

const OTHER_MODELS = 'Another model may answer, at a price that the budgets do not know.';
const SEARCHES = 'Searches are billed by the call, which the budgets cannot bound.';

/** Of tools, on every surface that has them. */
export const PROVIDER_TOOLS =
  'Tools that run at the provider are billed by the call, which the budgets cannot bound.';

/** What some server understands in whichever language it speaks. */
export const UNBOUNDED: Unbounded = new Map([
  ['models', OTHER_MODELS],
  ['route', OTHER_MODELS],
  ['preset', OTHER_MODELS],
  ['fallbacks', OTHER_MODELS],
  ['plugins', 'Plugins are billed apart from the model, which the budgets cannot bound.'],
  ['web_search_options', SEARCHES],
  ['search_parameters', SEARCHES],
  ['enable_search', SEARCHES],
  ['data_sources', 'What the provider looks up becomes prompt, which the budgets cannot bound.'],
  ['deferred', 'An answer that is fetched later is billed where the budgets do not see it.'],
]);

/** By it a client chooses among those who serve one model, each at a price of its own. */
const PREFERENCES = 'provider';
/** Preferences that lead to nobody dearer. */
const NO_DEARER: ReadonlySet<string> = new Set(['allow_fallbacks', 'max_price']);
const PREFERENCE_SHOWN_MAX = 64;

/** The members of any body that are refused here. */
export const UNBOUNDED_NAMES: readonly string[] = [...UNBOUNDED.keys(), PREFERENCES];

/** Throws Refusal `unsupported_parameter` for what no bound is known of. */
export const refuseUnbounded = (reader: BodyReader, unbounded = UNBOUNDED): void => {
  for (const name of reader.members.keys()) {
    const message = unbounded.get(name);
    if (message !== undefined && reader.asks(name)) throw unsupported(name, message);
  }
  if (reader.asks(PREFERENCES)) refuseDearer(reader.object(PREFERENCES));
};

const refuseDearer = (preferences: Json | undefined): void => {
  const message = 'Whoever serves the model then may be dearer than the price that the budgets know.';
  if (!preferences) throw unsupported(PREFERENCES, message);
  for (const [name, value] of Object.entries(preferences)) {
    if (NO_DEARER.has(name) || value === null || value === false || (name === 'sort' && value === 'price'))
      continue;
    throw unsupported(`${PREFERENCES}.${printable(name, PREFERENCE_SHOWN_MAX)}`, message);
  }
};
