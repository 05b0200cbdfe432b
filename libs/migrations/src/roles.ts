import { databaseRoleOf, factsOf, SERVICE_NAMES, type ServiceName } from '@gatehouse/topology';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { withOwner } from './owner';

/** Every group role that the migrations make. */
const GROUP_ROLES: readonly string[] = [
  'gatehouse_event_store_user',
  'gatehouse_event_store_reader',
  'gatehouse_bus_user',
  'gatehouse_bus_producer',
];

/** Which of them a service is a member of. */
const membershipsOf = (service: ServiceName): readonly string[] => {
  const { log, consumes, publishes } = factsOf(service);
  const onTheLog = {
    append: ['gatehouse_event_store_user'],
    read: ['gatehouse_event_store_reader'],
    none: [],
  };
  const onTheBus =
    consumes.length > 0 ? ['gatehouse_bus_user'] : publishes.length > 0 ? ['gatehouse_bus_producer'] : [];
  return [...onTheLog[log], ...onTheBus];
};

/** A process that hangs in the middle of a transaction keeps others waiting for no longer than this. */
const IDLE_IN_TRANSACTION = '60s';

/** Makes the login roles, or gives existing ones these passwords. To run before the migrations, which grant to them. */
export const ensureLoginRoles = (
  url: string,
  passwords: Readonly<Record<ServiceName, string>>,
): Promise<void> =>
  withOwner(url, async (client) => {
    for (const service of SERVICE_NAMES) {
      const role = escapeIdentifier(databaseRoleOf(service));
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [
        databaseRoleOf(service),
      ]);
      const verb = rowCount ? 'ALTER' : 'CREATE';
      await client.query(
        `${verb} ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${escapeLiteral(passwords[service])}`,
      );
      await client.query(
        `ALTER ROLE ${role} SET idle_in_transaction_session_timeout = ${escapeLiteral(IDLE_IN_TRANSACTION)}`,
      );
    }
  });

/**
 * Puts each login role into its group roles, and takes it out of the others, in which an earlier release may have put
 * it. Group roles that no migration has made are passed over.
 */
export const grantMemberships = (url: string): Promise<void> =>
  withOwner(url, async (client) => {
    for (const service of SERVICE_NAMES) {
      const role = databaseRoleOf(service);
      const { rows } = await client.query<{ rolname: string; wanted: boolean }>(
        `SELECT rolname, rolname = ANY ($1) AS wanted FROM pg_roles r WHERE rolname = ANY ($2)
           AND (rolname = ANY ($1)) <>
             EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = r.oid AND m.member = $3::regrole)`,
        [membershipsOf(service), GROUP_ROLES, role],
      );
      for (const { rolname, wanted } of rows) {
        const [verb, preposition] = wanted ? ['GRANT', 'TO'] : ['REVOKE', 'FROM'];
        await client.query(`${verb} ${escapeIdentifier(rolname)} ${preposition} ${escapeIdentifier(role)}`);
      }
    }
  });

/**
 * Lets the services that keep projections make schemas for them in this database. A database made from a template does
 * not inherit this, so it is no migration.
 */
export const grantSchemaCreation = (url: string): Promise<void> =>
  withOwner(url, async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const database = escapeIdentifier(rows[0]?.name ?? '');
    const roles = SERVICE_NAMES.filter((service) => factsOf(service).plane === 'control')
      .map(databaseRoleOf)
      .map(escapeIdentifier);
    await client.query(`GRANT CREATE ON DATABASE ${database} TO ${roles.join(', ')}`);
  });
