/**
 * @claimd/server as a library: a real node for the tests of whoever uses claimd, and what programs
 * for operators ask of a cluster.
 *
 * The program is main.ts; nothing else of the server is public.
 */

export { ClusterOperator } from "./cluster/operator/cluster-operator.ts";
export {
  movesUnderWay,
  type PartitionRow,
  partitionRows,
  type StoreRow,
  storeRows,
} from "./cluster/operator/cluster-summary.ts";
export { openOperator, type OperatorSettings } from "./cluster/operator/open-operator.ts";
export { type TestServer, type TestServerOptions, startTestServer } from "./test-server.ts";
