import type { PreviewAnswer } from '@gatehouse/console/previews/preview.schema';
import { useAsked } from '../api/answers';
import { amountInWords, limitInWords } from '../limits/limit-words';
import { useGoverns } from '../session/session';
import { useAfterPause } from '../ui/after-pause';
import { Refusal } from '../ui/notice';
import { counted, moment } from '../ui/words';
import { PreviewPanel } from './preview-panel';

/** A change that could be made, as `POST /v1/gatehouse/previews` takes it. */
export type PreviewedChange = Readonly<Record<string, unknown>> & { readonly change: string };

interface ChangePreviewProps {
  /** undefined: nothing would change, or it cannot be said yet. */
  readonly of: PreviewedChange | undefined;
}

/** How the calls that were made would have fared under a change, before it is made. */
export const ChangePreview = ({ of }: ChangePreviewProps) => (useGoverns() ? <Preview of={of} /> : null);

const Preview = ({ of }: ChangePreviewProps) => {
  const asked = useAfterPause(JSON.stringify(of ?? null));
  const change = (JSON.parse(asked) ?? undefined) as PreviewedChange | undefined;
  const answer = useAsked<PreviewAnswer>('/v1/gatehouse/previews', change);
  return (
    <PreviewPanel title="What it would have done" busy={answer.isFetching}>
      {change === undefined && (
        <p className="quiet">Change something, and see how past calls would have fared.</p>
      )}
      <Refusal error={answer.error} />
      {change !== undefined && answer.isPending && <p className="quiet">Looking at past calls…</p>}
      {change !== undefined && answer.data && <Fared preview={answer.data} />}
    </PreviewPanel>
  );
};

const Fared = ({ preview }: { readonly preview: PreviewAnswer }) => (
  <>
    <ul className="stack tight">
      {linesOf(preview).map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
    {preview.lets_more && (
      <p className="quiet">
        It lets more be spent or called than now
        {preview.needs_approval ? ': a second admin has to approve it.' : '.'}
      </p>
    )}
  </>
);

type Usage = NonNullable<PreviewAnswer['usage']>;

const linesOf = ({ events, usage, usage_unknown: isUnknown }: PreviewAnswer): readonly string[] => {
  if (events.length === 0) return ['Nothing would change.'];
  if (isUnknown)
    return ['Past calls cannot be looked at for the moment: what it would have done is unknown.'];
  if (usage === null) return ['No past call can be held against it.'];
  const lines = [
    ...usage.limits.flatMap((limit) => [limitFared(limit), ...workspacesFared(limit.workspaces)]),
    ...(usage.models ? [modelsFared(usage.models), ...workspacesFared(usage.models.workspaces)] : []),
  ];
  return lines.length > 0 ? lines : ['It would have refused no call.'];
};

/** `$25.00 a month: of 1,204 calls from … to …, $20.11 spent, it would have refused none.` */
const limitFared = (replay: Usage['limits'][number]): string => {
  const { limit, requests, spent, unknown_requests: unknown } = replay;
  const sum = spent === null || !limit ? '' : `, ${amountInWords(limit.unit, spent)} spent`;
  const name = limit ? limitInWords(limit) : 'A limit';
  const when = `from ${moment(replay.from)} to ${moment(replay.until)}`;
  if (requests === 0) return `${name}: nobody called ${when}.`;
  return (
    `${name}: of ${counted(requests, 'call')} ${when}${sum}, it would have refused ${refusedOf(replay)}.` +
    (unknown > 0 ? ` What ${counted(unknown, 'call')} came to is unknown, and not counted.` : '')
  );
};

/** `Search team: 1,204 calls, refused between 33 and 40.` */
const workspacesFared = (workspaces: Usage['limits'][number]['workspaces']): readonly string[] => {
  if (!workspaces) return [];
  const hit = workspaces.data.filter(({ refused_max: most }) => most > 0);
  const more = workspaces.total - workspaces.data.length;
  return [
    ...hit.map(
      (one) =>
        `${one.workspace.name || one.workspace.id}: ${counted(one.requests, 'call')}, refused ${refusedOf(one)}.`,
    ),
    ...(more > 0 ? [`And ${counted(more, 'workspace')} more.`] : []),
  ];
};

type Fared = Pick<
  Usage['limits'][number],
  'refused_min' | 'refused_max' | 'ran_out_after' | 'ran_out_before'
>;

const refusedOf = ({
  refused_min: least,
  refused_max: most,
  ran_out_after: after,
  ran_out_before: before,
}: Fared): string => {
  if (most === 0) return 'none';
  const refused = least === most ? String(most) : `between ${least} and ${most}`;
  return after === null
    ? refused
    : `${refused}, having run out between ${moment(after)} and ${moment(before)}`;
};

/** `Of 1,204 calls from … to … it would have refused 33: gpt-4o (30), o1 (3).` */
const modelsFared = ({ requests, refused, models, from, until }: NonNullable<Usage['models']>): string => {
  const when = `from ${moment(from)} to ${moment(until)}`;
  if (requests === 0) return `Nobody called ${when}.`;
  const which = models.map(({ model, requests: calls }) => `${model} (${calls})`).join(', ');
  return `Of ${counted(requests, 'call')} ${when} it would have refused ${refused === 0 ? 'none' : `${refused}: ${which}`}.`;
};
