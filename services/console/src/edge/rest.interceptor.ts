import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { randomUUID } from 'node:crypto';
import { ControlPlanes } from '../adapters/grpc/control-plane';
import { Callers } from '../session/callers';
import { digestOfBody } from '../rest/json-body';
import { RepeatedCreations } from '../rest/repeated-creations';
import { parsed } from '../rest/requests-in';
import { NOTHING, type Route } from '../rest/route';
import { ROUTE, setAsked } from '../rest/serves.decorator';

/** Between HTTP and a route's method: who asks, what is asked, and that the answer is what the route says. */
@Injectable()
export class RestInterceptor implements NestInterceptor {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(ControlPlanes) private readonly planes: ControlPlanes,
    @Inject(Callers) private readonly callers: Callers,
    @Inject(RepeatedCreations) private readonly creations: RepeatedCreations,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const served = this.reflector.get<Route | undefined>(ROUTE, context.getHandler());
    if (!served) return next.handle();
    return from(this.answer(served, context.switchToHttp().getRequest<FastifyRequest>(), next));
  }

  private async answer(served: Route, request: FastifyRequest, next: CallHandler): Promise<unknown> {
    const key = await this.callers.credentialOf(request.raw);
    const asked = {
      path: parsed(served.path, 'path', request.params),
      query: parsed(served.query, 'query', request.query),
      body: parsed(served.body, 'body', request.body),
      control: this.planes.as(key),
    };
    const handle = async (requestId: string): Promise<unknown> => {
      setAsked(request, { ...asked, requestId });
      try {
        return served.answer.parse(await lastValueFrom(next.handle()));
      } finally {
        // Whatever came of it: parts of what was refused may have been done.
        if (changes(served)) this.creations.forget();
      }
    };
    // What answers nothing makes nothing: to do it again is to do it again.
    if (served.method !== 'POST' || served.asks || served.answer === NOTHING) return handle(randomUUID());
    const creation = { key, url: request.url, body: digestOfBody(request) };
    return this.creations.once(creation, handle, () => this.callers.demandKnown(key));
  }
}

/** Whether it changes what is there: a POST beneath it does, as `…/{slug}/rotate`, and any other makes something beside it. */
const changes = ({ method, url, asks }: Route): boolean =>
  method === 'POST' ? !asks && /\}\/[^{}]+$/.test(url) : method !== 'GET';
