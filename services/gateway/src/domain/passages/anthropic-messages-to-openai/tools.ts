import { type Json, isObject } from '../../json-values';
import { leaveOutOfTool, listAt, objectAt, type Omissions, textAt, textOf } from '../translation';

const toolOf = (value: unknown, path: string, omissions: Omissions): Json[] => {
  const tool = objectAt(value, path);
  if ((tool['type'] ?? 'custom') !== 'custom') {
    omissions.leaveOut(path, 'The provider has no tools of its own by this type.');
    return [];
  }
  leaveOutOfTool(tool, path, omissions);
  const { name, description, input_schema: schema, strict } = tool;
  return [
    {
      type: 'function',
      function: {
        name: textAt(name, `${path}.name`),
        ...(typeof description === 'string' && { description }),
        parameters: isObject(schema) ? schema : { type: 'object' },
        ...(strict === true && { strict }),
      },
    },
  ];
};

export const toolsOf = (tools: unknown, omissions: Omissions): Json[] =>
  listAt(tools, 'tools').flatMap((tool, at) => toolOf(tool, `tools.${at}`, omissions));

const CHOICES: Readonly<Record<string, string>> = { none: 'none', auto: 'auto', any: 'required' };

const chosen = (choice: Json, omissions: Omissions): Json => {
  const type = textOf(choice['type']);
  if (Object.hasOwn(CHOICES, type)) return { tool_choice: CHOICES[type] };
  if (type !== 'tool') {
    omissions.leaveOut('tool_choice', 'The provider has no such choice of tools.');
    return {};
  }
  return {
    tool_choice: { type: 'function', function: { name: textAt(choice['name'], 'tool_choice.name') } },
  };
};

/** Whether, and which, and how many tools may be called; empty where the request says nothing of it. */
export const toolChoiceOf = (value: unknown, omissions: Omissions): Json => {
  if (value === undefined || value === null) return {};
  const choice = objectAt(value, 'tool_choice');
  const single = choice['disable_parallel_tool_use'] === true && choice['type'] !== 'none';
  return { ...chosen(choice, omissions), ...(single && { parallel_tool_calls: false }) };
};
