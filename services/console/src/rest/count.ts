import { z } from 'zod';

/** A whole number of the gRPC APIs, in an answer. It may be beyond those that JSON says to the unit: then the nearest is said. */
export const count = z.number().meta({ type: 'integer' });
