-- The bus on Postgres: topics of partitions of messages at dense offsets.
--
-- Only bus.publish writes messages. It holds the partition's row from the moment it takes offsets until the transaction
-- ends: when offset n + 1 is given out, n is committed and visible, or was never given out, since a rollback takes the
-- row's counter back with it. Hence a reader that asks for `offset >= next ORDER BY offset` misses nothing.

CREATE SCHEMA bus;

-- Group roles, shared by all databases of a server: another migration may be making them at this moment.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['gatehouse_bus_user', 'gatehouse_bus_producer'] LOOP
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

CREATE TABLE bus.topic (
  name         text    NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
  partitions   integer NOT NULL CHECK (partitions BETWEEN 1 AND 100),
  retention_ms bigint  CHECK (retention_ms > 0)
);

COMMENT ON COLUMN bus.topic.partitions IS 'Chosen once: another count would break the order of keys.';
COMMENT ON COLUMN bus.topic.retention_ms IS 'NULL: messages are kept for ever.';

CREATE TABLE bus.partition (
  topic     text    NOT NULL REFERENCES bus.topic (name),
  partition integer NOT NULL CHECK (partition >= 0),
  next      bigint  NOT NULL DEFAULT 0 CHECK (next >= 0),
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

COMMENT ON COLUMN bus.partition.next IS 'The offset that the next message gets. The row is the lock of the partition.';

CREATE TABLE bus.message (
  topic        text        NOT NULL,
  partition    integer     NOT NULL,
  "offset"     bigint      NOT NULL,
  key          text        NOT NULL,
  headers      jsonb       NOT NULL,
  value        bytea       NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (topic, partition, "offset")
);

-- Protobuf hardly compresses, and what is not compressed can be measured without being read.
ALTER TABLE bus.message ALTER COLUMN value SET STORAGE EXTERNAL;

-- Makes the topic where it is absent. Errors: GH409 it exists with another number of partitions (DETAIL: theirs).
-- Only consumers may change how long messages are kept: a mere producer must not be able to make them vanish.
CREATE FUNCTION bus.ensure_topic(p_name text, p_partitions integer, p_retention_ms bigint) RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, bus, pg_temp
AS $$
DECLARE
  v_topic topic;
BEGIN
  SELECT * INTO v_topic FROM topic t WHERE t.name = p_name;
  IF NOT FOUND THEN
    INSERT INTO topic (name, partitions, retention_ms) VALUES (p_name, p_partitions, p_retention_ms)
      ON CONFLICT DO NOTHING;
    SELECT * INTO v_topic FROM topic t WHERE t.name = p_name;
    INSERT INTO partition (topic, partition)
      SELECT p_name, n FROM generate_series(0, v_topic.partitions - 1) AS n
      ON CONFLICT DO NOTHING;
  END IF;
  IF v_topic.partitions <> p_partitions THEN
    RAISE EXCEPTION 'the topic has another number of partitions'
      USING ERRCODE = 'GH409', DETAIL = v_topic.partitions::text;
  END IF;
  IF v_topic.retention_ms IS DISTINCT FROM p_retention_ms
    AND pg_has_role(session_user, 'gatehouse_bus_user', 'MEMBER') THEN
    UPDATE topic SET retention_ms = p_retention_ms WHERE name = p_name;
  END IF;
END
$$;

-- Publishes in order, all or nothing; the arrays run side by side. Error: GH404 there is no such topic.
CREATE FUNCTION bus.publish(p_topic text, p_keys text[], p_headers text[], p_values bytea[]) RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, bus, pg_temp
AS $$
DECLARE
  v_count      CONSTANT integer := cardinality(p_keys);
  v_partitions integer;
BEGIN
  IF v_count IS NULL OR cardinality(p_headers) IS DISTINCT FROM v_count
    OR cardinality(p_values) IS DISTINCT FROM v_count THEN
    RAISE EXCEPTION 'the arrays must have one length' USING ERRCODE = 'GH400';
  END IF;
  -- Under any other level the counters below would be those of the transaction's beginning.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'publish needs READ COMMITTED' USING ERRCODE = 'GH400';
  END IF;
  SELECT t.partitions INTO v_partitions FROM topic t WHERE t.name = p_topic;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no such topic' USING ERRCODE = 'GH404';
  END IF;

  -- One order for all, so that two publishers never wait for each other.
  PERFORM FROM partition p
    WHERE p.topic = p_topic
      AND p.partition IN (SELECT partition_of(k, v_partitions) FROM unnest(p_keys) AS k)
    ORDER BY p.partition FOR UPDATE;

  WITH given AS (
    SELECT g.*, partition_of(g.key, v_partitions) AS partition
    FROM unnest(p_keys, p_headers, p_values) WITH ORDINALITY AS g (key, headers, value, ordinal)
  ), counted AS (
    SELECT g.*, row_number() OVER (PARTITION BY g.partition ORDER BY g.ordinal) AS n FROM given g
  ), taken AS (
    UPDATE partition p SET next = p.next + c.n
    FROM (SELECT partition, max(n) AS n FROM counted GROUP BY partition) AS c
    WHERE p.topic = p_topic AND p.partition = c.partition
    RETURNING p.partition, p.next - c.n AS first
  )
  INSERT INTO message (topic, partition, "offset", key, headers, value, published_at)
  SELECT p_topic, c.partition, t.first + c.n - 1, c.key, c.headers::jsonb, c.value, clock_timestamp()
  FROM counted c JOIN taken t USING (partition)
  ORDER BY c.ordinal;

  -- Only a hint, delivered when the transaction commits: consumers also look by themselves.
  PERFORM pg_notify('gatehouse_bus', p_topic);
END
$$;

-- The partition of a key, the same on every version of Postgres.
CREATE FUNCTION bus.partition_of(p_key text, p_partitions integer) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$ SELECT ('x' || substr(md5(p_key), 1, 7))::bit(28)::integer % p_partitions $$;

-- Deletes messages that outlived their topic's retention, oldest first, at most p_limit of each partition; answers how
-- many. One at a time: whoever comes meanwhile answers 0.
CREATE FUNCTION bus.expire(p_limit integer) RETURNS bigint
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, bus, pg_temp
AS $$
DECLARE
  v_deleted bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7236265284416628326) THEN
    RETURN 0;
  END IF;
  DELETE FROM message m USING (
    SELECT oldest.topic, oldest.partition, oldest."offset"
    FROM topic t
    JOIN partition p ON p.topic = t.name
    CROSS JOIN LATERAL (
      SELECT o.topic, o.partition, o."offset", o.published_at FROM message o
      WHERE o.topic = p.topic AND o.partition = p.partition ORDER BY o."offset" LIMIT p_limit
    ) AS oldest
    WHERE t.retention_ms IS NOT NULL
      AND oldest.published_at < clock_timestamp() - t.retention_ms * interval '1 millisecond'
  ) AS expired
  WHERE m.topic = expired.topic AND m.partition = expired.partition AND m."offset" = expired."offset";
  GET DIAGNOSTICS v_deleted = ROW_COUNT;
  RETURN v_deleted;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bus FROM PUBLIC;

GRANT USAGE ON SCHEMA bus TO gatehouse_bus_user, gatehouse_bus_producer;
GRANT EXECUTE ON FUNCTION bus.ensure_topic, bus.publish TO gatehouse_bus_user, gatehouse_bus_producer;
GRANT EXECUTE ON FUNCTION bus.expire TO gatehouse_bus_user;
GRANT SELECT ON bus.topic, bus.partition, bus.message TO gatehouse_bus_user;
