import type { Command } from 'commander';

/** Which of a list are shown, and in which order, as it stands on a command line. */
export interface ListOptions {
  readonly search: string;
  readonly orderBy: string;
}

/** @param name what is searched, e.g. `name`; @param order the orders that the server knows. */
export const withListOptions = (command: Command, name: string, order: string): Command =>
  command
    .option('--search <text>', `only those whose ${name} contains it`, '')
    .option('--order-by <field>', `${order}; ' desc' after it turns it round`, '');
