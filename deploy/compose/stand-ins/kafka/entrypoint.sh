#!/bin/bash
# KAFKA_NODE_ID becomes node.id, and so on; __ stands for _, and ___ for -. CLUSTER_ID names the cluster, KAFKA_HEAP_OPTS goes to Java.
set -eu

properties=/tmp/server.properties
for name in ${!KAFKA_@}; do
  [ "$name" = KAFKA_HEAP_OPTS ] && continue
  key=${name#KAFKA_}
  key=${key,,}
  key=${key//_/.}
  key=${key//.../-}
  printf '%s=%s\n' "${key//../_}" "${!name}"
done > "$properties"

java=(/opt/java/bin/java ${KAFKA_HEAP_OPTS:-} -XX:+UseSerialGC -XX:TieredStopAtLevel=1
  -Dlog4j2.configurationFile=/opt/kafka/log4j2.properties -cp '/opt/kafka/libs/*')

if [ ! -f "$KAFKA_LOG_DIRS/meta.properties" ]; then
  "${java[@]}" kafka.tools.StorageTool format -t "$CLUSTER_ID" -c "$properties"
fi
exec "${java[@]}" kafka.Kafka "$properties"
