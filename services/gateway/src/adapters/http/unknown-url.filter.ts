import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { printable, Refusal } from '../../domain/refusal';
import { HttpExchanges } from './http-exchanges';

/** What no route takes, in OpenAI's envelope. Routes themselves do not throw. */
@Catch()
export class UnknownUrlFilter implements ExceptionFilter {
  constructor(@Inject(HttpExchanges) private readonly exchanges: HttpExchanges) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const exchange = this.exchanges.begin(request, http.getResponse<FastifyReply>());
    void exchange.run(() => {
      if (error instanceof HttpException) throw unknownUrl(request.method, request.url);
      throw error;
    });
  }
}

export const unknownUrl = (method: string, url: string): Refusal => {
  const path = printable(url.split('?')[0] ?? '', 256);
  return new Refusal('unknown_url', `Unknown request URL: ${method} ${path}.`);
};
