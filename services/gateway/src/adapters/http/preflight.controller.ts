import { Controller, Inject, Options, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CrossOrigin } from './cross-origin';
import { HttpExchanges } from './http-exchanges';
import { unknownUrl } from './unknown-url.filter';

/** What browsers ask before a page may call: by no key, and about any path. */
@Controller()
export class PreflightController {
  constructor(
    @Inject(HttpExchanges) private readonly exchanges: HttpExchanges,
    @Inject(CrossOrigin) private readonly crossOrigin: CrossOrigin,
  ) {}

  @Options('*')
  async preflight(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const exchange = this.exchanges.begin(request, reply);
    await exchange.run(async () => {
      const headers = this.crossOrigin.preflightHeaders(request.headers);
      if (!headers) throw unknownUrl(request.method, request.url);
      exchange.client.start(204, headers);
      exchange.client.end();
    });
  }
}
