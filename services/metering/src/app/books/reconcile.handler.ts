import { Ids } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { BookException, Reconciliation } from '../../domain/books/reconciliation';
import { Books, type ReconcileScope } from './books.ports';

export class ReconcileQuery extends Query<Reconciliation> {
  constructor(readonly scope: ReconcileScope) {
    super();
  }
}

/** Differences are told, and never mended by it. Events are named as they are in the log. */
@QueryHandler(ReconcileQuery)
export class ReconcileHandler implements IQueryHandler<ReconcileQuery> {
  constructor(
    private readonly books: Books,
    private readonly ids: Ids,
  ) {}

  async execute({ scope }: ReconcileQuery): Promise<Reconciliation> {
    const found = await this.books.reconcile(scope);
    return { ...found, exceptions: found.exceptions.map((exception) => this.inTheLog(exception)) };
  }

  /** The ledger names a fact; what tells of it has an id that derives from that under the installation's secret. */
  private inTheLog(exception: BookException): BookException {
    const { eventId: fact } = exception;
    return fact === undefined ? exception : { ...exception, eventId: this.ids.eventId(fact) };
  }
}
