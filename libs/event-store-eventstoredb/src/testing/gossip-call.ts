import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { type Empty, UUID } from '@eventstore/db-client/generated/shared_pb';
import type { handleUnaryCall } from '@grpc/grpc-js';

const INSTANCE = '00000000-0000-4000-8000-000000000001';

/** What a client with several seeds asks: who leads. This node is alone, so it does, where it says that it is. */
export const serveGossip =
  (endpoint: () => { readonly host: string; readonly port: number }): handleUnaryCall<Empty, ClusterInfo> =>
  (_call, callback) => {
    const { host, port } = endpoint();
    const member = new MemberInfo()
      .setInstanceId(new UUID().setString(INSTANCE))
      .setTimeStamp('0')
      .setState(MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new EndPoint().setAddress(host).setPort(port));
    callback(null, new ClusterInfo().setMembersList([member]));
  };
