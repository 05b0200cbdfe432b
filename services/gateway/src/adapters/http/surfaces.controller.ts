import { Clock } from '@gatehouse/kernel';
import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfigurationSource } from '../../app/gateway.ports';
import { GovernedCalls } from '../../app/governed-call';
import { Refusal } from '../../domain/refusal';
import { SURFACES } from '../../domain/surfaces';
import type { Surface } from '../../domain/surfaces/surface';
import { currentConfiguration } from './current-configuration';
import { HOPS_HEADER, hopsThrough } from './hops';
import type { HttpExchange } from './http-exchange';
import { HttpExchanges } from './http-exchanges';
import { HttpSettings } from './http-settings';
import { authenticate, headerOf, served } from './presented-key';
import { toldOfRequest } from './told-of-request';
import { readBody } from './request-body';
import { unknownUrl } from './unknown-url.filter';

const ALL: readonly Surface[] = Object.values(SURFACES);
const BY_PATH: ReadonlyMap<string, Surface> = new Map(
  ALL.flatMap((surface) => surface.paths.map((path) => [`/${path}`, surface] as const)),
);
/** Azure's own paths: they name what is called, slashes encoded or not. */
const DEPLOYMENTS = 'openai/deployments/';

/** Every surface that clients post to. Answers are written on the raw response: the relay must not wait for a framework. */
@Controller()
export class SurfacesController {
  constructor(
    @Inject(GovernedCalls) private readonly calls: GovernedCalls,
    @Inject(ConfigurationSource) private readonly source: ConfigurationSource,
    @Inject(HttpExchanges) private readonly exchanges: HttpExchanges,
    @Inject(HttpSettings) private readonly settings: HttpSettings,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Post([...BY_PATH.keys()])
  async call(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const surface = BY_PATH.get(request.routeOptions.url ?? '');
    if (!surface) throw unknownUrl(request.method, request.url);
    const exchange = this.exchanges.begin(request, reply, surface);
    await exchange.run(() => this.callOn(surface, exchange));
  }

  @Post(`${DEPLOYMENTS}*`)
  async callDeployment(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { '*': path } = request.params as { readonly '*': string };
    const surface = ALL.find(({ deploymentPath: end }) => end !== undefined && path.endsWith(`/${end}`));
    const exchange = this.exchanges.begin(request, reply, surface);
    await exchange.run(async () => {
      const named = surface && path.slice(0, -`/${surface.deploymentPath}`.length);
      if (!surface || !named) throw unknownUrl(request.method, request.url);
      await this.callOn(surface, exchange, named);
    });
  }

  /** @param named what the path says is called. */
  private async callOn(surface: Surface, exchange: HttpExchange, named?: string): Promise<void> {
    this.exchanges.refuseWhileStopping();
    const { headers } = exchange.request;
    const configuration = currentConfiguration(this.source);
    const { hash, key } = authenticate(headers, configuration, this.settings, this.clock.now());
    const hops = hopsThrough(this.settings.gatewayId, headerOf(headers, HOPS_HEADER));
    const told = toldOfRequest(headers, configuration.workspaceOf(key.workspaceId)?.defaultMetadata);
    const body = await this.bodyOf(exchange, key.id);
    const provider =
      headerOf(headers, 'x-gatehouse-provider') ??
      headerOf(headers, 'x-portkey-provider') ??
      headerOf(headers, 'x-portkey-virtual-key');
    await this.calls.handle({
      requestId: exchange.requestId,
      // Looked at again: the key may have ended while the body came in.
      ...this.stillValid(hash),
      surface,
      ask: surface.parse(body),
      ...(named !== undefined && { named }),
      ...(provider !== undefined && { provider }),
      waitMs: this.settings.waitMsOf(headerOf(headers, 'x-gatehouse-wait-ms')),
      dropUnsupported: headerOf(headers, 'x-gatehouse-drop-unsupported') === 'true',
      forwardedHeaders: this.settings.forwardedHeadersOf(headers),
      told,
      hops,
      client: exchange.client,
      refuse: (refusal) => void exchange.refuse(refusal),
    });
  }

  /** What it takes of memory is given back when the exchange is over. */
  private bodyOf(exchange: HttpExchange, keyId: string): Promise<Buffer> {
    const { bodies, bodyBytesMax, bodyDeadlineMs } = this.settings;
    let taken = 0;
    exchange.onOver(() => bodies.giveBack(keyId, taken));
    return readBody(exchange.request, {
      bytesMax: bodyBytesMax,
      deadlineMs: bodyDeadlineMs,
      take: (bytes) => {
        const fits = bodies.take(keyId, bytes);
        if (fits) taken += bytes;
        return fits;
      },
    });
  }

  private stillValid(hash: string) {
    const configuration = currentConfiguration(this.source);
    const key = configuration.keyOf(hash, this.clock.now());
    if (!key) throw new Refusal('invalid_api_key', 'The API key is not valid any more.');
    return { configuration, key: served(configuration, key) };
  }
}
