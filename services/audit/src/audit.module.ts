import type { ServiceDefinition } from '@gatehouse/grpc';
import { PlatformModule } from '@gatehouse/platform';
import { auditV1 } from '@gatehouse/proto-gen';
import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ProtoEventFields } from './adapters/events/proto-event-fields';
import { EventController } from './adapters/grpc/event.controller';
import { historyProjection } from './adapters/postgres/history.projection';
import { PostgresHistory } from './adapters/postgres/postgres-history';
import { EventFields, History } from './app/history.ports';
import { ListEventsHandler } from './app/list-events.handler';
import { ListHistoryHandler } from './app/list-history.handler';
import type { AuditConfig } from './audit.config';

/** What audit serves. */
export const AUDIT_SERVICES: Readonly<Record<string, ServiceDefinition>> = {
  'gatehouse.audit.v1.EventService': auditV1.EventServiceService,
};

@Module({})
export class AuditModule {
  static forConfig(config: AuditConfig): DynamicModule {
    return {
      module: AuditModule,
      imports: [
        CqrsModule.forRoot(),
        PlatformModule.forService({
          name: 'audit',
          config,
          projections: [historyProjection],
          accessSource: 'store',
        }),
      ],
      controllers: [EventController],
      providers: [
        ListEventsHandler,
        ListHistoryHandler,
        { provide: History, useClass: PostgresHistory },
        { provide: EventFields, useClass: ProtoEventFields },
      ],
    };
  }
}
