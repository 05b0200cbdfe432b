type Answer = Readonly<Record<string, unknown>>;

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/** A completion that came whole, as the stream that was asked for: all of it at once, then its usage where that was asked. */
export const openaiEvents = (whole: Buffer, usageAsked: boolean): string => {
  const { usage, ...answer } = JSON.parse(whole.toString('utf8')) as Answer;
  const isChat = answer['object'] === 'chat.completion';
  const head = { ...answer, ...(isChat && { object: 'chat.completion.chunk' }) };
  const choices = Array.isArray(answer['choices']) ? (answer['choices'] as Answer[]) : [];
  const told = event({ ...head, choices: choices.map(chunkChoice) });
  const counted = usageAsked && usage ? event({ ...head, choices: [], usage }) : '';
  return `${told}${counted}data: [DONE]\n\n`;
};

const chunkChoice = ({ message, ...choice }: Answer): Answer =>
  message === undefined ? choice : { ...choice, delta: deltaOf(message as Answer) };

const deltaOf = (message: Answer): Answer =>
  Array.isArray(message['tool_calls'])
    ? {
        ...message,
        tool_calls: (message['tool_calls'] as Answer[]).map((call, index) => ({ index, ...call })),
      }
    : message;
