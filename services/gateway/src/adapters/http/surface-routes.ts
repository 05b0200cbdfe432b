import type { Clock } from '@gatehouse/kernel';
import type { ConfigurationSource } from '../../app/gateway.ports';
import type { GovernedCalls } from '../../app/governed-call';
import type { Traces } from '../../app/traces.ports';
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

/** A request of a key that may be served, with its body. */
interface Received {
  readonly body: Buffer;
  /** Of the key. */
  readonly hash: string;
  readonly hops: string;
  readonly told: ToldOfRequest;
  readonly named: string | undefined;
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
    void exchange.run(() => this.callOn(called, exchange));
    return true;
  }

  private async callOn(called: Called, exchange: HttpExchange): Promise<void> {
    const { surface, named } = called;
    this.options.exchanges.refuseWhileStopping();
    const { headers } = exchange.request;
    const configuration = currentConfiguration(this.options.source);
    const { hash, key } = authenticate(
      headers,
      configuration,
      this.options.settings,
      this.options.clock.now(),
    );
    exchange.key = key;
    // Nobody's requests are told of to anybody.
    exchange.trace = this.options.traces.begin(
      headerOf(headers, 'traceparent'),
      exchange.requestId,
      called,
      key,
    );
    const hops = hopsThrough(this.options.settings.gatewayId, headerOf(headers, HOPS_HEADER));
    const told = toldOfRequest(headers, configuration.workspaceOf(key.workspaceId)?.defaultMetadata);
    const memory = new BodyMemory(this.options.settings, exchange.client, key.id);
    try {
      const body = await memory.read(exchange.request);
      await this.handle(surface, exchange, { body, hash, hops, told, named });
    } finally {
      memory.wasHandled();
    }
  }

  private handle(
    surface: Surface,
    exchange: HttpExchange,
    { body, hash, hops, told, named }: Received,
  ): Promise<void> {
    const { headers } = exchange.request;
    const receivedAt = this.options.clock.monotonicMs();
    exchange.trace?.received(receivedAt);
    const provider =
      headerOf(headers, 'x-gatehouse-provider') ??
      headerOf(headers, 'x-portkey-provider') ??
      headerOf(headers, 'x-portkey-virtual-key');
    // Looked at again: the key may have ended while the body came in.
    const valid = this.stillValid(hash);
    return this.options.calls.handle({
      requestId: exchange.requestId,
      configuration: valid.configuration,
      key: valid.key,
      surface,
      ask: surface.parse(body),
      receivedAt,
      waitMs: this.options.settings.waitMsOf(headerOf(headers, 'x-gatehouse-wait-ms')),
      dropUnsupported: headerOf(headers, 'x-gatehouse-drop-unsupported') === 'true',
      forwardedHeaders: this.options.settings.forwardedHeadersOf(headers),
      told,
      hops,
      client: exchange.client,
      trace: exchange.trace,
      refuse: (refusal) => void exchange.refuse(refusal),
      ...(named !== undefined && { named }),
      ...(provider !== undefined && { provider }),
    });
  }

  private stillValid(hash: string) {
    const configuration = currentConfiguration(this.options.source);
    const key = configuration.keyOf(hash, this.options.clock.now());
    if (!key) throw new Refusal('invalid_api_key', 'The API key is not valid any more.');
    return { configuration, key: served(configuration, key) };
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
