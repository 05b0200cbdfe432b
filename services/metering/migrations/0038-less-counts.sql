-- Of two histograms, both known, by how much the one is more than the other.
CREATE FUNCTION metering.less_counts(a integer[], b integer[]) RETURNS integer[]
  IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN ARRAY[
    a[1] - b[1], a[2] - b[2], a[3] - b[3], a[4] - b[4], a[5] - b[5], a[6] - b[6],
    a[7] - b[7], a[8] - b[8], a[9] - b[9], a[10] - b[10], a[11] - b[11], a[12] - b[12],
    a[13] - b[13], a[14] - b[14], a[15] - b[15], a[16] - b[16], a[17] - b[17], a[18] - b[18],
    a[19] - b[19], a[20] - b[20], a[21] - b[21], a[22] - b[22], a[23] - b[23], a[24] - b[24]
  ];
