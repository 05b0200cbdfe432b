export { ApprovalRequired, Approvals, ApprovalSettings, Previewed } from './approvals';
export type { PreviewedChange } from './approvals';
export { AsyncLocalConsents, Consents } from './consents';
export type { Consent } from './consents';
export { approvalWanted } from './approval-wanted';
export type { MadeProposal } from './approval-wanted';
export { GuardedStreams } from './guarded-streams';
