import type { LimitId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { AskSlices, SliceAnswer } from '../../domain/journal/slices';
import type { Closed, CloseLeases } from '../../domain/journal/close-leases';
import type { Reported, ReportLeases } from '../../domain/journal/report-leases';
import type { WantedLimits } from '../../domain/journal/waiting-line';
import type { WithdrawAsks } from '../../domain/journal/withdraw-asks';
import { Ledger } from '../lease/lease.ports';
import { NoticeBoard } from './notice-board';

/** All that a journal says at once. */
export interface Exchange {
  readonly closing: CloseLeases;
  readonly report: ReportLeases;
  readonly withdrawal: WithdrawAsks;
  readonly asks: readonly AskSlices[];
}

export interface Exchanged {
  readonly reported: Reported;
  /** In order of the asks. */
  readonly answers: readonly SliceAnswer[];
  readonly closed: Closed;
  /** Of what was reported or granted: limits for which somebody waits. */
  readonly wanted: WantedLimits;
}

export class ExchangeCommand extends Command<Exchanged> {
  constructor(readonly exchange: Exchange) {
    super();
  }
}

/**
 * Facts come before asks: the ledger carries out what it is told in order, and what is said in one turn of the event loop
 * in one transaction. Each part may be said again, so that an exchange that failed in the middle is simply repeated.
 */
@CommandHandler(ExchangeCommand)
export class ExchangeHandler implements ICommandHandler<ExchangeCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly board: NoticeBoard,
  ) {}

  async execute({ exchange: { closing, report, withdrawal, asks } }: ExchangeCommand): Promise<Exchanged> {
    const parts = Promise.all([
      this.ledger.carryOut(closing),
      this.ledger.carryOut(report),
      withdrawal.askIds.length > 0 ? this.ledger.carryOut(withdrawal) : undefined,
      ...asks.map((ask) => this.ledger.carryOut(ask)),
    ] as const);
    const [closed, reported, , ...answers] = await parts;
    return { closed, reported, answers, wanted: this.wantedOf(reported, answers) };
  }

  private wantedOf(reported: Reported, answers: readonly SliceAnswer[]): WantedLimits {
    const granted = answers.flatMap((answer) => (answer.kind === 'slices' ? answer.leases : []));
    const wanted = new Map<LimitId, bigint>();
    for (const limitId of [...reported.limitIds, ...granted.map(({ limit }) => limit.limitId)]) {
      const turn = this.board.wantedLimits.get(limitId);
      if (turn !== undefined) wanted.set(limitId, turn);
    }
    return wanted;
  }
}
