/**
 * Whether a certificate is that of the node that shows it: a subject alternative name must be
 * `URI:claimd://<cluster>/<node>` or `DNS:<node>`.
 *
 * Never looks at the common name, takes no wildcards, and trusts no text that it can't take apart:
 * a name may contain what looks like the next one, so Node puts such names in quotes.
 */
import type { PeerCertificate } from "node:tls";
import type { PeerIdentity } from "./handshake.ts";

const ONE_NAME = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)/y;

/** Undefined = it names the node. */
export function certificateProblem(
  certificate: Pick<PeerCertificate, "subjectaltname"> | undefined,
  { cluster, node }: Pick<PeerIdentity, "cluster" | "node">,
): string | undefined {
  const wanted = [`URI:claimd://${cluster}/${node}`, `DNS:${node}`];
  const names = alternativeNames(certificate?.subjectaltname ?? "");
  if (names.some((name) => wanted.includes(name))) return undefined;
  const shown = names.join(", ").slice(0, 300) || "nobody";
  return `certificate: names ${shown}; of node ${node} it must name ${wanted.join(" or ")}`;
}

/** `DNS:a, URI:claimd://c/n` one by one; none where the text has another form. */
export function alternativeNames(text: string): readonly string[] {
  const names: string[] = [];
  ONE_NAME.lastIndex = 0;
  let end = 0;
  for (let found = ONE_NAME.exec(text); found !== null; found = ONE_NAME.exec(text)) {
    end = ONE_NAME.lastIndex;
    names.push(`${found[1] ?? ""}:${found[2] ?? ""}`);
  }
  return end === text.length ? names : [];
}
