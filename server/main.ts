#!/usr/bin/env node
/**
 * The program `claimd`: settings in, a node until SIGTERM or SIGINT, exit code out.
 *
 * Prints one line to standard output when it serves; logs go to standard error.
 * Exit 0 after a drain, 1 when truth was lost or the start was refused, 2 for wrong usage.
 */

import { readFileSync } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { type Config, readConfig, SETTINGS } from "./config.ts";
import { ClaimdError } from "./errors.ts";
import { createLog } from "./log.ts";
import { readNamespaceFile } from "./namespace-file.ts";
import { type ClaimdServer, startServer } from "./server.ts";
import type { Policy } from "./storage/policy.ts";

function flagOf(setting: string): string {
  return setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function usage(): string {
  const rows = Object.entries(SETTINGS).map(([name, { env, help, default: value }]) => {
    const shown = value === undefined ? "" : ` (default ${JSON.stringify(value)})`;
    return `  --${flagOf(name).padEnd(24)} ${env.padEnd(30)} ${help}${shown}`;
  });
  return [
    "claimd: a deduplication store. Usage: claimd [--config FILE] [settings]",
    "",
    "A setting comes from its flag, else its environment variable, else the JSON file.",
    "",
    ...rows,
  ].join("\n");
}

function isSwitch(name: string): boolean {
  const setting: { readonly default: unknown } = SETTINGS[name as keyof typeof SETTINGS];
  return typeof setting.default === "boolean";
}

function configFromWorld(): Config | "help" {
  const options: NonNullable<ParseArgsConfig["options"]> = {
    config: { type: "string" },
    help: { type: "boolean", short: "h" },
  };
  for (const name of Object.keys(SETTINGS)) {
    options[flagOf(name)] = { type: isSwitch(name) ? "boolean" : "string" };
  }
  let values: Readonly<Record<string, unknown>>;
  try {
    ({ values } = parseArgs({ options, strict: true, allowPositionals: false }));
  } catch (error) {
    throw new ClaimdError("INVALID_CONFIGURATION", messageOf(error));
  }
  if (values["help"] === true) return "help";
  const flags = Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [name, values[flagOf(name)]]),
  );
  const { config } = values;
  const file = typeof config === "string" ? readJson(config) : undefined;
  return readConfig({ flags, environment: process.env, file });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ClaimdError("INVALID_CONFIGURATION", `--config ${path}: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  let config: Config | "help";
  let namespaces: readonly Policy[] = [];
  try {
    config = configFromWorld();
    if (config !== "help" && config.namespaces !== undefined) {
      namespaces = await readNamespaceFile(config.namespaces);
    }
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 2;
    return;
  }
  if (config === "help") {
    console.log(usage());
    return;
  }
  const log = createLog({ level: config.logLevel });
  const end = (reason: string, error: unknown): void => {
    log.fatal({ err: error }, reason);
    // What was refused with "outcome unknown" may still leave; nothing else may happen.
    setTimeout(() => process.exit(1), 100);
  };
  process.on("uncaughtException", (error) => {
    end("uncaught exception: the process ends", error);
  });
  process.on("unhandledRejection", (error) => {
    end("unhandled rejection: the process ends", error);
  });
  let server: ClaimdServer;
  try {
    server = await startServer({
      config,
      namespaces,
      log,
      onFatal: (error) => {
        end("truth may be lost: the process ends and comes back by replay", error);
      },
    });
  } catch (error) {
    log.fatal({ err: error }, "the start was refused");
    console.error(`claimd: ${messageOf(error)}`);
    process.exit(1);
  }
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, "draining");
    server.close().then(
      () => {
        log.info("stopped");
        process.exit(0);
      },
      (error: unknown) => {
        end("the drain failed", error);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  const { grpcAddress, adminAddress } = server;
  console.log(JSON.stringify({ ready: true, grpc: grpcAddress, admin: adminAddress }));
}

await main();
