import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(__dirname, '..', '..', '..', '..', 'docs');
/** Set to write the documents instead of holding them against what was seen. */
const WRITES = process.env['GATEHOUSE_WRITE_CONFORMANCE'] === '1';

/** What a test that has passed saw of a feature. */
export type Cell =
  | 'yes'
  | 'not applicable'
  /** By its code, and the parameter that it names. */
  | { readonly refused: string; readonly param?: string }
  | { readonly leftOut: string };

const wordsOf = (cell: Cell | undefined): string => {
  if (cell === undefined) return '';
  if (cell === 'not applicable') return '—';
  if (cell === 'yes') return 'yes';
  if ('leftOut' in cell) return `left out: \`${cell.leftOut}\``;
  return `refused: \`${cell.param ?? cell.refused}\``;
};

/** One table: a row for each feature, a column for each dialect. */
export class ConformanceSection {
  private readonly rows = new Map<string, Map<string, Cell>>();

  constructor(
    readonly title: string,
    private readonly columns: readonly string[],
  ) {}

  /** A row, in the order of the list; its cells are empty until they are told. */
  declare(feature: string): void {
    this.rows.set(feature, new Map());
  }

  /** Only of what has passed, or needs no test since it cannot be asked. */
  tell(feature: string, column: string, cell: Cell): void {
    this.rows.get(feature)?.set(column, cell);
  }

  /** What no test has told of. */
  get untold(): readonly string[] {
    return [...this.rows].flatMap(([feature, cells]) =>
      this.columns.filter((column) => !cells.has(column)).map((column) => `${feature}, of ${column}`),
    );
  }

  /** As Prettier has it. */
  get text(): string {
    const head = ['', ...this.columns];
    const rows = [...this.rows].map(([feature, cells]) => [
      feature,
      ...this.columns.map((column) => wordsOf(cells.get(column))),
    ]);
    const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)));
    const lineOf = (cells: readonly string[], pad = ' ') =>
      `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0, pad)).join(' | ')} |`;
    const lines = [
      lineOf(head),
      lineOf(
        head.map(() => '-'),
        '-',
      ),
      ...rows.map((row) => lineOf(row)),
    ];
    return `## ${this.title}\n\n${lines.join('\n')}\n`;
  }
}

const BEGIN = '<!-- What follows is written by the tests. -->\n';

/** A document of `docs/` whose tables say what tests saw: it is held against them, or written by them. */
export class ConformanceDocument {
  private readonly sections = new Map<string, ConformanceSection>();
  private readonly path: string;

  constructor(name: string) {
    this.path = join(DOCS, name);
  }

  section(title: string, columns: readonly string[]): ConformanceSection {
    const known = this.sections.get(title) ?? new ConformanceSection(title, columns);
    this.sections.set(title, known);
    return known;
  }

  /** @param whole every section was tested in this run, so that the document has no other. */
  check({ whole }: { readonly whole: boolean }): void {
    const document = readFileSync(this.path, 'utf8');
    const [words = '', tables = ''] = document.split(BEGIN);
    expect([...this.sections.values()].flatMap(({ untold }) => untold)).toEqual([]);
    const told = [...this.sections.values()].map(({ text }) => text);
    if (WRITES && whole) writeFileSync(this.path, `${words}${BEGIN}\n${told.join('\n')}`);
    else if (whole) expect(tables).toBe(`\n${told.join('\n')}`);
    else for (const text of told) expect(tables).toContain(text);
  }
}
