import Table from 'cli-table3';
import { AppError } from '@gatehouse/kernel';

/** Prints answers for people, or as JSON for scripts. */
export class Output {
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
    if (rows.length === 0) {
      this.write('none');
      return;
    }
    const table = new Table({ head: [...head], style: { head: [], border: [] } });
    for (const row of rows) table.push([...row]);
    this.write(table.toString());
  }

  /** A line beside the table, for people only. */
  note(text: string): void {
    if (!this.json) this.write(text);
  }

  /** Whole lines, as they are. */
  lines(text: string): void {
    this.write(text.endsWith('\n') ? text.slice(0, -1) : text);
  }

  /** A refusal, as people or scripts read it. */
  refusal(error: AppError): string {
    if (!this.json && error.reason === 'APPROVAL_REQUIRED') return describeProposal(error.metadata);
    if (!this.json) {
      const facts = Object.entries(error.metadata).map(([key, value]) => `  ${key}: ${value}`);
      return [error.message, ...facts].join('\n');
    }
    const { code, reason, metadata, violations } = error;
    return JSON.stringify({ error: { code, reason, metadata, violations } });
  }
}

/** Nothing has changed yet: a second admin is asked. */
const describeProposal = ({ proposal, status, expires_at: end }: AppError['metadata']): string => {
  if (proposal === undefined) return 'a second admin is wanted for this, and it cannot be proposed';
  return status === 'open'
    ? `proposed as ${proposal}: nothing has changed until another admin runs \`gatehouse approve ${proposal}\`, by ${end}`
    : `proposed as ${proposal} before, which is ${status?.replace('_', ' ')}`;
};
