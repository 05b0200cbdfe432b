import type { BulkAnswer } from '@gatehouse/console/integrations/own-workspaces.schema';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useAnswer } from '../../api/answers';
import { pathOf } from '../../api/api-client';
import { Notice, Refusal } from '../../ui/notice';
import { count, counted } from '../../ui/words';

interface BulkProgressProps {
  readonly bulk: string;
}

/** How far a change of all workspaces is. Once it is through, whatever is shown is asked for anew. */
export const BulkProgress = ({ bulk }: BulkProgressProps) => {
  const client = useQueryClient();
  const answer = useAnswer<BulkAnswer>(
    pathOf('/v1/gatehouse/bulks', bulk),
    {},
    { until: (told) => told?.status === 'done' },
  );
  const isDone = answer.data?.status === 'done';
  useEffect(() => {
    if (isDone) void client.invalidateQueries();
  }, [client, isDone]);
  return (
    <>
      <Refusal error={answer.error} />
      {answer.data && <Notice tone={toneOf(answer.data)}>{inWords(answer.data)}</Notice>}
    </>
  );
};

const toneOf = ({ status, refused }: BulkAnswer): 'good' | 'bad' | 'plain' => {
  if (refused > 0) return 'bad';
  return status === 'done' ? 'good' : 'plain';
};

/** `Done: 12 workspaces; 10 were given it, 2 were changed, 0 stayed as they were.` */
const inWords = ({ status, workspaces, made, changed, unchanged, refused, refusals }: BulkAnswer): string => {
  const told = made + changed + unchanged + refused;
  const begins =
    status === 'done'
      ? counted(workspaces, 'workspace')
      : `${count(told)} of ${counted(workspaces, 'workspace')}`;
  const why = [...new Set(refusals.map(({ reason }) => reason))].join(', ');
  return (
    `${status === 'done' ? 'Done' : 'Under way'}: ${begins}; ${count(made)} were given it, ${count(changed)} were changed, ` +
    `${count(unchanged)} stayed as they were${refused > 0 ? `, ${count(refused)} were refused (${why})` : ''}.`
  );
};
