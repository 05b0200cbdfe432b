import type { Callee, Dialect } from './dialect';
import { openai } from './openai';

/** What an API version is called that no longer has a date; its requests name the deployment in their body. */
const UNDATED: ReadonlySet<string> = new Set(['v1', 'latest', 'preview']);

/** OpenAI's language with paths of Azure's own. Source: Azure OpenAI's REST reference, dated and v1. */
export const azureOpenai: Dialect = {
  ...openai,
  name: 'azure-openai',
  pathOf: (operation, callee) => pathOf(operation, callee),
};

const pathOf = (operation: string, { name, deployment }: Callee): string => {
  const version = deployment?.apiVersion ?? 'v1';
  if (version === 'preview') return `/v1${operation}?api-version=preview`;
  if (UNDATED.has(version)) return `/v1${operation}`;
  return `/deployments/${encodeURIComponent(name)}${operation}?api-version=${encodeURIComponent(version)}`;
};
