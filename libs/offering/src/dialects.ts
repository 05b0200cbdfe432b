/** The dialects whose answers gateways can read. */
const SERVED: ReadonlySet<string> = new Set(['openai', 'azure-openai', 'anthropic', 'bedrock']);

/** Whether gateways serve what speaks this dialect. */
export const isServed = (dialect: string): boolean => SERVED.has(dialect);

/** Whether models of what speaks this dialect are called by the aliases of their deployments. */
export const callsDeployments = (dialect: string): boolean => dialect === 'azure-openai';
