import Table from 'cli-table3';
import { AppError, steeringShown } from '@gatehouse/kernel';

/** What ids are called. */
interface Naming {
  learn(texts: readonly string[]): Promise<void>;
  beside(text: string): string;
}

interface Answer {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Prints answers for people, with names beside ids, or as JSON for scripts. */
export class Output {
  /** For people, in order: until it is shown. */
  private told: (Answer | string)[] = [];

  constructor(
    private readonly json: boolean,
    private readonly write: (text: string) => void,
  ) {}

  /** One answer: its JSON, or a table of the rows. */
  answer(json: unknown, head: readonly string[], rows: readonly (readonly string[])[]): void {
    if (this.json) {
      this.write(JSON.stringify(json));
      return;
    }
    this.told.push({ head, rows });
  }

  /** A line beside the table, for people only. */
  note(text: string): void {
    if (!this.json) this.told.push(text);
  }

  /** Shows what was answered until now. */
  async show(names: Naming): Promise<void> {
    const told = this.told.splice(0);
    await names.learn(told.flatMap((one) => (typeof one === 'string' ? [] : namableIn(one).flat())));
    for (const one of told) this.write(typeof one === 'string' ? steeringShown(one) : tableOf(one, names));
  }

  /** What is said while it happens: its JSON, or a line. */
  live(json: unknown, line: string): void {
    this.write(this.json ? JSON.stringify(json) : steeringShown(line));
  }

  /** Whole lines of a file, which are as they are where no terminal shows them. */
  lines(text: string): void {
    const lines = text.endsWith('\n') ? text.slice(0, -1) : text;
    this.write(process.stdout.isTTY ? steeringShown(lines) : lines);
  }

  /** A refusal, as people or scripts read it. */
  refusal(error: AppError): string {
    if (!this.json && error.reason === 'APPROVAL_REQUIRED') return describeProposal(error.metadata);
    const metadata = { ...error.metadata, ...silenceOf(error) };
    if (!this.json) {
      const facts = Object.entries(metadata).map(([key, value]) => `  ${key}: ${value}`);
      return steeringShown([error.message, ...facts, ...hintOn(error)].join('\n'));
    }
    const { code, reason, violations } = error;
    return JSON.stringify({ error: { code, reason, metadata, violations } });
  }
}

const PROVIDERS = 'see `gatehouse providers`';
const HINTS: ReadonlyMap<string, string> = new Map([
  ['PROVIDER_UNKNOWN', PROVIDERS],
  ['PROVIDER_MISSING', PROVIDERS],
]);

/** Where people find what they could have said. */
const hintOn = ({ reason }: AppError): readonly string[] => {
  const hint = HINTS.get(reason);
  return hint === undefined ? [] : [`  ${hint}`];
};

/** Of a service that never answered: where it was looked for, and how that failed, as gRPC tells it. */
const silenceOf = ({ reason, cause }: AppError): { readonly because?: string } => {
  const { details } = (cause ?? {}) as { readonly details?: string };
  return reason === 'PEER_UNAVAILABLE' && details ? { because: details } : {};
};

/** What has a name of its own in its row needs no second one beside its id, which comes first. */
const isNamed = ({ head }: Answer): boolean => head.includes('name');

const namableIn = (answer: Answer): readonly (readonly string[])[] =>
  answer.rows.map((row) => (isNamed(answer) ? row.slice(1) : row));

const tableOf = (answer: Answer, names: Naming): string => {
  const { head, rows } = answer;
  if (rows.length === 0) return 'none';
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  const [first, beside] = [isNamed(answer) ? 1 : 0, (text: string) => names.beside(text)];
  for (const row of rows)
    table.push([...row.slice(0, first), ...row.slice(first).map(beside)].map(steeringShown));
  return table.toString();
};

/** Nothing has changed yet: a second admin is asked. */
const describeProposal = ({ proposal, status, expires_at: end }: AppError['metadata']): string => {
  if (proposal === undefined) return 'a second admin is wanted for this, and it cannot be proposed';
  return status === 'open'
    ? `proposed as ${proposal}: nothing has changed until another admin runs \`gatehouse approve ${proposal}\`, by ${end}`
    : `proposed as ${proposal} before, which is ${status?.replace('_', ' ')}`;
};
