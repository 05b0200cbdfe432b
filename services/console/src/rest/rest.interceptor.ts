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
import { digestOfBody } from './json-body';
import { RepeatedCreations } from './repeated-creations';
import { parsed } from './requests-in';
import { NOTHING, type Route } from './route';
import { ROUTE, setAsked } from './serves.decorator';

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
      return served.answer.parse(await lastValueFrom(next.handle()));
    };
    // What answers nothing makes nothing: to do it again is to do it again.
    if (served.method === 'POST' && !served.asks && served.answer !== NOTHING)
      return this.creations.once({ key, url: request.url, body: digestOfBody(request) }, handle);
    const answer = await handle(randomUUID());
    if (served.method === 'DELETE') this.creations.forget({ key, url: request.url });
    return answer;
  }
}
