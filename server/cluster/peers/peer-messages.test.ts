import type { PeerMessages__Output } from "@claimd/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NumberColumn } from "./number-column.ts";
import type { PeerMessage, PeerMessageType, Received } from "./peer-message.ts";
import { entryBytes, messagesOf, wireBytes, wireOf } from "./peer-messages.ts";
import { COLUMNS_OVERHEAD_BYTES } from "./message-columns.ts";
import { bytesOf, FROM, overTheWire, SAMPLES, TYPES } from "./test/sample-messages.ts";
import { checksummed } from "./test/damaged-messages.ts";

const P = 256;
const at = (partition: number, message: PeerMessage): Received => ({ partition, message });

function wire(...sent: readonly Received[]): PeerMessages__Output {
  const type = sent[0]?.message.type as PeerMessageType;
  const [messages] = overTheWire({ messages: [wireOf(type, sent)] }).messages;
  if (messages === undefined) throw new Error("nothing arrived");
  return messages;
}

const roundTrip = (...sent: readonly Received[]) => messagesOf(wire(...sent), FROM, P);

describe("wireOf and messagesOf", () => {
  it.each(TYPES)("bring a %s over the wire with every field", (type) => {
    const sent = [at(255, SAMPLES[type]), at(1, SAMPLES[type])];
    expect(roundTrip(...sent)).toEqual(sent);
  });

  it("say of a reply that it is the stream's, whoever it was made for", () => {
    const other = { ...SAMPLES.ack, from: { store: "z", boot: 99 } };
    expect(roundTrip(at(1, other))).toEqual([at(1, SAMPLES.ack)]);
  });

  it("tell a removed record from one that is there, and rows of one message from the next", () => {
    const [first, second, third] = SAMPLES.append.entries;
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    const one = { ...SAMPLES.append, entries: [first] };
    const none = { ...SAMPLES.append, previous: { epoch: 3, index: 42 }, entries: [] };
    const two = { ...SAMPLES.append, previous: { epoch: 3, index: 42 }, entries: [second, third] };
    const sent = [at(1, one), at(2, none), at(3, two)];
    expect(roundTrip(...sent)).toEqual(sent);
  });

  it("bring an empty log's shape, and one that ends where it begins", () => {
    const { shape } = SAMPLES;
    const empty = { base: { epoch: 0, index: 0 }, runs: [], lastIndex: 0 };
    const bare = { base: { epoch: 4, index: 9 }, runs: [], lastIndex: 9 };
    const sent = [
      at(0, { ...shape, shape: empty, commit: 0 }),
      at(1, { ...shape, shape: bare, commit: 9 }),
    ];
    expect(roundTrip(...sent)).toEqual(sent);
  });

  it("write a frame of two types always as these bytes", () => {
    const { ack, append } = SAMPLES;
    const [entry] = append.entries;
    if (entry === undefined) throw new Error();
    const frame = {
      messages: [
        wireOf("ack", [at(1, { ...ack, round: 6 })]),
        wireOf("append", [at(2, { ...append, round: 6, entries: [entry] })]),
      ],
    };
    expect(bytesOf(frame).toString("hex")).toBe(GOLDEN);
  });
});

const GOLDEN =
  "123f080515055e19881a08000000000000f03f220800000000000014402a0800000000000008403208000000000000184052080000000000004640c20100ca010012a501080215c7c667e21a080000000000000040220800000000000014402a080000000000000840320800000000000018403a080000000000000840420800000000008044404a080000000000004440820108000000000000f03f8a010800000000000008409a01080010807e69ab7942a201080000005397dbef41aa01080000000000002640b201080000000000000040ba01080000000000000840c201026b31ca01036f6e65";

describe("wireBytes", () => {
  it.each(TYPES)("is what a %s adds, and never too low", (type) => {
    const one = bytesOf({ messages: [wireOf(type, [at(1, SAMPLES[type])])] }).length;
    const many = Array.from({ length: 100 }, () => at(1, SAMPLES[type]));
    const all = bytesOf({ messages: [wireOf(type, many)] }).length;
    const each = wireBytes(SAMPLES[type]);
    expect(one).toBeLessThanOrEqual(each + COLUMNS_OVERHEAD_BYTES);
    expect(all).toBeLessThanOrEqual(100 * each + COLUMNS_OVERHEAD_BYTES);
    expect(all).toBeGreaterThanOrEqual(100 * each);
  });

  it("grows by entryBytes with an entry", () => {
    const { append } = SAMPLES;
    const none = wireBytes({ ...append, entries: [] });
    const sum = append.entries.reduce((bytes, entry) => bytes + entryBytes(entry), 0);
    expect(wireBytes(append)).toBe(none + sum);
  });
});

const numbers = (...values: readonly number[]): Buffer => {
  const column = new NumberColumn(values.length);
  for (const value of values) column.add(value);
  return column.bytes;
};

describe("messagesOf", () => {
  const read = (type: PeerMessageType, change: Partial<PeerMessages__Output>) => () =>
    messagesOf(checksummed({ ...wire(at(1, SAMPLES[type])), ...change }), FROM, P);

  it("takes a message whose checksum was made anew", () => {
    expect(read("append", {})()).toEqual([at(1, SAMPLES.append)]);
  });

  it.each<[string, PeerMessageType, Partial<PeerMessages__Output>, RegExp]>([
    ["no type", "ack", { type: "TYPE_UNSPECIFIED" }, /type: TYPE_UNSPECIFIED, none/],
    ["an unknown type", "ack", { type: 77 as never }, /type: 77, none/],
    ["no messages", "ack", { partitions: numbers() }, /partitions: 0 entries, at least 1/],
    ["half a number", "ack", { epochs: Buffer.alloc(7) }, /epochs: 7 bytes, 8 for each/],
    ["a partition too high", "ack", { partitions: numbers(256) }, /partitions: 256, 0 to 255/],
    ["a partition below 0", "ack", { partitions: numbers(-1) }, /partitions: -1, whole/],
    ["half a partition", "ack", { partitions: numbers(0.5) }, /partitions: 0.5, whole/],
    ["epoch 0", "ack", { epochs: numbers(0) }, /epochs: 0, whole, 1 to/],
    ["an epoch of 2^53", "ack", { epochs: numbers(2 ** 53) }, /epochs: 9007199254740992, whole/],
    ["an epoch that is no number", "ack", { epochs: numbers(NaN) }, /epochs: NaN, whole/],
    ["a join below 0", "ack", { joins: numbers(-1) }, /joins: -1/],
    ["an endless round", "ack", { rounds: numbers(Infinity) }, /rounds: Infinity/],
    ["an index below 0", "ack", { indexes: numbers(-5) }, /indexes: -5/],
    ["a column too long", "ack", { indexes: numbers(1, 2) }, /indexes: 2 entries, 1 expected/],
    ["a column too short", "ack", { rounds: numbers() }, /rounds: 0 entries, 1 expected/],
    ["another type's column", "ack", { commits: numbers(1) }, /commits: 1 entries, 0 expected/],
    ["keys where none belong", "ack", { keys: Buffer.from("k") }, /keys: 1 bytes, 0 expected/],
    ["records where none belong", "ack", { records: Buffer.from("r") }, /records: 1 bytes, 0/],
    ["a point's epoch", "cut", { pointEpochs: numbers(-1) }, /point_epochs: -1/],
    ["a point's index", "cut", { pointIndexes: numbers(1.5) }, /point_indexes: 1.5/],
    ["a commit", "append", { commits: numbers(-1) }, /commits: -1/],
    ["rows that are not there", "append", { rows: numbers(4) }, /row_epochs: 3 entries, 4/],
    ["too many rows", "append", { rows: numbers(2 ** 40) }, /rows: 1099511627776, whole/],
    ["an entry's epoch", "append", { rowEpochs: numbers(0, 4, 5) }, /row_epochs: 0, whole/],
    ["epochs that fall", "append", { rowEpochs: numbers(4, 3, 5) }, /row_epochs: 3 behind 4/],
    ["an epoch to come", "append", { rowEpochs: numbers(3, 4, 6) }, /row_epochs: 6 behind 4 in/],
    ["an epoch before", "append", { rowEpochs: numbers(2, 4, 5) }, /row_epochs: 2 behind 3/],
    ["entries without index", "append", { pointIndexes: numbers(2 ** 53 - 2) }, /up to 2\^53/],
    ["a stamp", "append", { rowStamps: numbers(1, -2, 3) }, /row_stamps: -2/],
    ["a namespace", "append", { rowNamespaces: numbers(1, 2 ** 32, 3) }, /row_namespaces: 4294/],
    ["a token", "append", { rowTokens: numbers(1, 2, 2 ** 53) }, /row_tokens: 9007199254740992/],
    ["an empty key", "append", { rowKeyBytes: numbers(0, 3, 2) }, /row_key_bytes: 0, whole/],
    ["a long key", "append", { rowKeyBytes: numbers(513, 3, 2) }, /row_key_bytes: 513, whole/],
    ["keys too short", "append", { rowKeyBytes: numbers(3, 3, 2) }, /keys: 7 bytes, 8 expected/],
    ["records too short", "append", { rowRecordBytes: numbers(4, 0, 5) }, /records: 8 bytes, 9/],
    ["a huge record", "append", { rowRecordBytes: numbers(589_825, 0, 5) }, /row_record_bytes: 5/],
    ["a transfer", "chunk", { transfers: numbers(-1) }, /transfers: -1/],
    ["a sequence", "wanted", { sequences: numbers(0.1) }, /sequences: 0.1/],
    ["neither last nor not", "chunk", { lasts: numbers(2) }, /lasts: 2, whole, 0 to 1/],
    ["a state's token", "chunk", { stateTokens: numbers(-1) }, /state_tokens: -1/],
    ["a state's stamp", "chunk", { stateStamps: numbers(-1) }, /state_stamps: -1/],
    ["a gap before the runs", "shape", { rowIndexes: numbers(12, 43) }, /gap between 10 and 44/],
    ["a run behind the end", "shape", { rowIndexes: numbers(11, 45) }, /gap between 10 and 44/],
    ["runs out of order", "shape", { rowIndexes: numbers(11, 11) }, /a run of 5 at 11 behind 3/],
    ["one epoch twice", "shape", { rowEpochs: numbers(3, 3) }, /a run of 3 at 43 behind 3/],
    ["an epoch below the base", "shape", { rowEpochs: numbers(1, 5) }, /a run of 1 at 11 behind 1/],
    ["an end before the base", "shape", { indexes: numbers(9) }, /commits: 42, the log ends at 9/],
    [
      "a commit behind the end",
      "shape",
      { commits: numbers(45) },
      /commits: 45, the log ends at 44/,
    ],
  ])("refuses %s, by name", (_what, type, change, problem) => {
    expect(read(type, change)).toThrow(problem);
    expect(read(type, change)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });

  it("refuses a shape without runs that ends behind its base", () => {
    const change = { rows: numbers(0), rowEpochs: numbers(), rowIndexes: numbers() };
    expect(read("shape", change)).toThrow(/gap between 10 and 44/);
  });

  it("sees a flipped bit in any byte of a column, a key or a record", () => {
    const sent = wire(at(1, SAMPLES.append), at(2, SAMPLES.append));
    let flips = 0;
    for (const [name, column] of Object.entries(sent)) {
      if (!Buffer.isBuffer(column)) continue;
      for (const [byte, value] of column.entries()) {
        const damaged = Buffer.from(column);
        damaged[byte] = value ^ (1 << (flips & 7));
        expect(() => messagesOf({ ...sent, [name]: damaged }, FROM, P)).toThrow(/checksum/);
        flips += 1;
      }
    }
    expect(flips).toBeGreaterThan(400);
  });

  it("sees a type that was changed for another with the same columns", () => {
    const sent = { ...wire(at(1, SAMPLES.stale)), type: "REFUSED" as const };
    expect(() => messagesOf(sent, FROM, P)).toThrow(/checksum: \d+ of what arrived, \d+ of what/);
  });

  it("gives back what it was given, whatever that is", () => {
    fc.assert(
      fc.property(messages(), (sent) => {
        expect(roundTrip(...sent)).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });
});

const whole = (min = 0) => fc.integer({ min, max: Number.MAX_SAFE_INTEGER });
const buffer = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes));

/** Up to five messages of one type. */
function messages(): fc.Arbitrary<readonly Received[]> {
  const head = { epoch: whole(1), join: whole(), round: whole() };
  const reply = { from: fc.constant(FROM), ...head };
  const point = fc.record({ epoch: whole(), index: whole() });
  const logRecord = fc.record({
    namespaceId: fc.nat(0xffffffff),
    key: buffer(1, 512),
    record: fc.option(buffer(1, 300), { nil: undefined }),
    token: whole(),
  });
  const transfer = { transfer: whole(), sequence: whole() };
  const append = fc
    .record({
      ...head,
      epoch: fc.integer({ min: 100, max: Number.MAX_SAFE_INTEGER }),
      commit: whole(),
      previous: fc.record({ epoch: fc.nat(50), index: fc.nat() }),
      rows: fc.array(fc.record({ steps: fc.nat(9), stampMs: whole(), payload: logRecord }), {
        maxLength: 5,
      }),
    })
    .map(({ rows, ...rest }) => {
      let last = { epoch: Math.max(1, rest.previous.epoch), index: rest.previous.index };
      const entries = rows.map(({ steps, stampMs, payload }) => {
        last = { epoch: last.epoch + steps, index: last.index + 1 };
        return { ...last, stampMs, payload };
      });
      return { type: "append", ...rest, entries } as const;
    });
  const shape = fc
    .record({
      ...reply,
      base: fc.record({ epoch: fc.nat(50), index: fc.nat() }),
      steps: fc.array(fc.record({ epoch: fc.integer({ min: 1, max: 9 }), entries: fc.nat(99) })),
      commit: fc.nat(10),
    })
    .map(({ base, steps, commit, ...rest }) => {
      let { epoch, index } = base;
      const runs = steps.map((step) => {
        const run = { epoch: (epoch += step.epoch), firstIndex: index + 1 };
        index += 1 + step.entries;
        return run;
      });
      const log = { base, runs, lastIndex: index };
      return { type: "shape", ...rest, shape: log, commit: Math.min(commit, index) } as const;
    });
  const kinds: readonly fc.Arbitrary<PeerMessage>[] = [
    fc.record({ type: fc.constant("hello" as const), ...head }),
    append,
    fc.record({ type: fc.constant("cut" as const), ...head, from: point }),
    fc.record({
      type: fc.constant("chunk" as const),
      ...head,
      ...transfer,
      upTo: point,
      last: fc.boolean(),
      token: whole(),
      stampMs: whole(),
      records: fc.array(logRecord, { maxLength: 5 }),
    }),
    fc.record({ type: fc.constant("ack" as const), ...reply, index: whole() }),
    shape,
    fc.record({ type: fc.constantFrom("stale" as const), ...reply }),
    fc.record({ type: fc.constant("refused" as const), ...reply }),
    fc.record({ type: fc.constant("leaving" as const), ...reply }),
    fc.record({ type: fc.constant("wanted" as const), ...reply, ...transfer }),
  ];
  return fc.oneof(
    ...kinds.map((message) =>
      fc.array(fc.record({ partition: fc.nat(P - 1), message }), { minLength: 1, maxLength: 5 }),
    ),
  );
}
