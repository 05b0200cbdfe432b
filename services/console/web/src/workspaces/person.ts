import type { WorkspaceUserAnswer } from '@gatehouse/console/members/member.schema';

/** What a person is called; the address of whoever has said no name. */
export const nameOf = (person: Pick<WorkspaceUserAnswer, 'first_name' | 'last_name' | 'email'>): string =>
  `${person.first_name} ${person.last_name}`.trim() || person.email;
