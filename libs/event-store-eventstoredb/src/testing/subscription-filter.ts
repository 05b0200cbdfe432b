import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { LoggedEvent } from './server-log';

export interface SubscriptionFilter {
  matches(event: LoggedEvent): boolean;
  /** Events looked at in one go. */
  readonly window: number;
  /** A checkpoint is told when so many were looked at. */
  readonly interval: number;
}

const DEFAULT_WINDOW = 32;

/** No filter lets everything through, the system's events too, and tells no checkpoints. */
export const fromProtoFilterOptions = (
  options: ReadReq.Options.FilterOptions | undefined,
): SubscriptionFilter => {
  if (!options) return { matches: () => true, window: DEFAULT_WINDOW, interval: Infinity };
  const window = options.hasMax() ? options.getMax() : DEFAULT_WINDOW;
  const interval = window * options.getCheckpointintervalmultiplier();
  const types = options.getEventType();
  if (types) return { matches: matcherOf(types, ({ type }) => type), window, interval };
  const streams = options.getStreamIdentifier();
  return {
    matches: streams ? matcherOf(streams, ({ stream }) => stream) : () => true,
    window,
    interval,
  };
};

const matcherOf = (
  expression: ReadReq.Options.FilterOptions.Expression,
  nameOf: (event: LoggedEvent) => string,
): ((event: LoggedEvent) => boolean) => {
  const regex = expression.getRegex();
  if (regex !== '') {
    const compiled = new RegExp(regex);
    return (event) => compiled.test(nameOf(event));
  }
  const prefixes = expression.getPrefixList();
  return (event) => prefixes.some((prefix) => nameOf(event).startsWith(prefix));
};
