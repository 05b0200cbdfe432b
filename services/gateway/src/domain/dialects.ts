import { isServed } from '@gatehouse/offering';
import { anthropic } from './dialects/anthropic';
import { azureOpenai } from './dialects/azure-openai';
import { bedrock } from './dialects/bedrock';
import type { Dialect, DialectName } from './dialects/dialect';
import { openai } from './dialects/openai';

/** Everything that providers can be called in. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  openai,
  'azure-openai': azureOpenai,
  anthropic,
  bedrock,
};

/** The dialect of a name; undefined where gateways do not speak it. */
export const dialectNamed = (name: string): Dialect | undefined =>
  isServed(name) ? DIALECTS[name] : undefined;
