export { accessCases } from './access-cases';
export type { AccessCase, CaseReason } from './access-cases';
export { selfHostedQuirks } from './self-hosted';
