import 'reflect-metadata';
import { runService } from '@gatehouse/platform';
import { auditV1 } from '@gatehouse/proto-gen';
import { readAuditConfig } from './audit.config';
import { AuditModule } from './audit.module';

void runService({
  name: 'audit',
  readConfig: readAuditConfig,
  module: (config) => AuditModule.forConfig(config),
  services: { 'gatehouse.audit.v1.EventService': auditV1.EventServiceService },
});
