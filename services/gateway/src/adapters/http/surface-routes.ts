import type { Clock } from '@gatehouse/kernel';
import type { ConfigurationSource } from '../../app/gateway.ports';
import type { GovernedCalls } from '../../app/governed-call';
import type { Traces } from '../../app/traces.ports';
import type { Configuration, Key } from '../../domain/configuration';
import { Refusal } from '../../domain/refusal';
import { SURFACES } from '../../domain/surfaces';
import type { Surface } from '../../domain/surfaces/surface';
import type { ToldOfRequest } from '../../domain/usage-record';
import { BodyMemory } from './body-memory';
import { currentConfiguration } from './current-configuration';
import { HOPS_HEADER, hopsThrough } from './hops';
import type { AnswerWith, ExchangeRequest } from './exchange-ends';
import type { HttpExchange } from './http-exchange';
import type { HttpExchanges } from './http-exchanges';
import type { HttpSettings } from './http-settings';
import { authenticate, headerOf, served } from './presented-key';
import { toldOfRequest } from './told-of-request';

const ALL: readonly Surface[] = Object.values(SURFACES);

/** What a path calls. */
interface Called {
  readonly surface: Surface;
  /** The path, with a name in braces in place of what it names. */
  readonly route: string;
  /** What it names. */
  readonly named?: string;
}

const BY_PATH: ReadonlyMap<string, Called> = new Map(
  ALL.flatMap((surface) =>
    surface.paths.map((path) => [`/${path}`, { surface, route: `/${path}` }] as const),
  ),
);
/** Azure's own paths: they name what is called, slashes encoded or not. */
const DEPLOYMENTS = '/openai/deployments/';

/** Whose request it is, and what its head says for the call. */
interface Known {
  readonly configuration: Configuration;
  /** Of the key. */
  readonly hash: string;
  readonly key: Key;
  readonly hops: string;
  readonly told: ToldOfRequest;
}

export interface SurfaceRoutesOptions {
  readonly calls: GovernedCalls;
  readonly source: ConfigurationSource;
  readonly exchanges: HttpExchanges;
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

  /** Answers false, and has done nothing, where a request is no surface's. */
  take(request: ExchangeRequest, answerWith: AnswerWith): boolean {
    const called = request.method === 'POST' ? calledBy(request.url) : undefined;
    if (!called) return false;
    const exchange = this.options.exchanges.beginWith(request, answerWith, called.surface);
    void this.serve(called, exchange);
    return true;
  }

  /** Every way it can fail has an answer. */
  private async serve(called: Called, exchange: HttpExchange): Promise<void> {
    let memory: BodyMemory | undefined;
    try {
      const known = this.known(called, exchange);
      memory = new BodyMemory(this.options.settings, exchange.client, known.key.id);
      const read = memory.read(exchange.request);
      if (Buffer.isBuffer(read)) await this.handle(called, exchange, known, read);
      else {
        const body = await read;
        await this.handle(called, exchange, this.stillKnown(known), body);
      }
    } catch (error) {
      await exchange.fail(error);
    } finally {
      memory?.wasHandled();
    }
  }

  /** Whose request it is. Throws Refusal where it is nobody's, or the gateway stops. */
  private known(called: Called, exchange: HttpExchange): Known {
    const { exchanges, source, settings, clock, traces } = this.options;
    exchanges.refuseWhileStopping();
    const { headers } = exchange.request;
    const configuration = currentConfiguration(source);
    const { hash, key } = authenticate(headers, configuration, settings, clock.now());
    exchange.key = key;
    // Nobody's requests are told of to anybody.
    exchange.trace = traces.begin(headerOf(headers, 'traceparent'), exchange.requestId, called, key);
    const hops = hopsThrough(settings.gatewayId, headerOf(headers, HOPS_HEADER));
    const told = toldOfRequest(headers, configuration.workspaceOf(key.workspaceId)?.defaultMetadata);
    return { configuration, hash, key, hops, told };
  }

  private handle(
    { surface, named }: Called,
    exchange: HttpExchange,
    { configuration, key, hops, told }: Known,
    body: Buffer,
  ): Promise<void> {
    const { headers } = exchange.request;
    const { calls, clock, settings } = this.options;
    const receivedAt = clock.monotonicMs();
    exchange.trace?.received(receivedAt);
    const provider =
      headerOf(headers, 'x-gatehouse-provider') ??
      headerOf(headers, 'x-portkey-provider') ??
      headerOf(headers, 'x-portkey-virtual-key');
    return calls.handle({
      requestId: exchange.requestId,
      configuration,
      key,
      surface,
      ask: surface.parse(body),
      receivedAt,
      waitMs: settings.waitMsOf(headerOf(headers, 'x-gatehouse-wait-ms')),
      dropUnsupported: headerOf(headers, 'x-gatehouse-drop-unsupported') === 'true',
      forwardedHeaders: settings.forwardedHeadersOf(headers),
      told,
      hops,
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

/** Undefined for a path that no surface has, and for one that cannot be decoded. */
const calledBy = (url: string): Called | undefined => {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const known = BY_PATH.get(path);
  if (known || !(path.includes('%') || path.startsWith(DEPLOYMENTS))) return known;
  try {
    return BY_PATH.get(decodeURI(path)) ?? deploymentAt(decodeURIComponent(path));
  } catch {
    return undefined;
  }
};

const deploymentAt = (path: string): Called | undefined => {
  if (!path.startsWith(DEPLOYMENTS)) return undefined;
  const surface = ALL.find(({ deploymentPath: end }) => end !== undefined && path.endsWith(`/${end}`));
  const named = surface && path.slice(DEPLOYMENTS.length, -`/${surface.deploymentPath}`.length);
  return named ? { surface, named, route: `${DEPLOYMENTS}{alias}/${surface.deploymentPath}` } : undefined;
};
