import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root';

const DOCUMENT = join(ROOT, 'docs', 'sdks.md');
const FENCE = /^```(js|py)\n([\s\S]*?)^```$/gm;
const IMPORT = /^(?:import .* from '([^']+)';|from (\w+) import )/gm;

/** A block of the document: a program that says what a model said. */
export interface SdkExample {
  readonly language: 'js' | 'py';
  readonly text: string;
  readonly packages: readonly string[];
}

export const SDK_EXAMPLES: readonly SdkExample[] = [...readFileSync(DOCUMENT, 'utf8').matchAll(FENCE)].map(
  ([, language, text = '']) => ({
    language: language as SdkExample['language'],
    text,
    packages: [...text.matchAll(IMPORT)].map(([, js, py]) => js ?? py ?? ''),
  }),
);
