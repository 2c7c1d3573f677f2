/**
 * The consistent-hash ring: for each partition all stores, in the order in which it would like to
 * live on them.
 *
 * Must stay true: a store that comes or goes leaves the order of all others as it is. That is what
 * makes a joiner's share come evenly from everybody, and it needs the explicit `vnodes`: the
 * library's own formula rounds a share of the whole, so that stores lose points when others join.
 */
import HashRing from "hashring";

/** Points of a store: 128, times the four that the library takes from each digest. */
const VNODES = 128;
/** The library's own choice, MD5, is refused by an OpenSSL in FIPS mode. Nothing secret here. */
const DIGEST = "sha256";

/** By partition: positions in `stores`, the best first. The same for any order of `stores`. */
export function ringOrders(
  stores: readonly string[],
  partitions: number,
): readonly (readonly number[])[] {
  const positions = new Map(stores.map((store, at) => [store, at]));
  // Two points on the same spot stand in the order in which their stores came.
  const servers = stores.toSorted().map((store) => [store, { vnodes: VNODES }] as const);
  const ring = new HashRing(Object.fromEntries(servers), DIGEST, { "max cache size": 1 });
  return Array.from({ length: partitions }, (_, partition) =>
    ring.range(String(partition), stores.length).map((store) => positions.get(store) ?? 0),
  );
}
