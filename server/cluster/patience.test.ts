import { expect, it } from "vitest";
import { shared } from "./patience.ts";

it("asks once for all who ask while another one is under way, and after it has begun", async () => {
  const asked: { readonly resolve: () => void; readonly reject: () => void }[] = [];
  const ask = shared(
    () =>
      new Promise<void>((resolve, reject) => {
        asked.push({
          resolve,
          reject: () => {
            reject(new Error("away"));
          },
        });
      }),
  );
  const settled = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
  };
  const first = ask();
  await settled();
  const others = [ask(), ask()];
  await settled();
  expect(asked).toHaveLength(1);
  asked[0]?.reject();
  await expect(first).rejects.toThrow("away");
  await settled();
  expect(asked, "whatever became of the one before").toHaveLength(2);
  asked[1]?.resolve();
  await Promise.all(others);
  void ask();
  await settled();
  expect(asked).toHaveLength(3);
});
