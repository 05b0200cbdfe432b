import type { MemberId, OrganizationId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { People } from '../../app/roster/roster.ports';
import { ROSTER_SCHEMA } from './roster.projection';

/** Days that are given before somebody is erased of whom nothing more is heard. */
const EXPIRED_DAYS = 30;
const UNINVITED_DAYS = 1;

/** Keeps names and addresses in `provisioning.person`. */
@Injectable()
export class PostgresPeople extends People {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async note(organizationId: OrganizationId, id: MemberId, email: string): Promise<void> {
    await this.pool.query(
      `INSERT INTO provisioning.person (id, organization_id, email) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [id, organizationId, email],
    );
  }

  async call(organizationId: OrganizationId, id: MemberId, name: string): Promise<void> {
    await this.pool.query('UPDATE provisioning.person SET name = $3 WHERE id = $1 AND organization_id = $2', [
      id,
      organizationId,
      name,
    ]);
  }

  async erase(organizationId: OrganizationId, id: MemberId): Promise<void> {
    await this.pool.query('DELETE FROM provisioning.person WHERE id = $1 AND organization_id = $2', [
      id,
      organizationId,
    ]);
  }

  async eraseEnded(now: Date): Promise<void> {
    await this.pool.query(
      `DELETE FROM provisioning.person p WHERE
         EXISTS (SELECT FROM ${ROSTER_SCHEMA}.member m WHERE m.id = p.id AND m.removed)
         OR EXISTS (
           SELECT FROM ${ROSTER_SCHEMA}.invite i WHERE i.person_id = p.id AND (
             i.status = 'cancelled'
             OR i.status = 'pending' AND i.expires_at < $1::timestamptz - make_interval(days => $2)))
         OR p.noted_at < $1::timestamptz - make_interval(days => $3)
           AND NOT EXISTS (SELECT FROM ${ROSTER_SCHEMA}.invite i WHERE i.person_id = p.id)`,
      [now, EXPIRED_DAYS, UNINVITED_DAYS],
    );
  }
}
