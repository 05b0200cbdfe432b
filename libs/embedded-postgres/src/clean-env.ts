/** Nothing of the caller's environment (PGDATA, PGPORT, LC_*, secrets) reaches Postgres. */
export const CLEAN_ENV: NodeJS.ProcessEnv = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};
