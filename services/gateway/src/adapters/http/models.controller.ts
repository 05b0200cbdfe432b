import { Clock } from '@gatehouse/kernel';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfigurationSource } from '../../app/gateway.ports';
import { callableModels } from '../../domain/resolve-model';
import { currentConfiguration } from './current-configuration';
import type { HttpExchange } from './http-exchange';
import { HttpExchanges } from './http-exchanges';
import { HttpSettings } from './http-settings';
import { type ListedModel, modelNotFound, modelsWordsFor } from './listed-model';
import { authenticate, presentedIn } from './presented-key';

/** What the presented key may call. */
@Controller()
export class ModelsController {
  constructor(
    @Inject(ConfigurationSource) private readonly source: ConfigurationSource,
    @Inject(HttpExchanges) private readonly exchanges: HttpExchanges,
    @Inject(HttpSettings) private readonly settings: HttpSettings,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get(['v1/models', 'openai/v1/models', 'openai/models'])
  async models(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { words, list } = modelsWordsFor(request.headers);
    const exchange = this.exchanges.begin(request, reply, words);
    await exchange.run(async () => {
      exchange.json(200, JSON.stringify(list(this.modelsFor(request, exchange))));
    });
  }

  /** The id has slashes of its own, which clients send as they are or encoded. */
  @Get(['v1/models/*', 'openai/v1/models/*', 'openai/models/*'])
  async model(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { words, one } = modelsWordsFor(request.headers);
    const exchange = this.exchanges.begin(request, reply, words);
    await exchange.run(async () => {
      const { '*': id } = request.params as { readonly '*': string };
      const model = this.modelsFor(request, exchange).find((listed) => listed.id === id);
      if (!model) throw modelNotFound();
      exchange.json(200, JSON.stringify(one(model)));
    });
  }

  private modelsFor({ headers }: FastifyRequest, exchange: HttpExchange): readonly ListedModel[] {
    const configuration = currentConfiguration(this.source);
    const at = this.clock.now();
    const { key } = authenticate(presentedIn(headers, this.settings), configuration, at);
    exchange.key = key;
    return callableModels(configuration, key, at);
  }
}
