import { z } from 'zod';
import { pageQuery } from '../rest/paging';

const time = z.iso.datetime({ offset: true });

/** What events do not say: whoever looks for it is told so, and not shown what was never looked through. */
const notKept = z.literal('').optional();

export const auditLogQuery = z.object({
  ...pageQuery,
  page_size: z.coerce.number().int().min(1).max(100).optional(),
  pageSize: z.coerce.number().int().min(1).max(100).optional(),
  start_time: time.meta({ description: 'Inclusive.' }),
  end_time: time.meta({ description: 'Exclusive.' }),
  organisation_id: z
    .string()
    .optional()
    .meta({ description: "Not read: it is the caller's, whatever is said." }),
  user_id: z.string().optional().meta({ description: 'Id of the key, invite or service that did it.' }),
  request_id: z.string().optional(),
  action: z
    .string()
    .optional()
    .meta({ description: 'The type of an event, for example `WorkspaceCreated`.' }),
  method: notKept,
  uri: notKept,
  user_type: notKept,
  workspace_id: notKept,
  response_status_code: notKept,
  resource_type: notKept,
  client_ip: notKept,
  country: notKept,
});

export const auditLogAnswer = z.object({
  object: z.literal('analytics-graph'),
  total: z.int(),
  records: z.array(
    z.object({
      id: z.string(),
      timestamp: z.string().nullable(),
      action: z.string().meta({ description: 'The type of the event.' }),
      resource_type: z.string(),
      resource_id: z.string(),
      user_id: z.string(),
      user_type: z.enum(['api-key', 'service', 'operator', 'invite']).nullable(),
      client_ip: z
        .string()
        .nullable()
        .meta({ description: 'As the service saw it: of what was asked here, that of the console.' }),
      request_id: z.string(),
      reason: z.string().nullable(),
      method: z.null().meta({ description: 'Events are of what was done, however it was asked for.' }),
      uri: z.null(),
      response_status_code: z.null(),
      country: z.null(),
      workspace_id: z.null(),
      organisation_id: z.null(),
    }),
  ),
});

export type AuditLogRecord = z.output<typeof auditLogAnswer>['records'][number];
