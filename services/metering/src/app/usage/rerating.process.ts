import type { ServiceLog } from '@gatehouse/platform';
import { Periodic } from '../periodic.process';
import type { Reratings } from './rerating.ports';

/** How often it looks whether there is something to be rated anew. */
const LOOK_MS = 1_000;

/** Goes on with what is rated anew, batch by batch, for as long as the service runs; what one process leaves another takes up. */
export class ReratingProcess {
  private stopped = false;
  private readonly looks = new Periodic(() => this.look(), LOOK_MS);

  constructor(
    private readonly reratings: Reratings,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {}

  start(): void {
    this.looks.start();
  }

  /** Ends once a batch that is under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.looks.stop();
  }

  private async look(): Promise<void> {
    try {
      while (!this.stopped && (await this.reratings.carryOn()));
    } catch (error) {
      this.log.warn({ err: error }, 'records wait to be rated anew');
    }
  }
}
