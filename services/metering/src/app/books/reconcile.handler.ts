import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Reconciliation } from '../../domain/books/reconciliation';
import { Books, type ReconcileScope } from './books.ports';

export class ReconcileQuery extends Query<Reconciliation> {
  constructor(readonly scope: ReconcileScope) {
    super();
  }
}

/** Differences are told, and never mended by it. */
@QueryHandler(ReconcileQuery)
export class ReconcileHandler implements IQueryHandler<ReconcileQuery> {
  constructor(private readonly books: Books) {}

  execute({ scope }: ReconcileQuery): Promise<Reconciliation> {
    return this.books.reconcile(scope);
  }
}
