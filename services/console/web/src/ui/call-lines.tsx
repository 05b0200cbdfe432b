import { type ReactNode, useId } from 'react';
import { Copyable } from './copyable';

interface CallLinesProps {
  /** As callers name it: `@slug/model`. */
  readonly model: string;
  /** Whose key it takes, and what else there is to know. */
  readonly children: ReactNode;
}

/** Lines that a developer can paste: they need the gateway's address and a key. */
export const CallLines = ({ model, children }: CallLinesProps) => {
  const id = useId();
  return (
    <section className="stack tight" aria-labelledby={id}>
      <h2 id={id}>Call it</h2>
      <p className="quiet">{children}</p>
      <Copyable label="curl" text={curlOf(model)} />
      <Copyable label="openai (Python)" text={pythonOf(model)} />
      <Copyable label="openai (JavaScript)" text={javascriptOf(model)} />
    </section>
  );
};

const GATEWAY = 'http://127.0.0.1:8787/v1';

/** In single quotes of a shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const bodyOf = (model: string): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 64 });

const curlOf = (model: string): string => `curl "\${GATEHOUSE_URL:-${GATEWAY}}/chat/completions" \\
  -H "Authorization: Bearer $GATEHOUSE_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d ${quoted(bodyOf(model))}`;

const pythonOf = (model: string): string => `import os
from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("GATEHOUSE_URL", "${GATEWAY}"),
    api_key=os.environ["GATEHOUSE_API_KEY"],
)
answer = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=[{"role": "user", "content": "Hello"}],
    max_tokens=64,
)
print(answer.choices[0].message.content)`;

const javascriptOf = (model: string): string => `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: process.env.GATEHOUSE_URL ?? '${GATEWAY}',
  apiKey: process.env.GATEHOUSE_API_KEY,
});
const answer = await client.chat.completions.create({
  model: ${JSON.stringify(model)},
  messages: [{ role: 'user', content: 'Hello' }],
  max_tokens: 64,
});
console.log(answer.choices[0].message.content);`;
