/**
 * The overlay `cluster`, rendered: nodes and etcd find each other by names that exist, at ports
 * that somebody listens on, past policies that let them, with certificates that are mounted.
 */
import { join } from "node:path";
import type { IStatefulSet } from "kubernetes-models/apps/v1";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1";
import type { IService } from "kubernetes-models/v1";
import { describe, expect, it } from "vitest";
import { SETTINGS } from "../server/config.ts";
import { asRendered, OVERLAYS, whyNoRendering } from "./manifests.ts";

const reason = whyNoRendering();
const title = reason === undefined ? "the cluster" : `the cluster (skipped: ${reason})`;

describe.skipIf(reason !== undefined)(title, () => {
  const manifests = reason === undefined ? asRendered(join(OVERLAYS, "cluster")) : [];

  function named(kind: string, name: string): object {
    const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
    if (found === undefined && reason === undefined) throw new Error(`no ${kind} ${name}`);
    return found ?? {};
  }

  function setOf(name: string) {
    const { spec } = named("StatefulSet", name) as IStatefulSet;
    const pod = spec?.template.spec;
    const container = pod?.containers[0];
    const env = new Map(container?.env?.map((each) => [each.name, each.value ?? ""]));
    const ports = new Map(container?.ports?.map((port) => [port.name, port.containerPort]));
    const hosts = Array.from({ length: spec?.replicas ?? 0 }, (_, at) => `${name}-${at}`);
    return { spec, pod, container, env, ports, hosts };
  }

  const [claimd, etcd] = [setOf("claimd"), setOf("etcd")];

  it("has three of each, spread over hosts, of which one may be away", () => {
    for (const [name, { spec, pod }] of Object.entries({ claimd, etcd })) {
      expect(spec?.replicas).toBe(3);
      const labels = spec?.template.metadata?.labels;
      expect(spec?.selector.matchLabels).toEqual(labels);
      for (const each of pod?.topologySpreadConstraints ?? []) {
        expect(each.labelSelector?.matchLabels).toEqual(labels);
      }
      const budget = (named("PodDisruptionBudget", name) as IPodDisruptionBudget).spec;
      expect(budget).toMatchObject({ maxUnavailable: 1, selector: { matchLabels: labels } });
    }
    expect(SETTINGS.replicas.default).toBeLessThanOrEqual(claimd.hosts.length);
  });

  it("names etcd's members as their service and ports do", () => {
    const service = (named("Service", "etcd") as IService).spec;
    expect(service).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
    expect(service?.selector).toEqual(etcd.spec?.selector.matchLabels);
    expect(etcd.spec?.serviceName).toBe("etcd");
    for (const { port, targetPort } of service?.ports ?? []) {
      expect(port).toBe(etcd.ports.get(String(targetPort)));
    }
    const at = (port: string) => etcd.hosts.map((host) => `${host}.etcd:${etcd.ports.get(port)}`);
    expect(claimd.env.get("CLAIMD_ETCD")).toBe(at("client").join(","));
    const members = at("peer").map((address) => `${address.split(".")[0]}=https://${address}`);
    expect(etcd.env.get("ETCD_INITIAL_CLUSTER")).toBe(members.join(","));
    const own = { ETCD_ADVERTISE_CLIENT_URLS: "client", ETCD_INITIAL_ADVERTISE_PEER_URLS: "peer" };
    for (const [name, port] of Object.entries(own)) {
      expect(etcd.env.get(name)).toBe(`https://$(ETCD_NAME).etcd:${etcd.ports.get(port)}`);
    }
  });

  it("gives nodes a port and a name for each other", () => {
    expect(claimd.env.get("CLAIMD_PEER_PORT")).toBe(String(claimd.ports.get("peer")));
    const headless = named("Service", claimd.spec?.serviceName ?? "") as IService;
    expect(headless.spec?.ports).toContainEqual({
      ...{ name: "peer", port: claimd.ports.get("peer"), targetPort: "peer" },
    });
    expect(claimd.env.get("CLAIMD_ADVERTISE_HOST")).toBe(
      `$(CLAIMD_NODE_ID).${headless.metadata?.name}.${headless.metadata?.namespace}.svc`,
    );
  });

  it("uses names of the environment after they are there", () => {
    for (const { env } of [claimd, etcd]) {
      const before = new Set<string>();
      for (const [name, value] of env) {
        for (const [, used = ""] of value.matchAll(/\$\((\w+)\)/g)) {
          expect(before, `${name} uses ${used}`).toContain(used);
        }
        before.add(name);
      }
    }
  });

  it("mounts every certificate that is named, with its authority", () => {
    for (const [{ env, container, pod }, mostFiles] of [
      [claimd, 6],
      [etcd, 6],
    ] as const) {
      const files = [...env.values()].filter((value) => /^\/etc\/.*\.(crt|key)$/.test(value));
      expect(files).toHaveLength(mostFiles);
      const mount = container?.volumeMounts?.find(({ name }) => name === "tls");
      for (const file of files) {
        expect(file).toMatch(
          new RegExp(`^${mount?.mountPath ?? "none"}/(tls\\.crt|tls\\.key|ca\\.crt)$`),
        );
      }
      expect(mount).toMatchObject({ readOnly: true });
      expect(mount).not.toHaveProperty("subPath");
      expect(pod?.volumes?.find(({ name }) => name === "tls")?.secret).toBeDefined();
    }
    for (const name of ["ETCD_CLIENT_CERT_AUTH", "ETCD_PEER_CLIENT_CERT_AUTH"]) {
      expect(etcd.env.get(name)).toBe("true");
    }
  });

  it("lets through what has to pass, from both sides, and to etcd nothing else", () => {
    const allowed = (from: string, to: string, port: string): boolean => {
      const at = { "app.kubernetes.io/name": to };
      const by = { "app.kubernetes.io/name": from };
      const egress = (named("NetworkPolicy", from) as INetworkPolicy).spec?.egress ?? [];
      const ingress = (named("NetworkPolicy", to) as INetworkPolicy).spec?.ingress ?? [];
      const names = (peer: { podSelector?: { matchLabels?: object } }, labels: object): boolean =>
        JSON.stringify(peer.podSelector?.matchLabels) === JSON.stringify(labels);
      const out = egress.some(
        (rule) =>
          rule.to?.some((peer) => names(peer, at)) === true &&
          rule.ports?.some((each) => each.port === port) === true,
      );
      return (
        out &&
        ingress.some(
          (rule) =>
            rule.from?.some((peer) => names(peer, by)) === true &&
            rule.ports?.some((each) => each.port === port) === true,
        )
      );
    };
    expect(allowed("claimd", "claimd", "peer")).toBe(true);
    expect(allowed("claimd", "etcd", "client")).toBe(true);
    expect(allowed("etcd", "etcd", "peer")).toBe(true);
    expect(allowed("claimd", "etcd", "peer")).toBe(false);
    expect(allowed("etcd", "claimd", "grpc")).toBe(false);
    for (const name of ["claimd", "etcd"]) {
      const { egress = [] } = (named("NetworkPolicy", name) as INetworkPolicy).spec ?? {};
      expect(egress.at(-1)?.ports?.map((each) => each.port)).toEqual([53, 53]);
    }
  });
});
