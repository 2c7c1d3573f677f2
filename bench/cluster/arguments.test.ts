import { describe, expect, it } from "vitest";
import { readArguments, USAGE } from "./arguments.ts";

describe("the command line of the cluster", () => {
  it("starts one without a verb", () => {
    const defaults = { verb: "start", dir: undefined, port: 7610, restart: true };
    expect(readArguments([])).toEqual(defaults);
    expect(readArguments(["start", "--dir", "d", "--port", "9000", "--no-restart"])).toEqual({
      ...{ verb: "start", dir: "d", port: 9000, restart: false },
    });
  });

  it("takes the verbs, and asks the cluster that it has started unless told otherwise", () => {
    const files = { ca: undefined, cert: undefined, key: undefined };
    const asked = { etcd: ["127.0.0.1:7640"], files, cluster: "trial", json: false };
    expect(readArguments(["list"])).toEqual({ verb: "list", asked });
    expect(readArguments(["drain", "n3"])).toEqual({ verb: "drain", name: "n3", asked });
    const moved = { verb: "move", partition: 7, stores: ["n1", "n2"] };
    expect(readArguments(["move", "7", "n1", "n2"])).toEqual({ ...moved, asked });
    expect(readArguments(["freeze", "0"])).toEqual({ verb: "freeze", partition: 0, asked });
    const tls = ["--etcd-ca", "ca.pem", "--etcd-cert", "c.pem", "--etcd-key", "c.key"];
    const other = ["--etcd", "a:1,b:2", ...tls, "--cluster", "c", "--json"];
    const given = { ca: "ca.pem", cert: "c.pem", key: "c.key" };
    expect(readArguments(["list", ...other])).toEqual({
      ...{ verb: "list", asked: { etcd: ["a:1", "b:2"], files: given, cluster: "c", json: true } },
    });
  });

  it.each([
    [["stop"], "no such verb: stop"],
    [["start", "now"], "not understood: now"],
    [["start", "--port", "0"], '--port: "0", must be 1 to 65504'],
    [["start", "--port", "65505"], '--port: "65505", must be'],
    [["start", "--etcd", "a:1"], "start does not take --etcd"],
    [["drain", "n1", "--json"], "drain does not take --json"],
    [["list", "--dir", "d"], "list does not take --dir"],
    [["list", "--etcd", "here"], '--etcd: "here", must be HOST:PORT'],
    [["list", "--etcd-cert", "c.pem"], "--etcd-cert and --etcd-key: both or neither"],
    [["list", "--etcd-cert", "c", "--etcd-key", "k"], "--etcd-cert needs --etcd-ca"],
    [["list", "--cluster", ""], "--cluster: must not be empty"],
    [["drain"], "drain: which node?"],
    [["drain", "n1", "n2"], "not understood: n2"],
    [["move", "7"], "move: which partition, and to which stores?"],
    [["cancel"], "cancel: which partition?"],
    [["cancel", "x"], 'cancel: partition: "x", must be a whole number'],
    [["list", "--nothing"], "--nothing"],
  ])("refuses %j", (line, problem) => {
    expect(() => readArguments(line)).toThrow(problem);
  });

  it("names every verb in its help", () => {
    expect(readArguments(["drain", "--help"])).toEqual({ verb: "help" });
    for (const verb of "start list drain undrain move cancel freeze unfreeze".split(" ")) {
      expect(USAGE).toMatch(new RegExp(`^  ${verb} `, "m"));
    }
  });
});
