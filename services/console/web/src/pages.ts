import type { ComponentType } from 'react';
import type { Session } from './session/session';

export interface Page {
  /** As wouter matches it: `/integrations/:slug`. */
  readonly path: string;
  readonly title: string;
  /** The nav has it; others are reached from these. */
  readonly nav: boolean;
  readonly isFor: (session: Session) => boolean;
  /** Gets what `:…` of the path stands for. Loaded when it is first shown. */
  readonly load: () => Promise<ComponentType<Readonly<Record<string, string>>>>;
}

/** Not for whoever is admin of a workspace alone. */
export const theOrganization = ({ workspace }: Session): boolean => workspace === null;
export const anyone = (): boolean => true;

/** Every page, in the order of the nav. The first that is for whoever signed in is shown first. */
export const PAGES: readonly Page[] = [];
