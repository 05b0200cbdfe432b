import type { z } from 'zod';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import type { Route } from './route';

/** A request that fits its route, and the services as its caller may ask them. */
export interface Asked<R extends Route = Route> {
  readonly path: z.output<R['path']>;
  readonly query: z.output<R['query']>;
  readonly body: z.output<R['body']>;
  /** Of the commands that it comes to; a repeated creation has the one that it had before. */
  readonly requestId: string;
  readonly control: ControlPlane;
}
