import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly label: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures stand under each other by their last digit. */
  readonly figures?: boolean;
}

interface TableProps<Row> {
  /** Read out, and not shown. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/** On a phone each row is a block, with its columns' names beside what is in it. */
export const Table = <Row,>({ caption, columns, rows, keyOf }: TableProps<Row>) => (
  <div className="table" tabIndex={0} role="region" aria-label={caption}>
    <table>
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ label, figures }) => (
            <th key={label} scope="col" className={figures ? 'figures' : undefined}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ label, cell, figures }) => (
              <td key={label} data-label={label} className={figures ? 'figures' : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
