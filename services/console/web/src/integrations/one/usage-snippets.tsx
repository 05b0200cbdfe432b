import { useAnswer } from '../../api/answers';
import type { Listed } from '../../ui/list';
import { Copyable } from '../../ui/copyable';
import type { PanelProps } from './details-panel';
import { integrationPath } from '../paths';

/** Lines that a developer can paste: they need the gateway's address and a key of their workspace. */
export const UsageSnippets = ({ integration }: PanelProps) => {
  const models = useAnswer<Listed<{ name: string }>>(integrationPath(integration.id, 'models'), {
    access: 'allowed',
    page_size: 1,
  });
  const [aliased] = integration.deployments;
  const model = `@${integration.slug}/${aliased?.alias ?? models.data?.data[0]?.name ?? 'MODEL'}`;
  const byDefault = integration.deployments.length > 0;
  return (
    <section className="stack tight" aria-labelledby="snippets">
      <h2 id="snippets">Call it</h2>
      <p className="quiet">
        With a key of a workspace that has it, at the gateway's address.
        {byDefault && ` Without a model, @${integration.slug} alone calls the default deployment.`}
      </p>
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
