/** Where a node is reached: host:port, an IPv6 host in brackets, or unix:path. */
const ADDRESS = /^(?:(?:[^\s:/[\]]+|\[[\da-f:.%]+\]):(?<port>\d{1,5})|unix:\S+)$/i;
const LAST_PORT = 65_535;

export function isAddress(value: unknown): value is string {
  const found = typeof value === "string" ? ADDRESS.exec(value) : null;
  if (found === null) return false;
  const port = Number(found.groups?.["port"] ?? 1);
  return port >= 1 && port <= LAST_PORT;
}
