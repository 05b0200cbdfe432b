import { createHash } from 'node:crypto';
import { hashApiKey, toProtoKeyRole } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { freePort } from '@gatehouse/embedded-postgres';
import { testDatabase, type TestDatabase } from '@gatehouse/embedded-postgres/testing';
import type { JsonObject } from '@gatehouse/event-store';
import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import { createGrpcApp } from '@gatehouse/grpc';
import {
  type AccessScope,
  deriveEventId,
  deriveId,
  isWorkspaceRole,
  type KeyRole,
  type OrganizationId,
} from '@gatehouse/kernel';
import { eventsV1 } from '@gatehouse/proto-gen';
import type { INestMicroservice } from '@nestjs/common';
import { readAuditConfig } from '../audit.config';
import { AUDIT_SERVICES, AuditModule } from '../audit.module';

const MIGRATIONS = [
  'libs/event-store-postgres/migrations',
  'libs/bus-postgres/migrations',
  'services/audit/migrations',
];
const pepper = Buffer.alloc(32, 1);

/** The service as it runs, over a log of its own; provisioning, which writes it, is the spec's part. */
export class AuditBench {
  private constructor(
    private readonly database: TestDatabase,
    private readonly store: PostgresEventStore,
    private readonly app: INestMicroservice,
    readonly address: string,
  ) {}

  static async open(): Promise<AuditBench> {
    const database = await testDatabase({ migrations: MIGRATIONS });
    const store = PostgresEventStore.connect(database.urlAs('provisioning'));
    const listen = `127.0.0.1:${await freePort()}`;
    const config = readAuditConfig({
      GATEHOUSE_GRPC_LISTEN: listen,
      GATEHOUSE_LOG_LEVEL: 'error',
      GATEHOUSE_DATABASE_URL: database.urlAs('audit'),
      GATEHOUSE_KEY_PEPPER: pepper.toString('base64'),
      GATEHOUSE_SERVICE_TOKEN_HASHES: `audit=${createHash('sha256').update('audit-token').digest('hex')}`,
    });
    const options = { listen, services: AUDIT_SERVICES };
    const { app, serve } = await createGrpcApp(AuditModule.forConfig(config), options);
    await serve();
    return new AuditBench(database, store, app, listen);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.store.close();
    await this.database.drop();
  }

  /** Of a key that was issued. */
  static secretOf(name: string): string {
    return keyNamed(pepper, name);
  }

  /** Once for each type of a stream, where it is not said which time it is. */
  append(organization: OrganizationId, stream: string, type: string, data: JsonObject, time = '') {
    const requestId = `${stream}-${type}${time}`;
    const metadata = {
      organizationId: organization,
      actor: { kind: 'operator', id: 'operator', address: '' },
      reason: `why ${type}`,
      requestId,
      command: 'Test',
      correlationId: requestId,
      causationId: '',
    } as const;
    const event = { id: deriveEventId(stream, `${type}${time}`), type, version: 1, data, metadata };
    return this.store.append(stream, [event], 'any');
  }

  issueKey(
    organization: OrganizationId,
    name: string,
    role: KeyRole = 'admin',
    scopes: readonly AccessScope[] = [],
  ) {
    const issued = eventsV1.ApiKeyIssued.fromPartial({
      apiKeyId: deriveId('key', name),
      organizationId: organization,
      workspaceId: isWorkspaceRole(role) ? deriveId('ws', 'own') : '',
      name,
      role: toProtoKeyRole(role),
      scopes: [...scopes],
      hash: hashApiKey(pepper, AuditBench.secretOf(name)),
    });
    const data = eventsV1.ApiKeyIssued.toJSON(issued) as JsonObject;
    return this.append(organization, `apikey-${issued.apiKeyId}`, 'ApiKeyIssued', data);
  }
}
