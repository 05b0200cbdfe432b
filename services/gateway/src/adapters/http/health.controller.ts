import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Companions, ConfigurationSource, Ledger } from '../../app/gateway.ports';
import { HttpExchanges } from './http-exchanges';

/**
 * Healthy once a configuration was loaded; the journal was opened before the server listens. Ready when it can admit a
 * request as well, the ledger having opened the journal, and so can whoever else may be handed the next connection.
 */
@Controller()
export class HealthController {
  constructor(
    @Inject(ConfigurationSource) private readonly source: ConfigurationSource,
    @Inject(Ledger) private readonly ledger: Ledger,
    @Inject(Companions) private readonly companions: Companions,
    @Inject(HttpExchanges) private readonly exchanges: HttpExchanges,
  ) {}

  @Get('healthz')
  health(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.answer(request, reply, this.missing());
  }

  @Get('readyz')
  readiness(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.answer(request, reply, this.missing() ?? this.missingToAdmit());
  }

  private missing(): string | undefined {
    return this.source.current() ? undefined : 'the configuration';
  }

  private missingToAdmit(): string | undefined {
    if (!this.ledger.begun) return 'the ledger';
    return this.companions.ready ? undefined : 'another worker';
  }

  private answer(request: FastifyRequest, reply: FastifyReply, missing: string | undefined): void {
    const status = missing === undefined ? 'ok' : `waiting for ${missing}`;
    this.exchanges.begin(request, reply).json(missing === undefined ? 200 : 503, JSON.stringify({ status }));
  }
}
