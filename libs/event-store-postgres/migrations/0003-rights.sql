-- Each role appends to its own kinds of streams, events of their types, for one organization a stream, and leaves its
-- name on every event. What appends wait for can be held by appending alone.

-- Nothing used it.
DROP TABLE event_store.snapshot;

-- Who may append what. Written by the migrator from the product's list of services.
CREATE TABLE event_store.stream_right (
  role   text   NOT NULL,
  prefix text   NOT NULL,
  types  text[] NOT NULL,
  PRIMARY KEY (role, prefix)
);

COMMENT ON COLUMN event_store.stream_right.role IS
  'A login role. It is held against session_user, which SET ROLE does not change.';
COMMENT ON COLUMN event_store.stream_right.prefix IS
  'The kind of stream: the beginning of its name, up to and with the first hyphen.';
COMMENT ON COLUMN event_store.stream_right.types IS 'The events that such a stream holds.';

ALTER TABLE event_store.event ADD COLUMN writer text;

COMMENT ON COLUMN event_store.event.writer IS
  'The login role that appended, as the server knew it. NULL before writers were kept.';
COMMENT ON COLUMN event_store.event.hash IS
  'SHA-256 of: hash of the event before (32 zero bytes for the first), position, revision, recorded_at (microseconds '
  'since 2000-01-01 UTC), version (each int8), event_id (16 bytes), then the lengths in bytes of stream, type, data, '
  'metadata and writer (each int4), then their UTF-8 bytes. Integers are big-endian. Where writer is NULL it has neither '
  'length nor bytes.';

-- What appends wait for: an object that nobody but its owner, as whom event_store.append runs, may lock. It has no rows.
CREATE TABLE event_store.append_turn ();
DROP FUNCTION event_store.append_lock();

-- Appends to one stream, all or nothing, in one round trip; make it the last statement of its transaction.
--
-- expected: a revision, or -1 the stream must be absent, -2 anything, -4 it must be present.
-- p_metadata: one for each event, or one for all of them, as the events of one command have.
-- Answers the revision and position of the append's last event. An append whose ids are in the stream already, in this
-- order and where `expected` puts them, is a repetition and answers as the first did.
-- Errors: GH403 the stream, or one of the types in it, is not this role's, or an event is of another organization than
-- the stream (the MESSAGE says which); GH409 revision mismatch (DETAIL: the actual revision, or none); GH422 (DETAIL: the
-- id) or a violation of event_event_id_key an event id used before; GH400 malformed.
CREATE OR REPLACE FUNCTION event_store.append(
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
  v_writer   CONSTANT text := session_user;
  v_types    text[];
  v_used     boolean;
  v_actual   bigint;
  v_owner    text;
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

  -- It conflicts with itself, not with reading or a backup.
  LOCK TABLE append_turn IN EXCLUSIVE MODE;

  -- One statement for all that has to be known: each one more would cost as much as the rest of the check.
  SELECT coalesce(tip."position", 0), tip.hash, tip.recorded_at, tail.revision, tail.metadata ->> 'organizationId',
    EXISTS (SELECT FROM event e WHERE e.event_id = p_ids[1]),
    (SELECT r.types FROM stream_right r
      WHERE r.role = v_writer AND r.prefix = left(p_stream, strpos(p_stream, '-')))
  INTO v_position, v_hash, v_at, v_actual, v_owner, v_used, v_types
  FROM (SELECT) AS always
    LEFT JOIN LATERAL
      (SELECT e."position", e.hash, e.recorded_at FROM event e ORDER BY e."position" DESC LIMIT 1) AS tip ON true
    LEFT JOIN LATERAL
      (SELECT e.revision, e.metadata FROM event e WHERE e.stream = p_stream ORDER BY e.revision DESC LIMIT 1) AS tail
      ON true;

  IF v_types IS NULL THEN
    RAISE EXCEPTION 'the stream is another role''s' USING ERRCODE = 'GH403';
  END IF;
  IF NOT p_types <@ v_types THEN
    RAISE EXCEPTION 'the stream holds no events of this type' USING ERRCODE = 'GH403';
  END IF;
  -- The last event is of the first one's organization, since each was of the one before it.
  IF v_actual IS NOT NULL AND v_owner IS DISTINCT FROM v_metadata::json ->> 'organizationId'
    OR NOT v_shared AND EXISTS (SELECT FROM unnest(p_metadata) AS m
      WHERE m::json ->> 'organizationId' IS DISTINCT FROM v_metadata::json ->> 'organizationId') THEN
    RAISE EXCEPTION 'the stream is another organization''s' USING ERRCODE = 'GH403';
  END IF;

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
      || int4send(octet_length(v_writer))
      || convert_to(concat(p_stream, p_types[i], p_data[i], v_metadata, v_writer), 'UTF8'));
    v_hashes[i] := v_hash;
  END LOOP;

  INSERT INTO event
    ("position", stream, revision, event_id, type, version, data, metadata, recorded_at, hash, writer)
  SELECT v_position + e.i, p_stream, v_actual + e.i, e.id, e.type, e.version, e.data::json,
    CASE WHEN v_shared THEN v_metadata ELSE e.metadata END::json, v_at, e.hash, v_writer
  FROM unnest(p_ids, p_types, p_versions, p_data, p_metadata, v_hashes) WITH ORDINALITY
    AS e (id, type, version, data, metadata, hash, i);

  append.revision := v_actual + v_count;
  append."position" := v_position + v_count;
  -- Only a hint, delivered when the transaction commits: readers also look by themselves.
  PERFORM pg_notify('gatehouse_event_store', append."position"::text);
END
$$;
