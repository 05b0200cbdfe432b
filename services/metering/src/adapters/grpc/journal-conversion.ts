import { type Caller, fromProtoPage, RequestChecks, toProtoPageToken } from '@gatehouse/grpc';
import { journalId, type JournalId } from '@gatehouse/kernel';
import { actorOf } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { JournalState } from '../../app/journal/journal.ports';
import { type JournalsFound, ListJournalsQuery } from '../../app/journal/list-journals.handler';
import { RecoverLedgerCommand, type Recovered } from '../../app/journal/recover-ledger.handler';
import { ReleaseQuarantineCommand } from '../../app/journal/release-quarantine.handler';
import { idCursors } from './id-cursors';

const PAGING = { max: 1_000, fallback: 50, cursors: idCursors(journalId) };
const REASON = { min: 1, max: 512 };

export const fromProtoListJournals = (request: meteringV1.ListJournalsRequest): ListJournalsQuery =>
  new ListJournalsQuery(fromProtoPage(request, PAGING));

export const toProtoJournals = ({
  items,
  next,
  restoredAt,
}: JournalsFound): meteringV1.ListJournalsResponse => ({
  journals: items.map(toProtoJournalState),
  nextPageToken: toProtoPageToken(next, PAGING),
  restoredNoticedAt: restoredAt,
});

const toProtoJournalState = ({
  id,
  openLeases,
  quarantinedLeases,
  deadline,
}: JournalState): meteringV1.JournalState => ({ journalId: id, openLeases, quarantinedLeases, deadline });

export const toProtoRecovered = ({ raised, unheard }: Recovered): meteringV1.RecoverLedgerResponse => ({
  unheard: unheard.map(toProtoJournalState),
  raisedPeriods: raised,
});

export const fromProtoReleaseQuarantine = (
  request: meteringV1.ReleaseQuarantineRequest,
  caller: Caller,
): ReleaseQuarantineCommand => {
  const checks = new RequestChecks();
  const id = checks.parse('journal_id', 'must be the id of a journal', () => journalId(request.journalId));
  const reason = checks.text('reason', request.reason, REASON);
  checks.done();
  // It is used only after `done`, which throws where there was a fault.
  const asked = { actor: actorOf(caller), reason, command: 'ReleaseQuarantine' };
  return new ReleaseQuarantineCommand(id as JournalId, asked);
};

export const fromProtoRecoverLedger = (
  request: meteringV1.RecoverLedgerRequest,
  caller: Caller,
): RecoverLedgerCommand => {
  const checks = new RequestChecks();
  const reason = checks.text('reason', request.reason, REASON);
  checks.done();
  return new RecoverLedgerCommand({ actor: actorOf(caller), reason, command: 'RecoverLedger' });
};
