/**
 * The data directory of a node: what it is, and that one process uses it at a time.
 *
 *     claimd.json       what the directory was made as; changed once at most, when a single node's
 *                       becomes a cluster's
 *     outages.json      when nobody served lately (outage.ts)
 *     in-use/           held by the process that uses the directory (data-directory-use.ts)
 *     journal/          the truth (journal.ts)
 *     records/          what was made of it (LevelDB)
 *     records-filters/  filters of what is in there (filter-files.ts); may be lost
 *
 * Never starts on what it does not know: a directory that was made as something else is refused by
 * the field that differs, data without claimd.json as well. Never repairs what it refuses.
 *
 * Must stay true: nobody else uses the directory before anything in it is made or opened.
 */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { assert, ClaimdError } from "../errors.ts";
import { PARTITIONS } from "../limits.ts";
import { DataDirectoryUse } from "./data-directory-use.ts";
import { writeDurably } from "./durable-file.ts";
import { syncDirectory } from "./log-file-on-disk.ts";
import { STORE_ID_BYTES } from "./segment-header.ts";

const IDENTITY = "claimd.json";
const IN_USE = "in-use";
const JOURNAL = "journal";
const RECORDS = "records";

/** A single node, or a member of the cluster of this id. */
export type DataDirectoryMode = "single" | `cluster:${string}`;

/** What must be the same at every start, in the order in which a difference is told. */
interface Kind {
  readonly format: 3;
  readonly mode: DataDirectoryMode;
  readonly partitions: number;
  /** How a key finds its partition. */
  readonly hash: "murmur3-x86-32";
}

export interface DataDirectoryOptions {
  /** Made when it is not there. */
  readonly path: string;
  readonly mode: DataDirectoryMode;
  /** A single node's is opened too, and stays one until `join`. */
  readonly orSingle?: boolean;
  /** For the store id of a new directory. */
  readonly random: (bytes: number) => Uint8Array;
}

export class DataDirectory {
  readonly path: string;
  /** 16 bytes, made with the directory: an emptied disk is another store. */
  readonly storeId: Uint8Array;
  /** True when this start made the directory. */
  readonly created: boolean;
  readonly #use: DataDirectoryUse;
  #mode: DataDirectoryMode;

  private constructor(
    path: string,
    mode: DataDirectoryMode,
    storeId: Uint8Array,
    created: boolean,
    use: DataDirectoryUse,
  ) {
    this.path = path;
    this.#mode = mode;
    this.storeId = storeId;
    this.created = created;
    this.#use = use;
  }

  /**
   * Opens or makes the directory and keeps everybody else out until `close`.
   *
   * Throws WRONG_DATA_DIRECTORY with field, found and expected, or DATA_DIRECTORY_IN_USE.
   */
  static async open(options: DataDirectoryOptions): Promise<DataDirectory> {
    const path = resolve(options.path);
    await makeDirectories(path);
    const isSingle = options.orSingle === true && (await isSingleNodes(path));
    const kind = kindOf(isSingle ? "single" : options.mode);
    // Before anything is touched, and again when nobody else can be making it.
    await readStoreId(path, kind);
    const use = await DataDirectoryUse.take(join(path, IN_USE));
    try {
      const found = await readStoreId(path, kind);
      const storeId = found ?? (await makeIdentity(path, kind, options.random(STORE_ID_BYTES)));
      await makeDirectories(join(path, JOURNAL));
      await makeDirectories(join(path, RECORDS));
      return new DataDirectory(path, kind.mode, storeId, found === undefined, use);
    } catch (error) {
      await use.close();
      throw error;
    }
  }

  get mode(): DataDirectoryMode {
    return this.#mode;
  }

  /** A single node's directory becomes a cluster's; durable when it resolves. */
  async join(mode: `cluster:${string}`): Promise<void> {
    assert(this.#mode === "single", "a directory joins one cluster");
    await makeIdentity(this.path, kindOf(mode), this.storeId);
    this.#mode = mode;
  }

  get journalPath(): string {
    return join(this.path, JOURNAL);
  }

  get recordsPath(): string {
    return join(this.path, RECORDS);
  }

  /** Idempotent. When everything in the directory is closed, not before. */
  async close(): Promise<void> {
    await this.#use.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function kindOf(mode: DataDirectoryMode): Kind {
  return { format: 3, mode, partitions: PARTITIONS, hash: "murmur3-x86-32" };
}

/** Whether what is there is a single node's; what is wrong with it is said later. */
async function isSingleNodes(path: string): Promise<boolean> {
  return readStoreId(path, kindOf("single")).then(
    (storeId) => storeId !== undefined,
    () => false,
  );
}

/** The directory and those above it, durable, for nobody else to read. */
async function makeDirectories(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === first) return;
  }
}

/** The store id of a directory of this kind; undefined when none was made here yet. */
async function readStoreId(path: string, kind: Kind): Promise<Uint8Array | undefined> {
  const names = await readdir(path);
  if (names.includes(IDENTITY)) return checkIdentity(join(path, IDENTITY), kind);
  const data = [JOURNAL, RECORDS].filter((name) => names.includes(name));
  if (data.length === 0) return undefined;
  throw new ClaimdError(
    "WRONG_DATA_DIRECTORY",
    `${path} has ${data.join(" and ")} but no ${IDENTITY}, so nobody knows what the data belong ` +
      "to: bring the file back from a backup, or use an empty directory",
  );
}

async function checkIdentity(file: string, kind: Kind): Promise<Uint8Array> {
  const refused = (field: string, found: unknown, expected: string, cause?: unknown) =>
    new ClaimdError(
      "WRONG_DATA_DIRECTORY",
      `${file}: ${field} is ${shown(found)}, expected ${expected}. ` +
        "Nothing was changed. Check the data directory's path and the settings; what a directory " +
        "was made as can't be changed",
      { cause },
    );
  const text = await readFile(file, "utf8");
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw refused("the content", text.slice(0, 100), "JSON", error);
  }
  if (typeof found !== "object" || found === null) throw refused("the content", found, "an object");
  const fields = new Map<string, unknown>(Object.entries(found));
  for (const [field, expected] of Object.entries(kind)) {
    const value = fields.get(field);
    if (value !== expected) throw refused(field, value, expectedWith(value, expected));
  }
  const storeId = fields.get("storeId");
  const bytes = Buffer.from(typeof storeId === "string" ? storeId : "", "hex");
  if (bytes.length !== STORE_ID_BYTES || bytes.toString("hex") !== storeId) {
    throw refused("storeId", storeId, "32 hexadecimal digits");
  }
  return Uint8Array.from(bytes);
}

function expectedWith(found: unknown, expected: unknown): string {
  const shownAs = JSON.stringify(expected);
  const joins = found === "single" && typeof expected === "string" && expected !== "single";
  return joins ? `${shownAs} (CLAIMD_BRING_DATA founds a cluster with these data)` : shownAs;
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}

async function makeIdentity(path: string, kind: Kind, storeId: Uint8Array): Promise<Uint8Array> {
  const identity = { ...kind, storeId: Buffer.from(storeId).toString("hex") };
  await writeDurably(path, IDENTITY, `${JSON.stringify(identity, undefined, 2)}\n`);
  return storeId;
}
