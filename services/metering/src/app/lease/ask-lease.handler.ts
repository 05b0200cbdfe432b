import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, Clock } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AskLease, SCOPE_NOT_SEEN } from '../../domain/lease/ask-lease';
import type { AskOutcome } from '../../domain/lease/ask-outcome';
import { Ledger } from './lease.ports';

export class AskLeaseCommand extends Command<AskOutcome> {
  constructor(readonly ask: AskLease) {
    super();
  }
}

/** How long an ask waits for limits that are on their way here. */
const PATIENCE_MS = 300;
const LOOK_EVERY_MS = 20;

/** UNAVAILABLE `SCOPE_NOT_SEEN` where the limits that the ask was made under do not arrive in time. */
@CommandHandler(AskLeaseCommand)
export class AskLeaseHandler implements ICommandHandler<AskLeaseCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
  ) {}

  async execute({ ask }: AskLeaseCommand): Promise<AskOutcome> {
    const until = this.clock.monotonicMs() + PATIENCE_MS;
    for (;;) {
      const outcome = await this.ledger.carryOut(ask);
      if (outcome !== SCOPE_NOT_SEEN) return outcome;
      if (this.clock.monotonicMs() >= until) throw new AppError('UNAVAILABLE', 'SCOPE_NOT_SEEN');
      await sleep(LOOK_EVERY_MS);
    }
  }
}
