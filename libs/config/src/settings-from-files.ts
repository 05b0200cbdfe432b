import { readFileSync } from 'node:fs';

/**
 * Where a setting is to be taken from: its variable, or else the file that `<NAME>_FILE` names, without the newline at
 * its end. So a password stays out of command lines and of the environment, which others may see. What is empty counts as
 * not given: a compose file cannot leave a variable out.
 */
export const settingFrom = (env: NodeJS.ProcessEnv, name: string): string | undefined => {
  const file = env[`${name}_FILE`];
  return env[name] || (file ? settingIn(file) : '') || undefined;
};

/** Throws where the file cannot be read. */
export const settingIn = (file: string): string => readFileSync(file, 'utf8').trimEnd();
