import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Random, ServiceLog } from '@gatehouse/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Traffic } from '../../app/traffic';
import { UnderWay } from '../../app/under-way';
import { Refusal } from '../../domain/refusal';
import { COMMON_WORDS } from '../../domain/surfaces';
import type { CrossOrigin } from './cross-origin';
import type { AnswerWith, ExchangeRequest } from './exchange-ends';
import { HttpClientAnswer } from './http-client-answer';
import { type ExchangeWords, HttpExchange } from './http-exchange';
import type { RequestLog } from './request-log';

/** Begins exchanges, and knows how many have not ended. */
export class HttpExchanges {
  private stopping = false;
  private lettingGo = false;
  private readonly running = new UnderWay<HttpExchange>();

  constructor(
    private readonly random: Random,
    private readonly log: Pick<ServiceLog, 'error'>,
    private readonly crossOrigin: CrossOrigin,
    private readonly traffic: Traffic,
    private readonly requests: RequestLog,
    /** Milliseconds that a client has for what is left of an answer once it has ended. */
    private readonly takenWithinMs: number,
  ) {}

  /** Exchanges whose answer has not left. */
  get inFlight(): number {
    return this.running.size;
  }

  /** From Fastify: the reply is ours alone from now on. */
  begin(request: FastifyRequest, reply: FastifyReply, words: ExchangeWords = COMMON_WORDS): HttpExchange {
    reply.hijack();
    return this.beginRaw(request.raw, reply.raw, words);
  }

  /** As Node's server took it. */
  beginRaw(
    request: IncomingMessage,
    response: ServerResponse,
    words: ExchangeWords = COMMON_WORDS,
  ): HttpExchange {
    const crossOrigin = this.crossOrigin.answerHeaders(request.headers);
    return this.beginWith(requestOf(request), crossOrigin, answerOn(response), words);
  }

  /**
   * @param crossOrigin what browsers need on its answer.
   * @param words those of its surface.
   */
  beginWith(
    request: Pick<ExchangeRequest, 'method' | 'body'>,
    crossOrigin: Readonly<Record<string, string>>,
    answerWith: AnswerWith,
    words: ExchangeWords,
  ): HttpExchange {
    // Connections are not kept while the server stops.
    const headers = this.stopping || this.lettingGo ? { connection: 'close', ...crossOrigin } : crossOrigin;
    const exchange = new HttpExchange(request, answerWith, this.random, this.log, headers, words);
    this.running.add(exchange);
    const begunAt = this.requests.now();
    exchange.client.onOver = () => {
      this.running.remove(exchange);
      const { requestId, end, key } = exchange;
      const { status } = exchange.client;
      const asked = words.name ?? 'other';
      this.traffic.ended(asked, end, status);
      this.requests.ended({ requestId, asked, end, status, key, begunAt });
      exchange.trace?.over(end, status);
    };
    return exchange;
  }

  /** @param now monotonic milliseconds. */
  look(now: number): void {
    for (const exchange of this.running.now) exchange.look(now, this.takenWithinMs);
  }

  /** New requests on connections that are still open are refused from now on. */
  stop(): void {
    this.stopping = true;
  }

  /** Tells what of them is not told yet. */
  close(): void {
    this.requests.close();
  }

  /** Requests are served, and connections not kept, from now on. */
  letGo(): void {
    this.lettingGo = true;
  }

  refuseWhileStopping(): void {
    if (!this.stopping) return;
    throw new Refusal('shutting_down', 'The gateway is shutting down.', { retryAfterSeconds: 1 });
  }
}

export const requestOf = (request: IncomingMessage): ExchangeRequest => {
  const { 'content-length': length } = request.headers;
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    body: request,
    length: length === undefined ? undefined : Number(length),
  };
};

export const answerOn =
  (response: ServerResponse): AnswerWith =>
  (headers) =>
    new HttpClientAnswer(response, headers);
