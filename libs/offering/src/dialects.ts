/** The dialects that gateways speak. */
export const SERVED_DIALECTS = ['openai', 'azure-openai', 'anthropic', 'bedrock'] as const;
export type ServedDialect = (typeof SERVED_DIALECTS)[number];

/** Whether gateways serve what speaks this dialect. */
export const isServed = (dialect: string): dialect is ServedDialect =>
  SERVED_DIALECTS.some((served) => served === dialect);

/** Whether models of what speaks this dialect are called by the aliases of their deployments. */
export const callsDeployments = (dialect: string): boolean => dialect === 'azure-openai';
