import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { ApiError } from '../api/api-client';
import { Mark } from '../shell/mark';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Notice } from '../ui/notice';
import { useTitle } from '../ui/title';
import type { Brought } from './brought';
import { useSignIn, useWaysToSignIn } from './session';

interface SignInPageProps {
  /** What came with the address: a one-time link, which is tried at once, or how another's sign-in went. */
  readonly brought: Brought;
}

export const SignInPage = ({ brought: { link, refused } }: SignInPageProps) => {
  const ways = useWaysToSignIn();
  const [refusal, setRefusal] = useState(refused ? REFUSED_ELSEWHERE : undefined);
  const { ask, asking } = useAsking(setRefusal);
  useTitle('Sign in');
  useOnce(() => link !== undefined && void ask({ link }));

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    // It leaves the field before it leaves the page.
    event.currentTarget.reset();
    if (key === '') setRefusal('Paste a key first.');
    else void ask({ key });
  };

  return (
    <main className="sign-in">
      <h1>
        <Mark /> Gatehouse
      </h1>
      {ways.data?.secure === false && <Notice tone="bad">{NO_HTTPS}</Notice>}
      <form onSubmit={submit} className="panel stack">
        <h2>Sign in</h2>
        {refusal !== undefined && <Notice tone="bad">{refusal}</Notice>}
        <Field label="Key" help={WHICH_KEY}>
          {(control) => (
            <input {...control} name="key" type="password" autoComplete="off" spellCheck={false} autoFocus />
          )}
        </Field>
        <Button type="submit" kind="primary" busy={asking}>
          Sign in
        </Button>
        {ways.data?.oidc && (
          <a className="button" href="/session/oidc">
            Sign in with {ways.data.oidc.name}
          </a>
        )}
        <p className="quiet">
          Without a key at hand: <code>npm start</code> prints a link that signs you in once.
        </p>
      </form>
    </main>
  );
};

const REFUSED_ELSEWHERE = 'The identity provider signed nobody in who may use this page.';
const NO_HTTPS =
  'This address has no HTTPS, and a session is given over nothing else. Open the page over HTTPS, or on the machine itself.';
const WHICH_KEY =
  "A key of the control plane: an owner's, an admin's, an auditor's or a workspace admin's. The first start printed one.";

/** Asks to be signed in, and says what came in the way. */
const useAsking = (say: (refusal: string | undefined) => void) => {
  const signIn = useSignIn();
  const [asking, setAsking] = useState(false);
  const ask = async (by: { key: string } | { link: string }) => {
    setAsking(true);
    say(undefined);
    try {
      await signIn(by);
    } catch (error) {
      say(wordsFor(error as ApiError, 'link' in by));
    } finally {
      setAsking(false);
    }
  };
  return { ask, asking };
};

/** A link is good once, and would be tried twice by an effect that runs again. */
const useOnce = (work: () => void): void => {
  const done = useRef(false);
  useEffect(() => {
    if (done.current) return;
    done.current = true;
    work();
  });
};

const wordsFor = ({ status, message }: ApiError, byLink: boolean): string => {
  if (status === 429) return 'Too many have tried to sign in. Wait a minute, and try again.';
  if (status !== 401) return message;
  return byLink
    ? 'This link has been used, or its time is over. Sign in with a key.'
    : 'This key does not sign in: it is unknown, revoked, or calls models only.';
};
