#!/bin/sh
# POSTGRES_PASSWORD, POSTGRES_DB and PGDATA as in the official image.
set -eu

prepare() {
  making="$PGDATA.making"
  rm -rf "$making"
  umask 077
  printf '%s' "${POSTGRES_PASSWORD:?}" > /tmp/password
  initdb --pgdata "$making" --username postgres --pwfile /tmp/password --auth-local trust \
    --auth-host scram-sha-256 --encoding UTF8 --no-locale
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$making/pg_hba.conf"
  echo "CREATE DATABASE ${POSTGRES_DB:-postgres}" | postgres --single -D "$making" postgres > /dev/null
  mv "$making" "$PGDATA"
}

[ -s "$PGDATA/PG_VERSION" ] || prepare
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp
