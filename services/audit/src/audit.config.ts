import { commonFields, readConfig } from '@gatehouse/config';

/** Audit needs what every service needs, and nothing more. */
export const readAuditConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(commonFields, env);
export type AuditConfig = ReturnType<typeof readAuditConfig>;
