-- event_store.append_each appends to many streams for the price of a few: the log is locked, its tip is read and the
-- transaction is committed once for all of them, and what has to be known of the streams is asked in one statement.

-- Appends to many streams of one organization, all or nothing, in one round trip; make it the last statement of its
-- transaction. Who is refused finds out by `append`, stream by stream, what is wrong with which.
--
-- p_expected: of each stream, as for `append`. p_of: for each event the stream it is for, by its place in p_streams from 1,
-- in rising order. p_metadata: one for each event, or one for all of them.
-- Answers for each stream the revision and position of its last event.
-- Errors: GH403, GH409, GH400 as `append`, also where the events are of more than one organization; a violation of
-- event_event_id_key an event id used before: a repetition, too, is not known for one here.
CREATE FUNCTION event_store.append_each(
  p_streams text[],
  p_expected bigint[],
  p_of integer[],
  p_ids uuid[],
  p_types text[],
  p_versions integer[],
  p_data text[],
  p_metadata text[],
  OUT revisions bigint[],
  OUT positions bigint[]
)
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, event_store, pg_temp
  SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  v_streams  CONSTANT integer := cardinality(p_streams);
  v_count    CONSTANT integer := cardinality(p_ids);
  v_writer   CONSTANT text := session_user;
  v_actual   bigint[];
  v_owners   text[];
  v_each     bigint[] := '{}';
  v_position bigint;
  v_at       timestamptz;
  v_hash     bytea;
  v_text     text := p_metadata[1];
  v_metadata json := v_text;
  v_owner    CONSTANT text := v_metadata ->> 'organizationId';
  v_shared   CONSTANT boolean := cardinality(p_metadata) = 1;
  v_hashes   bytea[] := '{}';
  v_of       integer;
  v_told     boolean;
BEGIN
  IF (v_count BETWEEN 1 AND 1000 AND v_streams BETWEEN 1 AND v_count AND cardinality(p_expected) = v_streams
    AND -4 <= ALL (p_expected) AND -3 <> ALL (p_expected) AND cardinality(p_of) = v_count
    AND cardinality(p_types) = v_count AND cardinality(p_versions) = v_count AND cardinality(p_data) = v_count
    AND (v_shared OR cardinality(p_metadata) = v_count) AND '' <> ALL (p_types) AND 0 < ALL (p_versions)
    AND NOT EXISTS (SELECT FROM unnest(p_streams) AS s WHERE (length(s) BETWEEN 1 AND 200) IS NOT TRUE)
    -- Each stream once, and with one event at least.
    AND (SELECT count(DISTINCT s) FROM unnest(p_streams) AS s) = v_streams
    AND (SELECT count(DISTINCT o) FROM unnest(p_of) AS o WHERE o BETWEEN 1 AND v_streams) = v_streams) IS NOT TRUE
    OR EXISTS (SELECT FROM unnest(p_of) WITH ORDINALITY AS o(of, i) WHERE of NOT BETWEEN 1 AND v_streams)
  THEN
    RAISE EXCEPTION 'the arrays must fit each other, and every argument be in its range' USING ERRCODE = 'GH400';
  END IF;
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append_each needs READ COMMITTED' USING ERRCODE = 'GH400';
  END IF;

  LOCK TABLE append_turn IN EXCLUSIVE MODE;

  SELECT coalesce(tip."position", 0), coalesce(tip.hash, decode(repeat('00', 32), 'hex')), tip.recorded_at
  INTO v_position, v_hash, v_at
  FROM (SELECT) AS always
    LEFT JOIN LATERAL
      (SELECT e."position", e.hash, e.recorded_at FROM event e ORDER BY e."position" DESC LIMIT 1) AS tip ON true;
  SELECT array_agg(tail.revision ORDER BY s.i), array_agg(tail.metadata ->> 'organizationId' ORDER BY s.i)
  INTO v_actual, v_owners
  FROM unnest(p_streams) WITH ORDINALITY AS s(name, i)
    LEFT JOIN LATERAL
      (SELECT e.revision, e.metadata FROM event e WHERE e.stream = s.name ORDER BY e.revision DESC LIMIT 1) AS tail
      ON true;

  IF EXISTS (
    SELECT FROM (SELECT DISTINCT left(p_streams[of], strpos(p_streams[of], '-')) AS prefix, type
      FROM unnest(p_of, p_types) AS e(of, type)) AS wanted
      LEFT JOIN stream_right r ON r.role = v_writer AND r.prefix = wanted.prefix
    WHERE r.types IS NULL OR wanted.type <> ALL (r.types)) THEN
    RAISE EXCEPTION 'a stream is another role''s, or holds no events of a type' USING ERRCODE = 'GH403';
  END IF;
  IF v_owner IS NULL
    OR EXISTS (SELECT FROM unnest(v_actual, v_owners) AS s(actual, owner)
      WHERE actual IS NOT NULL AND owner IS DISTINCT FROM v_owner)
    OR NOT v_shared AND EXISTS (SELECT FROM unnest(p_metadata) AS m
      WHERE m::json ->> 'organizationId' IS DISTINCT FROM v_owner) THEN
    RAISE EXCEPTION 'a stream is another organization''s' USING ERRCODE = 'GH403';
  END IF;
  IF EXISTS (SELECT FROM unnest(p_expected, v_actual) AS s(expected, actual)
    WHERE expected >= 0 AND actual IS DISTINCT FROM expected OR expected = -1 AND actual IS NOT NULL
      OR expected = -4 AND actual IS NULL) THEN
    RAISE EXCEPTION 'a stream is not at the expected revision' USING ERRCODE = 'GH409', DETAIL = 'none';
  END IF;

  v_at := greatest(date_trunc('milliseconds', clock_timestamp()), v_at);
  FOR i IN 1 .. v_count LOOP
    v_of := p_of[i];
    v_actual[v_of] := coalesce(v_actual[v_of], -1) + 1;
    v_each[i] := v_actual[v_of];
    append_each.positions[v_of] := v_position + i;
    IF NOT v_shared THEN
      v_text := p_metadata[i];
    END IF;
    v_hash := sha256(v_hash || int8send(v_position + i) || int8send(v_each[i]) || timestamptz_send(v_at)
      || int8send(p_versions[i]) || uuid_send(p_ids[i]) || int4send(octet_length(p_streams[v_of]))
      || int4send(octet_length(p_types[i])) || int4send(octet_length(p_data[i]))
      || int4send(octet_length(v_text)) || int4send(octet_length(v_writer))
      || convert_to(concat(p_streams[v_of], p_types[i], p_data[i], v_text, v_writer), 'UTF8'));
    v_hashes[i] := v_hash;
  END LOOP;

  INSERT INTO event
    ("position", stream, revision, event_id, type, version, data, metadata, recorded_at, hash, writer)
  SELECT v_position + i, p_streams[p_of[i]], v_each[i], p_ids[i], p_types[i], p_versions[i], p_data[i]::json,
    CASE WHEN v_shared THEN v_metadata ELSE p_metadata[i]::json END, v_at, v_hashes[i], v_writer
  FROM generate_series(1, v_count) AS i;

  append_each.revisions := v_actual;
  v_told := pg_notify('gatehouse_event_store', (v_position + v_count)::text) IS NOT NULL;
END
$$;

REVOKE ALL ON FUNCTION event_store.append_each FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_store.append_each TO gatehouse_event_store_user;
