import type { ConnectionTestAnswer } from '@gatehouse/console/drafts/draft.schema';
import { Notice } from '../ui/notice';

/** What came of showing a credential to its provider. */
export const TestOutcome = ({ outcome }: { readonly outcome: ConnectionTestAnswer }) => (
  <Notice tone={outcome.outcome === 'works' ? 'good' : 'plain'}>
    {outcome.outcome?.replaceAll('-', ' ') ?? 'unknown'}: {outcome.explanation}
    {outcome.http_status !== null && ` (HTTP ${outcome.http_status}, ${outcome.duration_ms} ms)`}
  </Notice>
);
