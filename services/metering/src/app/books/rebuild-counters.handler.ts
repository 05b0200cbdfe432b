import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Books, type Days } from './books.ports';

export class RebuildCountersCommand extends Command<number> {
  constructor(readonly days: Days) {
    super();
  }
}

/** Answers how many counters were wrong. */
@CommandHandler(RebuildCountersCommand)
export class RebuildCountersHandler implements ICommandHandler<RebuildCountersCommand> {
  constructor(private readonly books: Books) {}

  execute({ days }: RebuildCountersCommand): Promise<number> {
    return this.books.rebuildCounters(days);
  }
}
