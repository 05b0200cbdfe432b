import type { Ask } from '../ask';
import { type Json, countOf, isObject } from '../json-values';
import { bodyOf } from '../outgoing-body';
import { invalidRequest, printable, Refusal } from '../refusal';
import type { Destination, Outgoing } from './passage';

/** What goes into a translation beside the client's body. */
export interface TranslationTarget {
  /** By which the provider knows the model. */
  readonly model: string;
  /** Tokens of one choice. */
  readonly outputLimit: number | undefined;
  /** Under which the provider honours it. */
  readonly outputLimitName: string;
  /** The provider takes `stream_options`. */
  readonly streamOptions: boolean;
  /** Whether what the provider's language has no words for may be left out. */
  readonly dropUnsupported: boolean;
}

/** A request in the provider's language. */
export interface Translated {
  readonly body: Json;
  /** The parameters that were left out, each by the place where the client wrote it. */
  readonly dropped: readonly string[];
}

/** Of a place or a message, which hold words of the client's, what an answer shows. */
const SHOWN_MAX = 200;

/** Keeps what is left out of a translation, where that is allowed. */
export class Omissions {
  readonly names: string[] = [];

  constructor(private readonly allowed: boolean) {}

  /** Leaves a parameter out. Throws Refusal `unsupported_parameter` where the client did not allow it. */
  leaveOut(param: string, message: string): void {
    const place = printable(param, SHOWN_MAX);
    if (!this.allowed)
      throw new Refusal('unsupported_parameter', printable(message, SHOWN_MAX), { param: place });
    this.note(place);
  }

  /** Leaves out what is no more than a wish. */
  note(param: string): void {
    if (!this.names.includes(param)) this.names.push(param);
  }
}

/** No members. */
export const NOTHING: Json = {};

/** Whether a member says something: `null` is absent. */
export const isSaid = (member: unknown): boolean => member !== null && member !== undefined;

/** The members of an object that say something. */
export const saidIn = (value: Json): readonly (readonly [string, unknown])[] =>
  Object.entries(value).filter(([, member]) => isSaid(member));

/** The very same object where nothing is left out of it, which is so of nearly all. */
const without = (body: Json, isLeftOut: (name: string) => boolean): Json =>
  Object.keys(body).some(isLeftOut)
    ? Object.fromEntries(Object.entries(body).filter(([name]) => !isLeftOut(name)))
    : body;

/** An object that must be one. Throws Refusal. */
export const objectAt = (value: unknown, param: string): Json => {
  if (isObject(value)) return value;
  throw invalidRequest(`'${param}' must be an object.`, param);
};

/** A list that must be one; nothing is an empty list. Throws Refusal. */
export const listAt = (value: unknown, param: string): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as unknown[];
  throw invalidRequest(`'${param}' must be a list.`, param);
};

/** Text that must be there. Throws Refusal. */
export const textAt = (value: unknown, param: string): string => {
  if (typeof value === 'string') return value;
  throw invalidRequest(`'${param}' must be a string.`, param);
};

/** Text, or none. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Leaves out every parameter of a body that `isRead` does not know. */
export const leaveOutUnknown = (
  body: Json,
  omissions: Omissions,
  isRead: (name: string, value: unknown) => boolean,
): void => {
  for (const name of Object.keys(body)) {
    const value = body[name];
    if (isSaid(value) && !isRead(name, value))
      omissions.leaveOut(name, 'The provider has no such parameter.');
  }
};

/** A number, or nothing. Throws Refusal. */
export const numberIn = (body: Json, name: string): number | undefined => {
  const value = body[name] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  throw invalidRequest(`'${name}' must be a number.`, name);
};

/** A service tier by the provider's name of it. */
export const tierOf = (
  tier: unknown,
  names: Readonly<Record<string, string>>,
  omissions: Omissions,
): Json => {
  if (!isSaid(tier)) return NOTHING;
  if (typeof tier === 'string' && Object.hasOwn(names, tier)) return { service_tier: names[tier] };
  omissions.leaveOut('service_tier', 'The provider has no such service tier.');
  return NOTHING;
};

/** The body of an object that is only there when it has members. */
export const unlessEmpty = (name: string, list: readonly unknown[]): Json =>
  list.length > 0 ? { [name]: list } : NOTHING;

/** What the arguments of a tool call say: models may leave them empty, or break them off. */
export const argumentsOf = (json: string): Json => {
  try {
    const value = JSON.parse(json === '' ? '{}' : json) as unknown;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
};

/** Leaves out every member of an object at a place that is none of these. */
export const leaveOutOthers = (
  value: Json,
  known: ReadonlySet<string>,
  path: string,
  omissions: Omissions,
): void => {
  for (const [name] of saidIn(value))
    if (!known.has(name)) omissions.leaveOut(`${path}.${name}`, `The provider has no '${name}' there.`);
};

/** Of a message's tool: what other languages have as well, and wishes. */
const TOOL: ReadonlySet<string> = new Set([
  ...['type', 'name', 'description', 'input_schema', 'strict', 'cache_control', 'eager_input_streaming'],
]);

/** What a tool is without. */
const PLAIN_TOOL: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['defer_loading', (value) => value === false],
  ['input_examples', (value) => Array.isArray(value) && value.length === 0],
  ['allowed_callers', (value) => Array.isArray(value) && value.every((caller) => caller === 'direct')],
]);

/** Leaves out what a message's tool asks for beside being offered: no other language has a place for it. */
export const leaveOutOfTool = (tool: Json, path: string, omissions: Omissions): void =>
  leaveOutOthers(
    without(tool, (name) => PLAIN_TOOL.get(name)?.(tool[name]) === true),
    TOOL,
    path,
    omissions,
  );

/** Leaves out what a message says of its output beside what of it another language has. */
export const leaveOutOfConfig = (config: Json, omissions: Omissions): void =>
  leaveOutOthers(config, CONFIG, 'output_config', omissions);

const CONFIG: ReadonlySet<string> = new Set(['effort', 'format']);

/** Leaves out what a message's document asks for beside being read: no other language has a place for it. */
export const leaveOutOfDocument = (document: Json, path: string, omissions: Omissions): void => {
  const { citations, context } = document;
  if (isObject(citations) && citations['enabled'] === true)
    omissions.leaveOut(`${path}.citations`, 'The provider does not cite documents.');
  if (textOf(context) !== '')
    omissions.leaveOut(`${path}.context`, 'The provider takes documents without a context of theirs.');
};

/** A data URL in two, without its parameters; undefined where the URL is another. */
export const dataUrlOf = (url: string): { readonly mediaType: string; readonly data: string } | undefined => {
  const comma = url.indexOf(',');
  const head = /^data:([^;,]*)(?:;[^;,]*)*;base64$/i.exec(url.slice(0, Math.max(comma, 0)));
  return head ? { mediaType: head[1]!.toLowerCase(), data: url.slice(comma + 1) } : undefined;
};

/**
 * The client's body in the provider's language. The limit is what the gateway sets, or else the client's own, which it gave
 * under the name that the provider honours.
 */
export const outgoingOf = (
  operation: string,
  translate: (body: Json, target: TranslationTarget) => Translated,
  ask: Ask,
  to: Destination,
): Outgoing => {
  const asked = JSON.parse(ask.body.toString('utf8')) as Json;
  const body = without(asked, (name) => !isSaid(asked[name]) || to.removed.includes(name));
  const translated = translate(body, {
    model: to.name,
    outputLimit: to.outputLimit?.tokens ?? countOf(body[to.quirks.outputLimit]),
    outputLimitName: to.quirks.outputLimit,
    dropUnsupported: to.dropUnsupported,
    streamOptions: to.quirks.streamOptions,
  });
  return {
    operation,
    body: bodyOf(JSON.stringify(translated.body)),
    dropped: translated.dropped,
  };
};

const BYTES_PER_TOKEN = 4;

/** What clients are shown of the input until the provider tells: no bill is made of it. */
export const inputEstimate = ({ demand }: Ask): number => Math.ceil(demand.prompt.bytes / BYTES_PER_TOKEN);
