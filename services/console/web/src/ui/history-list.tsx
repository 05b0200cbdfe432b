import type { HistoryChangeAnswer } from '@gatehouse/console/histories/history.schema';
import type { ReactNode } from 'react';
import { EmptyState } from './empty-state';
import { List } from './list';
import { inWords, moment, UNKNOWN } from './words';

interface HistoryListProps {
  readonly path: string;
}

export const HistoryList = ({ path }: HistoryListProps) => (
  <List<HistoryChangeAnswer>
    caption="History"
    path={path}
    keyOf={({ id }) => id}
    columns={[
      { label: 'When', cell: ({ at }) => moment(at) },
      { label: 'Who', cell: ({ actor }) => actor?.name ?? actor?.id ?? UNKNOWN },
      { label: 'What', cell: ({ type }) => inWords(type) },
      { label: 'Why', cell: ({ reason }) => reason ?? <span className="quiet">no reason was given</span> },
      { label: 'Before and after', cell: (change) => <Changes change={change} /> },
    ]}
    empty={<EmptyState title="Nothing has happened yet." />}
  />
);

interface ChangesProps {
  readonly change: HistoryChangeAnswer;
}

const Changes = ({ change: { changes, before_unknown: isUnknown } }: ChangesProps): ReactNode =>
  changes.length === 0 ? (
    '–'
  ) : (
    <ul>
      {changes.map(({ field, before, after }) => (
        <li key={field}>
          <span className="quiet">{field}:</span> {before === null && isUnknown ? UNKNOWN : shown(before)} →{' '}
          {shown(after)}
        </li>
      ))}
    </ul>
  );

const shown = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};
