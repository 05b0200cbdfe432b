import { type Json, isObject } from '../../json-values';
import { leaveOutOfTool, listAt, objectAt, type Omissions, textAt } from '../translation';
import { cachePoint } from './content';

const toolOf = (value: unknown, path: string, omissions: Omissions): Json[] => {
  const tool = objectAt(value, path);
  if ((tool['type'] ?? 'custom') !== 'custom') {
    omissions.leaveOut(path, 'The provider has no tools of its own by this type.');
    return [];
  }
  leaveOutOfTool(tool, path, omissions);
  const { name, description, input_schema: schema, strict } = tool;
  const toolSpec = {
    name: textAt(name, `${path}.name`),
    ...(typeof description === 'string' && description !== '' && { description }),
    inputSchema: { json: isObject(schema) ? schema : { type: 'object' } },
    ...(strict === true && { strict }),
  };
  return [{ toolSpec }, ...cachePoint(tool)];
};

const choiceOf = (choice: Json, omissions: Omissions): Json => {
  switch (choice['type']) {
    case 'auto':
      return { toolChoice: { auto: {} } };
    case 'any':
      return { toolChoice: { any: {} } };
    case 'tool':
      return { toolChoice: { tool: { name: textAt(choice['name'], 'tool_choice.name') } } };
    default:
      omissions.leaveOut('tool_choice', 'The provider has no such choice of tools.');
      return {};
  }
};

const mentionsTools = (messages: readonly Json[]): boolean =>
  messages.some(({ content }) =>
    listAt(content, 'messages').some(
      (block) => isObject(block) && ('toolUse' in block || 'toolResult' in block),
    ),
  );

/** Converse cannot be told to call none: they are not offered then, unless what was said before speaks of them. */
export const toolConfigOf = (body: Json, messages: readonly Json[], omissions: Omissions): Json => {
  const tools = listAt(body['tools'], 'tools').flatMap((tool, at) => toolOf(tool, `tools.${at}`, omissions));
  if (tools.length === 0) return {};
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return { toolConfig: { tools } };
  const from = objectAt(choice, 'tool_choice');
  if (from['type'] === 'none' && !mentionsTools(messages)) return {};
  return { toolConfig: { tools, ...choiceOf(from, omissions) } };
};
