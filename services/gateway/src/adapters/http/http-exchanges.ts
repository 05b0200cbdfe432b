import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Random, ServiceLog } from '@gatehouse/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Traffic } from '../../app/traffic';
import { Refusal } from '../../domain/refusal';
import { COMMON_WORDS } from '../../domain/surfaces';
import type { CrossOrigin } from './cross-origin';
import { type ExchangeWords, HttpExchange } from './http-exchange';

/** Begins exchanges, and knows how many have not ended. */
export class HttpExchanges {
  private stopping = false;
  private running = 0;

  constructor(
    private readonly random: Random,
    private readonly log: Pick<ServiceLog, 'error'>,
    private readonly crossOrigin: CrossOrigin,
    private readonly traffic: Traffic,
  ) {}

  /** Exchanges whose answer has not ended. */
  get inFlight(): number {
    return this.running;
  }

  /** From Fastify: the reply is ours alone from now on. */
  begin(request: FastifyRequest, reply: FastifyReply, words: ExchangeWords = COMMON_WORDS): HttpExchange {
    reply.hijack();
    return this.beginRaw(request.raw, reply.raw, words);
  }

  /** @param words those of its surface. */
  beginRaw(
    request: IncomingMessage,
    response: ServerResponse,
    words: ExchangeWords = COMMON_WORDS,
  ): HttpExchange {
    this.running++;
    const headers = {
      ...this.crossOrigin.answerHeaders(request.headers),
      // Connections are not kept while the server stops.
      ...(this.stopping && { connection: 'close' }),
    };
    const exchange = new HttpExchange(request, response, this.random, this.log, headers, words);
    response.once('close', () => {
      this.running--;
      this.traffic.ended(words.name ?? 'other', exchange.end, response.headersSent ? response.statusCode : 0);
    });
    return exchange;
  }

  /** New requests on connections that are still open are refused from now on. */
  stop(): void {
    this.stopping = true;
  }

  refuseWhileStopping(): void {
    if (!this.stopping) return;
    throw new Refusal('shutting_down', 'The gateway is shutting down.', { retryAfterSeconds: 1 });
  }
}
