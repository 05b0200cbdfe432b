import { Clock } from '@gatehouse/kernel';
import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChatCompletions } from '../../app/chat-completions';
import { ConfigurationSource } from '../../app/gateway.ports';
import { parseChatRequest } from '../../domain/chat-request';
import type { Configuration } from '../../domain/configuration';
import { Refusal } from '../../domain/refusal';
import { callableModels } from '../../domain/resolve-model';
import { HttpExchanges } from './http-exchanges';
import type { HttpExchange } from './http-exchange';
import { HttpSettings } from './http-settings';
import { authenticate, headerOf, served } from './presented-key';
import { type ListedModel, modelNotFound } from './listed-model';
import { readBody } from './request-body';

/** The OpenAI surface. Answers are written on the raw response: the relay must not wait for a framework. */
@Controller()
export class OpenAiController {
  constructor(
    @Inject(ChatCompletions) private readonly chatCompletions: ChatCompletions,
    @Inject(ConfigurationSource) private readonly source: ConfigurationSource,
    @Inject(HttpExchanges) private readonly exchanges: HttpExchanges,
    @Inject(HttpSettings) private readonly settings: HttpSettings,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Post('v1/chat/completions')
  async chat(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const exchange = this.exchanges.begin(request, reply);
    await exchange.run(() => this.chatWith(exchange));
  }

  @Get('v1/models')
  async models(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const exchange = this.exchanges.begin(request, reply);
    await exchange.run(async () => {
      exchange.json(200, JSON.stringify({ object: 'list', data: this.modelsFor(exchange) }));
    });
  }

  /** The id has slashes of its own, which clients send as they are or encoded. */
  @Get('v1/models/*')
  async model(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const exchange = this.exchanges.begin(request, reply);
    await exchange.run(async () => {
      const models = this.modelsFor(exchange);
      const { '*': id } = request.params as { readonly '*': string };
      const model = models.find((one) => one.id === id);
      if (!model) throw modelNotFound();
      exchange.json(200, JSON.stringify(model));
    });
  }

  /** What the presented key may call now, as OpenAI tells of models. */
  private modelsFor(exchange: HttpExchange): readonly ListedModel[] {
    const configuration = this.configuration();
    const at = this.clock.now();
    const { key } = authenticate(exchange.request.headers, configuration, this.settings, at);
    return callableModels(configuration, key, at).map(({ id, provider }) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: provider,
    }));
  }

  private async chatWith(exchange: HttpExchange): Promise<void> {
    this.exchanges.refuseWhileStopping();
    const { headers } = exchange.request;
    const { hash } = authenticate(headers, this.configuration(), this.settings, this.clock.now());
    const body = await readBody(exchange.request, this.settings.bodyBytesMax);
    const provider =
      headerOf(headers, 'x-gatehouse-provider') ??
      headerOf(headers, 'x-portkey-provider') ??
      headerOf(headers, 'x-portkey-virtual-key');
    await this.chatCompletions.handle({
      requestId: exchange.requestId,
      // Looked at again: the key may have ended while the body came in.
      ...this.stillValid(hash),
      request: parseChatRequest(body),
      ...(provider !== undefined && { provider }),
      waitMs: this.settings.waitMsOf(headerOf(headers, 'x-gatehouse-wait-ms')),
      forwardedHeaders: this.settings.forwardedHeadersOf(headers),
      client: exchange.client,
      refuse: (refusal) => void exchange.refuse(refusal),
    });
  }

  private stillValid(hash: string) {
    const configuration = this.configuration();
    const key = configuration.keyOf(hash, this.clock.now());
    if (!key) throw new Refusal('invalid_api_key', 'The API key is not valid any more.');
    return { configuration, key: served(configuration, key) };
  }

  private configuration(): Configuration {
    const configuration = this.source.current();
    if (configuration) return configuration;
    throw new Refusal('limits_unavailable', 'The gateway has no configuration yet.', {
      retryAfterSeconds: 1,
    });
  }
}
