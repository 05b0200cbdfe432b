import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FILE = join(__dirname, 'data/model-facts.json');
const MAKER = pathToFileURL(join(__dirname, '../../bin/model-facts.mjs')).href;

/** What the maker of the file says of a source, in a process that can import it. */
const made = (script: string): string =>
  execFileSync(
    process.execPath,
    ['--input-type=module', '-e', `import * as maker from '${MAKER}';${script}`],
    {
      encoding: 'utf8',
    },
  );

describe('the data file of models', () => {
  test('names the source that its maker reads, and is spelt as its maker spells it', () => {
    const text = readFileSync(FILE, 'utf8');
    const { source, providers } = JSON.parse(text) as { source: unknown; providers: Record<string, object> };
    expect(source).toEqual(JSON.parse(made('console.log(JSON.stringify(maker.SOURCE))')));
    const lines = Object.entries(providers).map(([name, models]) => {
      const facts = Object.entries(models).map(
        ([id, one]) => `    ${JSON.stringify(id)}: ${JSON.stringify(one)}`,
      );
      return `  ${JSON.stringify(name)}: {\n${facts.join(',\n')}\n  }`;
    });
    expect(text).toBe(
      `{\n"source": ${JSON.stringify(source)},\n"providers": {\n${lines.join(',\n')}\n}\n}\n`,
    );
  });

  test('has of a model what its maker takes from the source', () => {
    const model = {
      id: 'small',
      type: 'chat',
      input: ['text', 'image'],
      reasoning: true,
      contextWindow: 1_000,
      maxTokens: 2_000,
    };
    const file = JSON.stringify({ api: { 'chat:small': model } });
    const { providers } = JSON.parse(
      made(`console.log(maker.modelFactsFile((name) => name === 'groq.json' ? ${file} : {}))`),
    ) as { providers: Record<string, unknown> };
    expect(providers['groq']).toEqual({
      small: {
        kind: 'chat',
        contextWindow: 1_000,
        maxOutputTokens: 1_000,
        capabilities: ['image-input', 'reasoning', 'tools'],
      },
    });
  });
});
