import 'reflect-metadata';
import { runService } from '@gatehouse/platform';
import { readAuditConfig } from './audit.config';
import { AUDIT_SERVICES, AuditModule } from './audit.module';

void runService({
  name: 'audit',
  readConfig: readAuditConfig,
  module: (config) => AuditModule.forConfig(config),
  services: AUDIT_SERVICES,
});
