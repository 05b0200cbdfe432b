import type { JournalId, ScopeKind } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { JournalNews } from '../../app/journal/journal.ports';
import type { ScopeAt } from '../../domain/limit/limit-in-force';

const CHANGED = `
  SELECT DISTINCT l.scope_kind, l.scope_id, s.revision
  FROM metering.held_lease l JOIN metering_limits.scope s USING (scope_kind, scope_id)
  WHERE l.journal_id = $1 AND l.status <> 'closed' AND s.revision > l.revision`;

export class PostgresJournalNews extends JournalNews {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async journal(id: JournalId): ReturnType<JournalNews['journal']> {
    const sql = 'SELECT incarnation FROM metering.journal WHERE journal_id = $1';
    const { rows } = await this.pool.query<{ incarnation: bigint }>(sql, [id]);
    return rows[0];
  }

  async changedScopes(id: JournalId): Promise<readonly ScopeAt[]> {
    const { rows } = await this.pool.query<{ scope_kind: ScopeKind; scope_id: string; revision: bigint }>(
      CHANGED,
      [id],
    );
    return rows.map(({ scope_kind, scope_id, revision }) => ({
      scope: { kind: scope_kind, id: scope_id },
      revision,
    }));
  }
}
