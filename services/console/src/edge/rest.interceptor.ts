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
import { AppError } from '@gatehouse/kernel';
import { ControlPlanes } from '../adapters/grpc/control-plane';
import { Callers } from '../session/callers';
import { digestOfBody } from '../rest/json-body';
import { RepeatedCreations } from '../rest/repeated-creations';
import { parsed } from '../rest/requests-in';
import { NOTHING, type Route } from '../rest/route';
import { ROUTE, setAsked } from '../rest/serves.decorator';
import { changes, kindOf } from './concerns';

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
    if (served.method === 'GET' || served.asks) return handle(randomUUID());
    const concern = { organization: await this.organizationOf(key), kind: kindOf(served) };
    const carryOut = async (requestId: string): Promise<unknown> => {
      try {
        return await handle(requestId);
      } finally {
        // Whatever came of it: parts of what was refused may have been done.
        if (changes(served)) this.creations.forget(concern);
      }
    };
    // What answers nothing makes nothing: to do it again is to do it again.
    if (served.method !== 'POST' || served.answer === NOTHING) return carryOut(randomUUID());
    const creation = { key, url: request.url, body: digestOfBody(request), concern };
    return this.creations.once(creation, carryOut, () => this.callers.demandKnown(key));
  }

  /** Undefined while nobody can say. UNAUTHENTICATED where it is nobody's: who is nobody has changed nothing. */
  private async organizationOf(key: string): Promise<string | undefined> {
    try {
      return await this.callers.organizationOf(key);
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAVAILABLE') return undefined;
      throw error;
    }
  }
}
