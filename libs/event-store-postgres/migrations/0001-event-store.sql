-- The log: one table of events, in dense positions, hash-chained, append-only.
--
-- Only event_store.append writes it. Everything in it happens under one advisory lock, which is held until the
-- transaction ends: when position p + 1 is given out, p is committed and visible, or was never given out. Hence a
-- reader that asks for `position > checkpoint ORDER BY position` misses nothing and needs no other proof; a rollback
-- burns no position, because the next one comes from the table and not from a sequence.

CREATE SCHEMA event_store;

-- Group roles, shared by all databases of a server: another migration may be making them at this moment.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['gatehouse_event_store_user', 'gatehouse_event_store_reader'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
END
$$;

-- No CHECK constraints: Postgres parses them anew in each append. event_store.append, the only writer, checks.
CREATE TABLE event_store.event (
  "position"  bigint      NOT NULL PRIMARY KEY,
  stream      text        NOT NULL,
  revision    bigint      NOT NULL,
  event_id    uuid        NOT NULL UNIQUE,
  type        text        NOT NULL,
  version     integer     NOT NULL,
  -- json, not jsonb: the canonical text is kept to the byte, since the hash is over it.
  data        json        NOT NULL,
  metadata    json        NOT NULL,
  recorded_at timestamptz NOT NULL,
  hash        bytea       NOT NULL,
  UNIQUE (stream, revision)
);

COMMENT ON TABLE event_store.event IS 'Every event, for ever. Written by event_store.append alone.';
COMMENT ON COLUMN event_store.event.recorded_at IS 'To the millisecond; never falls as the position rises.';
COMMENT ON COLUMN event_store.event.hash IS
  'SHA-256 of: hash of the event before (32 zero bytes for the first), position, revision, recorded_at (microseconds '
  'since 2000-01-01 UTC), version (each int8), event_id (16 bytes), then the lengths in bytes of stream, type, data and '
  'metadata (each int4), then their UTF-8 bytes. Integers are big-endian.';

CREATE FUNCTION event_store.refuse_change() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only: % of event_store.event', TG_OP USING ERRCODE = 'GH403';
END
$$;

CREATE TRIGGER event_is_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON event_store.event
  FOR EACH STATEMENT EXECUTE FUNCTION event_store.refuse_change();

-- The key of the advisory lock under which everything is appended.
CREATE FUNCTION event_store.append_lock() RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 7236265284416628325 $$;

-- Appends to one stream, all or nothing, in one round trip; make it the last statement of its transaction.
--
-- expected: a revision, or -1 the stream must be absent, -2 anything, -4 it must be present.
-- p_metadata: one for each event, or one for all of them, as the events of one command have.
-- Answers the revision and position of the append's last event. An append whose ids are in the stream already, in this
-- order and where `expected` puts them, is a repetition and answers as the first did.
-- Errors: GH409 revision mismatch (DETAIL: the actual revision, or none); GH422 (DETAIL: the id) or a violation of
-- event_event_id_key an event id used before; GH400 malformed.
CREATE FUNCTION event_store.append(
  p_stream text,
  p_expected bigint,
  p_ids uuid[],
  p_types text[],
  p_versions integer[],
  p_data text[],
  p_metadata text[],
  OUT revision bigint,
  OUT "position" bigint
)
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, event_store, pg_temp
  -- Planning anew for each array's length would cost more than the append itself.
  SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  v_count    CONSTANT integer := cardinality(p_ids);
  v_used     boolean;
  v_actual   bigint;
  v_first    bigint;
  v_position bigint;
  v_at       timestamptz;
  v_hash     bytea;
  v_metadata text := p_metadata[1];
  v_shared   CONSTANT boolean := cardinality(p_metadata) = 1;
  v_hashes   bytea[] := '{}';
BEGIN
  IF v_count IS NULL OR v_count NOT BETWEEN 1 AND 1000 OR p_expected IS NULL OR p_expected < -4 OR p_expected = -3
    OR p_stream IS NULL OR length(p_stream) NOT BETWEEN 1 AND 200 OR '' = ANY (p_types) OR 1 > ANY (p_versions)
    OR cardinality(p_types) IS DISTINCT FROM v_count OR cardinality(p_versions) IS DISTINCT FROM v_count
    OR cardinality(p_data) IS DISTINCT FROM v_count
    OR (cardinality(p_metadata) IS DISTINCT FROM v_count AND cardinality(p_metadata) IS DISTINCT FROM 1) THEN
    RAISE EXCEPTION 'the arrays must have one length, 1 to 1000, and every argument be in its range' USING ERRCODE = 'GH400';
  END IF;
  -- Under any other level the statements below would not see what others committed while this one waited.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append needs READ COMMITTED' USING ERRCODE = 'GH400';
  END IF;

  PERFORM pg_advisory_xact_lock(event_store.append_lock());

  SELECT coalesce(tip."position", 0), tip.hash, tip.recorded_at,
    (SELECT e.revision FROM event e WHERE e.stream = p_stream ORDER BY e.revision DESC LIMIT 1),
    EXISTS (SELECT FROM event e WHERE e.event_id = p_ids[1])
  INTO v_position, v_hash, v_at, v_actual, v_used
  FROM (SELECT) AS always LEFT JOIN LATERAL
    (SELECT e."position", e.hash, e.recorded_at FROM event e ORDER BY e."position" DESC LIMIT 1) AS tip ON true;

  -- One id tells: a repetition has all of them, and for any other append the unique index knows the rest.
  IF v_used THEN
    SELECT e.revision INTO v_first FROM event e WHERE e.event_id = p_ids[1] AND e.stream = p_stream;
    IF v_first = p_expected + 1 OR p_expected IN (-2, -4) THEN
      SELECT max(e.revision), max(e."position") INTO append.revision, append."position"
      FROM event e JOIN unnest(p_ids) WITH ORDINALITY AS wanted(id, ordinal)
        ON e.event_id = wanted.id AND e.stream = p_stream AND e.revision = v_first + wanted.ordinal - 1
      HAVING count(*) = v_count;
      IF FOUND THEN
        RETURN;
      END IF;
    END IF;
  END IF;
  IF (p_expected >= 0 AND v_actual IS DISTINCT FROM p_expected) OR (p_expected = -1 AND v_actual IS NOT NULL)
    OR (p_expected = -4 AND v_actual IS NULL) THEN
    RAISE EXCEPTION 'the stream is not at the expected revision'
      USING ERRCODE = 'GH409', DETAIL = coalesce(v_actual::text, 'none');
  END IF;
  IF v_used THEN
    RAISE EXCEPTION 'an event id was used before' USING ERRCODE = 'GH422', DETAIL = p_ids[1];
  END IF;

  v_at := greatest(date_trunc('milliseconds', clock_timestamp()), v_at);
  v_hash := coalesce(v_hash, decode(repeat('00', 32), 'hex'));
  v_actual := coalesce(v_actual, -1);
  FOR i IN 1 .. v_count LOOP
    IF NOT v_shared THEN
      v_metadata := p_metadata[i];
    END IF;
    v_hash := sha256(v_hash || int8send(v_position + i) || int8send(v_actual + i) || timestamptz_send(v_at)
      || int8send(p_versions[i]) || uuid_send(p_ids[i]) || int4send(octet_length(p_stream))
      || int4send(octet_length(p_types[i])) || int4send(octet_length(p_data[i])) || int4send(octet_length(v_metadata))
      || convert_to(concat(p_stream, p_types[i], p_data[i], v_metadata), 'UTF8'));
    v_hashes[i] := v_hash;
  END LOOP;

  INSERT INTO event ("position", stream, revision, event_id, type, version, data, metadata, recorded_at, hash)
  SELECT v_position + e.i, p_stream, v_actual + e.i, e.id, e.type, e.version, e.data::json,
    CASE WHEN v_shared THEN v_metadata ELSE e.metadata END::json, v_at, e.hash
  FROM unnest(p_ids, p_types, p_versions, p_data, p_metadata, v_hashes) WITH ORDINALITY
    AS e (id, type, version, data, metadata, hash, i);

  append.revision := v_actual + v_count;
  append."position" := v_position + v_count;
  -- Only a hint, delivered when the transaction commits: readers also look by themselves.
  PERFORM pg_notify('gatehouse_event_store', append."position"::text);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA event_store FROM PUBLIC;

GRANT USAGE ON SCHEMA event_store TO gatehouse_event_store_user, gatehouse_event_store_reader;
GRANT SELECT ON event_store.event TO gatehouse_event_store_user, gatehouse_event_store_reader;
GRANT EXECUTE ON FUNCTION event_store.append TO gatehouse_event_store_user;
