/** Every service that can be started to be compared with. */
import { etcd } from "./etcd.ts";
import { jetStream } from "./jetstream.ts";
import type { ServiceName } from "./peer-names.ts";
import { postgres } from "./postgres.ts";
import { redis, redisUnsynced } from "./redis.ts";
import type { Service } from "./service.ts";

export const SERVICES: Readonly<Record<ServiceName, Service>> = {
  redis,
  "redis-unsynced": redisUnsynced,
  postgres,
  etcd,
  jetstream: jetStream,
};
