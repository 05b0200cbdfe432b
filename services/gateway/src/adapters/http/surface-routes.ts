import type { Clock } from '@gatehouse/kernel';
import type { ConfigurationSource } from '../../app/gateway.ports';
import type { GovernedCalls } from '../../app/governed-call';
import type { Traces } from '../../app/traces.ports';
import type { Configuration, Key } from '../../domain/configuration';
import { Refusal } from '../../domain/refusal';
import { BodyMemory } from './body-memory';
import { currentConfiguration } from './current-configuration';
import type { AnswerWith, RequestBody } from './exchange-ends';
import type { HttpExchange } from './http-exchange';
import type { HttpExchanges } from './http-exchanges';
import type { HttpSettings } from './http-settings';
import { authenticate, served } from './presented-key';
import type { RequestLine } from './request-head';
import type { HeadAsks, SurfaceHead, SurfaceHeads } from './surface-head';
import { toldOf } from './told-of-request';

/** Whose request it is, and what it asks for beside its body. */
interface Known {
  readonly configuration: Configuration;
  /** Of the key. */
  readonly hash: string;
  readonly key: Key;
  readonly asks: HeadAsks;
}

export interface SurfaceRoutesOptions {
  readonly calls: GovernedCalls;
  readonly source: ConfigurationSource;
  readonly exchanges: HttpExchanges;
  readonly heads: SurfaceHeads;
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly traces: Traces;
}

/**
 * Every surface that clients post to. Their requests are taken as they were parsed: what a framework does for a route costs more
 * than all that is done for them here.
 */
export class SurfaceRoutes {
  constructor(private readonly options: SurfaceRoutesOptions) {}

  /** Undefined where a request is no surface's. It may be kept for requests whose heads say the same. */
  headOf(line: RequestLine): SurfaceHead | undefined {
    return this.options.heads.of(line);
  }

  take(head: SurfaceHead, request: RequestBody, answerWith: AnswerWith): void {
    const { crossOrigin, called } = head;
    const asked = { method: 'POST', body: request.body };
    const exchange = this.options.exchanges.beginWith(asked, crossOrigin, answerWith, called.surface);
    void this.serve(head, request, exchange);
  }

  /** Every way it can fail has an answer. */
  private async serve(head: SurfaceHead, request: RequestBody, exchange: HttpExchange): Promise<void> {
    let memory: BodyMemory | undefined;
    try {
      const known = this.known(head, exchange);
      memory = new BodyMemory(this.options.settings, exchange.client, known.key.id);
      const read = memory.read(request);
      if (Buffer.isBuffer(read)) await this.handle(head, exchange, known, read);
      else {
        const body = await read;
        await this.handle(head, exchange, this.stillKnown(known), body);
      }
    } catch (error) {
      await exchange.fail(error);
    } finally {
      memory?.wasHandled();
    }
  }

  /** Throws Refusal where it is nobody's, where it says what nobody can mean, and while the gateway stops. */
  private known({ called, hashes, traceparent, asks }: SurfaceHead, exchange: HttpExchange): Known {
    const { exchanges, source, clock, traces } = this.options;
    exchanges.refuseWhileStopping();
    const configuration = currentConfiguration(source);
    const { hash, key } = authenticate(hashes, configuration, clock.now());
    exchange.key = key;
    // Nobody's requests are told of to anybody.
    exchange.trace = traces.begin(traceparent, exchange.requestId, called, key);
    if (asks instanceof Refusal) throw asks;
    return { configuration, hash, key, asks };
  }

  private handle(
    { called, provider, dropUnsupported, forwarded }: SurfaceHead,
    exchange: HttpExchange,
    { configuration, key, asks }: Known,
    body: Buffer,
  ): Promise<void> {
    const { surface, named } = called;
    const receivedAt = this.options.clock.monotonicMs();
    exchange.trace?.received(receivedAt);
    return this.options.calls.handle({
      requestId: exchange.requestId,
      configuration,
      key,
      surface,
      ask: surface.parse(body),
      receivedAt,
      waitMs: asks.waitMs,
      dropUnsupported,
      forwardedHeaders: forwarded,
      told: toldOf(asks.told, configuration.workspaceOf(key.workspaceId)?.defaultMetadata),
      hops: asks.hops,
      client: exchange.client,
      trace: exchange.trace,
      refuse: exchange.refuse,
      ...(named !== undefined && { named }),
      ...(provider !== undefined && { provider }),
    });
  }

  /** Looked at again: the key may have ended while the body came in. */
  private stillKnown(known: Known): Known {
    const configuration = currentConfiguration(this.options.source);
    const key = configuration.keyOf(known.hash, this.options.clock.now());
    if (!key) throw new Refusal('invalid_api_key', 'The API key is not valid any more.');
    return { ...known, configuration, key: served(configuration, key) };
  }
}
