import type { LedgerAnswers, LedgerCommand } from './ledger-book';

/**
 * The ledger. Each command is carried out all or nothing, as if it were alone, and is durable when answered. Errors
 * beside those of the decisions: UNAVAILABLE (`LEDGER_BUSY`, `DATABASE_UNAVAILABLE`), where the outcome is unknown: say it again with the same ids.
 */
export abstract class Ledger {
  abstract carryOut<Command extends LedgerCommand>(command: Command): Promise<LedgerAnswers[Command['type']]>;
  /** Quarantines leases whose deadline has passed in silence; answers how many. */
  abstract quarantineSilent(): Promise<number>;
}
