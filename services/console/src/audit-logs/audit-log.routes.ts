import { route } from '../rest/route';
import { auditLogAnswer, auditLogQuery } from './audit-log.schema';

export const listAuditLogs = route({
  method: 'GET',
  url: '/v1/audit-logs',
  summary: 'What was done in the organization, the newest first',
  query: auditLogQuery,
  answer: auditLogAnswer,
});

export const AUDIT_LOG_ROUTES = [listAuditLogs];
