import type { HistoryChangeAnswer } from '@gatehouse/console/histories/history.schema';
import { EmptyState } from '../ui/empty-state';
import { List } from '../ui/list';
import { moment, UNKNOWN } from '../ui/words';
import { changedFieldsOf, type Names, sentenceOf } from './event-sentences';

interface HistoryListProps {
  readonly path: string;
}

export const HistoryList = ({ path }: HistoryListProps) => (
  <List<HistoryChangeAnswer, Named>
    caption="History"
    path={path}
    keyOf={({ id }) => id}
    columns={({ names }) => [
      { label: 'When', cell: ({ at }) => moment(at) },
      { label: 'Who', cell: ({ actor }) => actor?.name ?? actor?.id ?? UNKNOWN },
      { label: 'What', cell: (change) => <What change={change} names={names} /> },
      { label: 'Why', cell: ({ reason }) => reason ?? <span className="quiet">no reason was given</span> },
    ]}
    empty={<EmptyState title="Nothing has happened yet." />}
  />
);

interface Named {
  readonly names: Names;
}

interface ChangeProps {
  readonly change: HistoryChangeAnswer;
}

const What = ({ change, names }: ChangeProps & Named) => (
  <div className="stack tight">
    <span>{sentenceOf(change, names)}</span>
    <BeforeAndAfter change={change} />
    {change.changes.length > 0 && <AsRecorded change={change} />}
  </div>
);

const BeforeAndAfter = ({ change }: ChangeProps) => {
  const fields = changedFieldsOf(change);
  if (fields.length === 0) return null;
  return (
    <ul>
      {fields.map(({ field, label, before, after }) => (
        <li key={field}>
          <span className="quiet">{label}:</span>{' '}
          {before !== undefined && before !== after && (
            <>
              <del>{before}</del> <span aria-hidden="true">→</span>{' '}
            </>
          )}
          <ins>{after}</ins>
          {before === undefined && change.before_unknown && (
            <span className="quiet"> (before: {UNKNOWN})</span>
          )}
        </li>
      ))}
    </ul>
  );
};

const AsRecorded = ({ change: { type, changes } }: ChangeProps) => (
  <details>
    <summary className="help">As recorded: {type}</summary>
    <pre className="recorded" tabIndex={0} aria-label={`As recorded: ${type}`}>
      {JSON.stringify(Object.fromEntries(changes.map(({ field, ...said }) => [field, said])), null, 2)}
    </pre>
  </details>
);
