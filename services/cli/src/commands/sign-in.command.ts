import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

interface SignInOptions extends ChangeOptions {
  readonly console?: string;
}

/** `sign-in`. */
export const addSignInCommand = (program: Command, act: Act): void => {
  withChangeOptions(
    program
      .command('sign-in')
      .description('a link that opens the console signed in with the admin key, once, within five minutes')
      .option('--console <url>', "the console's address (else the data directory's own)"),
  ).action(act(signIn));
};

const signIn = async ({ connection, output }: Session, options: SignInOptions): Promise<void> => {
  const { requestId, reason, console: at } = options;
  const request = provisioningV1.CreateSignInLinkRequest.fromPartial({ requestId, reason });
  const { token, expiresAt } = await connection.sessions().createSignInLink(request);
  const link = `${at ?? connection.console()}/#link=${token}`;
  output.answer({ link, expiresAt }, ['opens the console, once'], [[link]]);
};
