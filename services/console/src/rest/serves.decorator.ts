import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Asked } from './asked';
import type { Route } from './route';

export const ROUTE = Symbol('route');
const ASKED = Symbol('asked');

interface Carrier {
  [ASKED]?: Asked;
}

/** Beside a method: the route that it answers. */
export const Serves = (served: Route): MethodDecorator =>
  applyDecorators(
    SetMetadata(ROUTE, served),
    RouteConfig({ served }),
    RequestMapping({ method: RequestMethod[served.method], path: served.url.replace(/\{(\w+)\}/g, ':$1') }),
    // Whatever it does: clients of this API expect nothing else.
    HttpCode(200),
  );

export const setAsked = (request: FastifyRequest, asked: Asked): void => {
  (request as Carrier)[ASKED] = asked;
};

/** The request, as its route has it. */
export const AskedOf = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Asked | undefined => {
    return (context.switchToHttp().getRequest<FastifyRequest>() as Carrier)[ASKED];
  },
);
