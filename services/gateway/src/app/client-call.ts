import type { Ask } from '../domain/ask';
import type { Configuration, Key } from '../domain/configuration';
import { invalidRequest, type Refusal } from '../domain/refusal';
import type { Surface } from '../domain/surfaces/surface';
import type { ToldOfRequest } from '../domain/usage-record';
import type { Addressed } from '../domain/way';
import type { ClientAnswer } from './gateway.ports';
import type { RequestTrace } from './traces.ports';

/** A request of a client, with all that it takes to serve it. */
export interface ClientCall {
  readonly requestId: string;
  readonly configuration: Configuration;
  readonly key: Key;
  readonly surface: Surface;
  readonly ask: Ask;
  /** Monotonic milliseconds at which its body was there. */
  readonly receivedAt: number;
  /** The provider header. */
  readonly provider?: string;
  /** What its path names, in place of the body's model. */
  readonly named?: string;
  /** Milliseconds to wait for holds in flight. */
  readonly waitMs: number;
  /** What the provider's language cannot express may be left out. */
  readonly dropUnsupported: boolean;
  /** Client headers that may go on to a provider whom they mean something to. */
  readonly forwardedHeaders: Readonly<Record<string, string>>;
  /** What the client says of it, for the accounts. */
  readonly told: ToldOfRequest;
  /** The gateways that it has passed, this one included. */
  readonly hops: string;
  readonly client: ClientAnswer;
  /** Absent where it is not sampled. */
  readonly trace: RequestTrace | undefined;
  readonly refuse: (refusal: Refusal) => void;
}

/** Throws Refusal `invalid_request` where it names neither a model nor a provider. */
export const addressOf = ({ ask, named, provider, surface }: ClientCall): Addressed => {
  const model = named ?? ask.model;
  // Who names a provider may leave the model to its default.
  if (model === undefined && provider === undefined) {
    throw invalidRequest("'model' is required.", 'model');
  }
  return { model: model ?? '', provider, surface };
};
