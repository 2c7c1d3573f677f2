/**
 * Every overlay, as written and as rendered: what the API server would refuse, and what it would
 * accept and nobody would notice (a selector that selects nothing, a port that nobody listens on).
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { IStatefulSet } from "kubernetes-models/apps/v1";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1";
import type { IService } from "kubernetes-models/v1";
import { describe, expect, it } from "vitest";
import { readConfig, SETTINGS } from "../server/config.ts";
import { LIMITS } from "../server/limits.ts";
import { typeProblems } from "./manifest-types.ts";
import {
  asRendered,
  asWritten,
  hasPatches,
  type Manifest,
  OVERLAYS,
  whyNoRendering,
} from "./manifests.ts";

const NODE = [
  "NetworkPolicy claimd",
  "PodDisruptionBudget claimd",
  "Service claimd",
  "Service claimd-headless",
  "StatefulSet claimd",
];
const ETCD = ["NetworkPolicy etcd", "PodDisruptionBudget etcd", "Service etcd", "StatefulSet etcd"];
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  single: ["Namespace claimd", ...NODE],
  cluster: ["Namespace claimd", ...NODE, ...ETCD],
};

const views = readdirSync(OVERLAYS).flatMap((name) => {
  const folder = join(OVERLAYS, name);
  const rendered = () => ({ name, title: `${name} as rendered`, manifests: asRendered(folder) });
  const written = () => ({ name, title: `${name} as written`, manifests: asWritten(folder) });
  return [
    ...(hasPatches(folder) ? [] : [written()]),
    ...(whyNoRendering() === undefined ? [rendered()] : []),
  ];
});

const all = <Kind extends { kind: string }>(
  manifests: readonly Manifest[],
  kind: Kind["kind"],
): readonly Kind[] => manifests.filter((each) => each.kind === kind) as unknown as Kind[];

function given<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`the manifests have no ${what}`);
  return value;
}

/** What is claimd's own: an overlay may bring other programs. */
const ofClaimd = <Kind extends { metadata?: { name?: string } }>(kinds: readonly Kind[]) =>
  kinds.filter(({ metadata }) => metadata?.name?.startsWith("claimd") === true);

/** The parts of claimd's stateful set that the checks look at. */
function partsOf(manifests: readonly Manifest[]) {
  const sets = ofClaimd(all<IStatefulSet>(manifests, "StatefulSet"));
  const set = given(sets[0]?.spec, "stateful set");
  const pod = given(set.template.spec, "pod");
  const container = given(pod.containers[0], "container");
  const env = new Map(container.env?.map(({ name, value }) => [name, value]));
  const ports = new Map(container.ports?.map((port) => [port.name, port.containerPort]));
  return { set, pod, container, env, ports, labels: set.template.metadata?.labels ?? {} };
}

describe.each(views)("overlay $title", ({ name: overlay, manifests }) => {
  const { set, pod, container, env, ports, labels } = partsOf(manifests);
  const services = ofClaimd(all<IService>(manifests, "Service"));
  const policies = ofClaimd(all<INetworkPolicy>(manifests, "NetworkPolicy"));
  const [budget] = ofClaimd(all<IPodDisruptionBudget>(manifests, "PodDisruptionBudget"));

  it("has the types that Kubernetes knows", { timeout: 30_000 }, () => {
    expect(typeProblems(manifests)).toEqual([]);
  });

  it("has one of everything a node needs", () => {
    const others = manifests.filter(({ kind }) => kind !== "ConfigMap");
    const found = others.map(({ kind, metadata: { name } }) => `${kind} ${name}`);
    expect(found.sort()).toEqual(EXPECTED[overlay]?.toSorted());
  });

  it("selects its own pods wherever it selects pods", () => {
    const selectors = [
      set.selector.matchLabels,
      budget?.spec?.selector?.matchLabels,
      ...services.map(({ spec }) => spec?.selector),
      ...policies.map(({ spec }) => spec?.podSelector.matchLabels),
      ...(pod.topologySpreadConstraints ?? []).map((each) => each.labelSelector?.matchLabels),
    ];
    for (const selector of selectors) {
      expect(selector).not.toEqual({});
      expect(labels).toMatchObject(given(selector, "selector"));
    }
  });

  it("names a port of the container wherever it names a port", () => {
    const names = [
      ...services.flatMap(({ spec }) => spec?.ports?.map(({ targetPort }) => targetPort) ?? []),
      ...policies.flatMap(({ spec }) =>
        (spec?.ingress ?? []).flatMap((rule) => rule.ports?.map(({ port }) => port)),
      ),
      container.startupProbe?.httpGet?.port,
      container.livenessProbe?.httpGet?.port,
      container.readinessProbe?.httpGet?.port,
    ];
    for (const name of names) expect([...ports.keys()]).toContain(name);
  });

  it("listens on the ports it announces", () => {
    expect(env.get("CLAIMD_HOST")).toBe("0.0.0.0");
    expect(env.get("CLAIMD_GRPC_PORT")).toBe(String(ports.get("grpc")));
    expect(env.get("CLAIMD_ADMIN_PORT")).toBe(String(ports.get("admin")));
    for (const { port, targetPort } of services.flatMap(({ spec }) => spec?.ports ?? [])) {
      expect(port).toBe(ports.get(String(targetPort)));
    }
  });

  it("sets only what the server has a setting for, to values that it takes", () => {
    const known: readonly string[] = Object.values(SETTINGS).map((setting) => setting.env);
    const ours = [...env.keys()].filter((name) => name.startsWith("CLAIMD_"));
    expect(known).toEqual(expect.arrayContaining(ours));
    // What comes from the pod is one of the names that it gets.
    const environment = { ...Object.fromEntries(env), CLAIMD_NODE_ID: "claimd-0" };
    expect(() => readConfig({ flags: {}, environment, file: undefined })).not.toThrow();
  });

  it("gives each pod a stable name, ready or not", () => {
    const headless = services.find(({ metadata }) => metadata?.name === set.serviceName);
    expect(headless?.spec).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
  });

  it("asks for start, life and readiness on the admin port", () => {
    expect(container.startupProbe?.httpGet?.path).toBe("/livez");
    expect(container.livenessProbe?.httpGet?.path).toBe("/livez");
    expect(container.readinessProbe?.httpGet?.path).toBe("/readyz");
  });

  it("waits longer for the end than a drain takes", () => {
    const graceMs = 1000 * given(pod.terminationGracePeriodSeconds, "grace period");
    expect(graceMs).toBeGreaterThan(2 * LIMITS.drainMs.max);
  });

  it("keeps the volume when pods or the set go", () => {
    expect(set.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: "Retain",
      whenScaled: "Retain",
    });
    const [claim] = set.volumeClaimTemplates ?? [];
    expect(claim?.spec?.accessModes).toEqual(["ReadWriteOncePod"]);
  });

  it("mounts what the settings point to", () => {
    const mounts = new Map(container.volumeMounts?.map((each) => [each.name, each.mountPath]));
    const claims = (set.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name);
    const volumes = (pod.volumes ?? []).map(({ name }) => name);
    expect([...claims, ...volumes].sort()).toEqual([...mounts.keys()].sort());
    expect(env.get("CLAIMD_PEER_CA") === undefined).toBe(mounts.get("tls") === undefined);
    expect(mounts.get("data")).toBe(env.get("CLAIMD_DATA_DIR"));
    expect(`${mounts.get("namespaces") ?? ""}/namespaces.json`).toBe(env.get("CLAIMD_NAMESPACES"));
  });

  it("evicts one at a time and never waits for a broken one", () => {
    expect(budget?.spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    });
  });

  it("keeps memory for itself, with the heap well below it", () => {
    const memory = container.resources?.limits?.["memory"];
    expect(container.resources?.requests?.["memory"]).toBe(memory);
    const [, gib] = given(/^(\d+)Gi$/.exec(String(memory)) ?? undefined, "memory in Gi");
    const [, heapMib] = given(
      /--max-old-space-size=(\d+)/.exec(env.get("NODE_OPTIONS") ?? "") ?? undefined,
      "heap size",
    );
    expect(Number(heapMib)).toBeLessThanOrEqual((Number(gib) * 1024 * 3) / 4);
  });

  it("meets Pod Security restricted", () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    for (const each of [...pod.containers, ...(pod.initContainers ?? [])]) {
      expect(each.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
    const [namespace] = all<Manifest>(manifests, "Namespace");
    expect(namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
  });

  it("lets in nobody but labelled clients and monitoring, as long as it is insecure", () => {
    expect(env.get("CLAIMD_INSECURE")).toBe("1");
    const rules = policies.flatMap(({ spec }) => spec?.ingress ?? []);
    const ofPeers = { from: [{ podSelector: { matchLabels: labels } }], ports: [{ port: "peer" }] };
    expect(rules).toEqual([
      {
        from: [
          {
            namespaceSelector: {},
            podSelector: { matchLabels: { "claimd.io/client": "true" } },
          },
        ],
        ports: [{ port: "grpc" }],
      },
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
          },
        ],
        ports: [{ port: "admin" }],
      },
      ...(overlay === "cluster" ? [ofPeers] : []),
    ]);
  });
});
