-- event_store.append does the same for less. Most of what it cost was neither rows nor hashes: each expression is prepared
-- anew in each transaction, and each one that is more than an expression starts the executor. So there are fewer of both;
-- metadata is parsed once for all the events that share it, and an id used before is left to the index that knows it.

-- Appends to one stream, all or nothing, in one round trip; make it the last statement of its transaction.
--
-- expected: a revision, or -1 the stream must be absent, -2 anything, -4 it must be present.
-- p_metadata: one for each event, or one for all of them, as the events of one command have.
-- Answers the revision and position of the append's last event. An append whose ids are in the stream already, in this
-- order and where `expected` puts them, is a repetition and answers as the first did.
-- Errors: GH403 the stream, or one of the types in it, is not this role's, or an event is of another organization than
-- the stream (the MESSAGE says which); GH409 revision mismatch (DETAIL: the actual revision, or none); a violation of
-- event_event_id_key an event id used before; GH400 malformed.
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
  v_text     text := p_metadata[1];
  v_metadata json := v_text;
  v_shared   CONSTANT boolean := cardinality(p_metadata) = 1;
  v_hashes   bytea[] := '{}';
  v_told     boolean;
BEGIN
  IF (v_count BETWEEN 1 AND 1000 AND p_expected >= -4 AND p_expected <> -3 AND length(p_stream) BETWEEN 1 AND 200
    AND cardinality(p_types) = v_count AND cardinality(p_versions) = v_count AND cardinality(p_data) = v_count
    AND (v_shared OR cardinality(p_metadata) = v_count) AND '' <> ALL (p_types) AND 0 < ALL (p_versions)) IS NOT TRUE
  THEN
    RAISE EXCEPTION 'the arrays must have one length, 1 to 1000, and every argument be in its range' USING ERRCODE = 'GH400';
  END IF;
  -- Under any other level the statements below would not see what others committed while this one waited.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append needs READ COMMITTED' USING ERRCODE = 'GH400';
  END IF;

  -- It conflicts with itself, not with reading or a backup.
  LOCK TABLE append_turn IN EXCLUSIVE MODE;

  -- One statement for all that has to be known: each one more would cost as much as the rest of the check.
  SELECT coalesce(tip."position", 0), coalesce(tip.hash, decode(repeat('00', 32), 'hex')), tip.recorded_at,
    tail.revision, tail.metadata ->> 'organizationId',
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

  -- One condition for all: the last event is of the first one's organization, since each was of the one before it.
  IF v_types IS NULL OR NOT p_types <@ v_types
    OR v_actual IS NOT NULL AND v_owner IS DISTINCT FROM v_metadata ->> 'organizationId' THEN
    RAISE EXCEPTION USING ERRCODE = 'GH403', MESSAGE = CASE
      WHEN v_types IS NULL THEN 'the stream is another role''s'
      WHEN NOT p_types <@ v_types THEN 'the stream holds no events of this type'
      ELSE 'the stream is another organization''s' END;
  END IF;
  -- Alone, so that nobody pays for it whose events share their metadata.
  IF NOT v_shared THEN
    IF EXISTS (SELECT FROM unnest(p_metadata) AS m
      WHERE m::json ->> 'organizationId' IS DISTINCT FROM v_metadata ->> 'organizationId') THEN
      RAISE EXCEPTION 'the stream is another organization''s' USING ERRCODE = 'GH403';
    END IF;
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

  v_at := greatest(date_trunc('milliseconds', clock_timestamp()), v_at);
  v_actual := coalesce(v_actual, -1);
  FOR i IN 1 .. v_count LOOP
    IF NOT v_shared THEN
      v_text := p_metadata[i];
    END IF;
    v_hash := sha256(v_hash || int8send(v_position + i) || int8send(v_actual + i) || timestamptz_send(v_at)
      || int8send(p_versions[i]) || uuid_send(p_ids[i]) || int4send(octet_length(p_stream))
      || int4send(octet_length(p_types[i])) || int4send(octet_length(p_data[i]))
      || int4send(octet_length(v_text)) || int4send(octet_length(v_writer))
      || convert_to(concat(p_stream, p_types[i], p_data[i], v_text, v_writer), 'UTF8'));
    v_hashes[i] := v_hash;
  END LOOP;

  -- As most appends are: without a function scan.
  IF v_count = 1 THEN
    INSERT INTO event
      ("position", stream, revision, event_id, type, version, data, metadata, recorded_at, hash, writer)
    VALUES (v_position + 1, p_stream, v_actual + 1, p_ids[1], p_types[1], p_versions[1], p_data[1]::json, v_metadata,
      v_at, v_hash, v_writer);
  ELSE
    INSERT INTO event
      ("position", stream, revision, event_id, type, version, data, metadata, recorded_at, hash, writer)
    SELECT v_position + i, p_stream, v_actual + i, p_ids[i], p_types[i], p_versions[i], p_data[i]::json,
      CASE WHEN v_shared THEN v_metadata ELSE p_metadata[i]::json END, v_at, v_hashes[i], v_writer
    FROM generate_series(1, v_count) AS i;
  END IF;

  append.revision := v_actual + v_count;
  append."position" := v_position + v_count;
  -- Only a hint, delivered when the transaction commits: readers also look by themselves. PERFORM would start
  -- the executor for it.
  v_told := pg_notify('gatehouse_event_store', append."position"::text) IS NOT NULL;
END
$$;
