import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConfigurationSource } from '../../app/ports';
import { HttpExchanges } from './http-exchanges';

/** Ready once a configuration was loaded; the journal was opened before the server listens. */
@Controller()
export class HealthController {
  constructor(
    @Inject(ConfigurationSource) private readonly source: ConfigurationSource,
    @Inject(HttpExchanges) private readonly exchanges: HttpExchanges,
  ) {}

  @Get('healthz')
  health(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const ready = this.source.current() !== undefined;
    this.exchanges
      .begin(request, reply)
      .json(ready ? 200 : 503, JSON.stringify({ status: ready ? 'ok' : 'waiting for the configuration' }));
  }
}
