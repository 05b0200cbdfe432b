import { type Answer, answerOf, answersIn } from './whole-answer';

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/**
 * A completion that came whole, as the stream that was asked for: all of it at once, then its usage where that was asked. Choices and calls
 * that are none are left out, since clients trip over them.
 */
export const openaiEvents = (whole: Buffer, usageAsked: boolean): string => {
  const { usage, ...answer } = answerOf(JSON.parse(whole.toString('utf8')));
  const isChat = answer['object'] === 'chat.completion';
  const head = { ...answer, ...(isChat && { object: 'chat.completion.chunk' }) };
  const told = event({ ...head, choices: answersIn(answer['choices']).map(chunkChoice) });
  const counted = usageAsked && usage ? event({ ...head, choices: [], usage }) : '';
  return `${told}${counted}data: [DONE]\n\n`;
};

const chunkChoice = ({ message, ...choice }: Answer): Answer =>
  message === undefined ? choice : { ...choice, delta: deltaOf(answerOf(message)) };

const deltaOf = ({ tool_calls, ...said }: Answer): Answer =>
  Array.isArray(tool_calls)
    ? { ...said, tool_calls: answersIn(tool_calls).map((call, index) => ({ index, ...call })) }
    : said;
