-- Each role publishes to its own topics and to no other; topics are made, and their retention chosen, by the owner of
-- the database alone.

-- Who may publish what. Written by the migrator from the product's list of services.
CREATE TABLE bus.publisher (
  topic text NOT NULL REFERENCES bus.topic (name),
  role  text NOT NULL,
  PRIMARY KEY (topic, role)
);

COMMENT ON COLUMN bus.publisher.role IS 'A login role. It is held against session_user, which SET ROLE does not change.';

-- Makes the topic where it is absent, and keeps its messages as long as said; runs as whoever calls it, which is the
-- owner. Error: GH409 it exists with another number
-- of partitions (DETAIL: theirs).
CREATE OR REPLACE FUNCTION bus.ensure_topic(p_name text, p_partitions integer, p_retention_ms bigint) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, bus, pg_temp
AS $$
DECLARE
  v_partitions integer;
BEGIN
  INSERT INTO topic (name, partitions) VALUES (p_name, p_partitions) ON CONFLICT DO NOTHING;
  SELECT t.partitions INTO v_partitions FROM topic t WHERE t.name = p_name;
  IF v_partitions <> p_partitions THEN
    RAISE EXCEPTION 'the topic has another number of partitions'
      USING ERRCODE = 'GH409', DETAIL = v_partitions::text;
  END IF;
  INSERT INTO partition (topic, partition)
    SELECT p_name, n FROM generate_series(0, p_partitions - 1) AS n
    ON CONFLICT DO NOTHING;
  UPDATE topic SET retention_ms = p_retention_ms
    WHERE name = p_name AND retention_ms IS DISTINCT FROM p_retention_ms;
END
$$;

-- Publishes in order, all or nothing; the arrays run side by side. Errors: GH404 there is no such topic; GH403 it is not
-- this role's to publish to.
CREATE OR REPLACE FUNCTION bus.publish(p_topic text, p_keys text[], p_headers text[], p_values bytea[]) RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, bus, pg_temp
AS $$
DECLARE
  v_count      CONSTANT integer := cardinality(p_keys);
  v_partitions integer;
  v_granted    boolean;
BEGIN
  IF v_count IS NULL OR cardinality(p_headers) IS DISTINCT FROM v_count
    OR cardinality(p_values) IS DISTINCT FROM v_count THEN
    RAISE EXCEPTION 'the arrays must have one length' USING ERRCODE = 'GH400';
  END IF;
  -- Under any other level the counters below would be those of the transaction's beginning.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'publish needs READ COMMITTED' USING ERRCODE = 'GH400';
  END IF;
  SELECT t.partitions, EXISTS (SELECT FROM publisher p WHERE p.topic = t.name AND p.role = session_user)
    INTO v_partitions, v_granted
    FROM topic t WHERE t.name = p_topic;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no such topic' USING ERRCODE = 'GH404';
  END IF;
  IF NOT v_granted THEN
    RAISE EXCEPTION 'the topic is another role''s' USING ERRCODE = 'GH403';
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

DROP FUNCTION bus.expire(integer);

-- Deletes messages that outlived their topic's retention, oldest first, at most 1,000 of each partition; answers how
-- many. One at a time for each topic: whoever comes meanwhile passes it over. It takes no word from its caller, so any
-- consumer may do this work.
CREATE FUNCTION bus.expire() RETURNS bigint
  LANGUAGE sql
  SECURITY DEFINER
  SET search_path = pg_catalog, bus, pg_temp
AS $$
  WITH held AS (
    SELECT t.name, t.retention_ms FROM topic t WHERE t.retention_ms IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED
  ), deleted AS (
    DELETE FROM message m USING (
      SELECT oldest.topic, oldest.partition, oldest."offset"
      FROM held h
      JOIN partition p ON p.topic = h.name
      CROSS JOIN LATERAL (
        SELECT o.topic, o.partition, o."offset", o.published_at FROM message o
        WHERE o.topic = p.topic AND o.partition = p.partition ORDER BY o."offset" LIMIT 1000
      ) AS oldest
      WHERE oldest.published_at < clock_timestamp() - h.retention_ms * interval '1 millisecond'
    ) AS expired
    WHERE m.topic = expired.topic AND m.partition = expired.partition AND m."offset" = expired."offset"
    RETURNING 1
  )
  SELECT count(*) FROM deleted
$$;

REVOKE ALL ON FUNCTION bus.expire, bus.ensure_topic FROM PUBLIC, gatehouse_bus_user, gatehouse_bus_producer;
GRANT EXECUTE ON FUNCTION bus.expire TO gatehouse_bus_user;
-- A topic's shape is no secret: who publishes checks it too.
GRANT SELECT ON bus.topic TO gatehouse_bus_producer;
