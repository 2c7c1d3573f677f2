/**
 * Tools and rights that some tests need beyond Node: found, or the test says in its name why not.
 *
 * CLAIMD_TEST_REQUIRE_SERVICES=1 turns such a skip into a failure: that machine must have them.
 */
import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";

export interface Need {
  readonly what: string;
  readonly met: () => boolean;
}

function runs(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Root is not enough in every container. */
function mayMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), "claimd-mount-"));
  const mounted = runs("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path);
  if (mounted) runs("umount", path);
  rmSync(path, { recursive: true });
  return mounted;
}

export const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
/** Debian's own: another python3 may come first on the path. */
export const PYTHON = "/usr/bin/python3";

export const NEEDS = {
  root: { what: "root", met: () => process.getuid?.() === 0 },
  mount: { what: "the right to mount", met: mayMount },
  strace: { what: "strace", met: () => runs("strace", "-V") },
  prlimit: { what: "prlimit", met: () => runs("prlimit", "--version") },
  faketime: { what: "libfaketime", met: () => readable(FAKETIME) },
  openssl: { what: "openssl", met: () => runs("openssl", "version") },
  fuse: {
    what: "python3-fusepy and /dev/fuse",
    met: () => readable("/dev/fuse") && runs(PYTHON, "-c", "import fusepy"),
  },
  pythonGrpc: {
    what: "python3-grpcio and python3-grpc-tools",
    met: () => runs(PYTHON, "-c", "import grpc, grpc_tools"),
  },
} as const satisfies Record<string, Need>;

/**
 * `describe` where everything needed is there; else one skipped (or failed) test that says what.
 */
export function describeWith(name: string, needs: readonly Need[], body: () => void): void {
  const missing = needs.filter(({ met }) => !met()).map(({ what }) => what);
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const reason = `needs ${missing.join(", ")}`;
  describe(name, () => {
    if (process.env["CLAIMD_TEST_REQUIRE_SERVICES"] === "1") {
      it(reason, () => {
        throw new Error(`${reason}, and this machine must have it`);
      });
    } else {
      it.skip(`skipped: ${reason}`);
    }
  });
}
