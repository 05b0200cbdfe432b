import type { ServiceLog } from '@gatehouse/platform';
import { Periodic } from '../periodic.process';
import type { Reratings } from './rerating.ports';

/** How often it looks whether there is something to be rated anew. */
const LOOK_MS = 1_000;

/** Goes on with what is rated anew, batch by batch, for as long as the service runs; what one process leaves another takes up. */
export class ReratingProcess extends Periodic {
  constructor(reratings: Reratings, log: Pick<ServiceLog, 'warn'>) {
    super(async (stopping) => {
      try {
        while (!stopping.aborted && (await reratings.carryOn()));
      } catch (error) {
        log.warn({ err: error }, 'records wait to be rated anew');
      }
    }, LOOK_MS);
  }
}
